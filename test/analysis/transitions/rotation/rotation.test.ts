import { describe, expect, test } from "vitest";
import { rotation } from "../../../../src/analysis/transitions/rotation/rotation.js";
import {
  directionTrajectory,
  type DirectionTrajectory,
} from "../../../../src/analysis/geometry/trajectory.js";
import { noisyPath, organismLikePath } from "../../../support/plantedPaths.js";

/** How many of 50 seeds are reported as a turn; half the usual draws of the null model, for speed. */
function falseAlarms(path: (seed: number) => DirectionTrajectory): number {
  return Array.from({ length: 50 }, (_, seed) => rotation(path(seed), { draws: 49 })).filter(
    (result) => result.verdict.transition !== null,
  ).length;
}

describe("rotation finds a planted turn", () => {
  test.each([1, 5])("a right angle at checkpoint 80, spacing %d, noise a fifth of the speed", (spacing) => {
    for (let seed = 0; seed < 10; seed++) {
      const path = noisyPath((step) => (step < 80 * spacing ? [1] : [0, 1]), {
        seed,
        spacing,
        walk: 0.035,
        dimension: 16,
      });
      const { transition } = rotation(path).verdict;
      expect(transition).not.toBeNull();
      expect(Math.abs((transition?.step ?? NaN) - 80 * spacing)).toBeLessThanOrEqual(2 * spacing);
      expect(transition?.interval[0]).toBeLessThanOrEqual(80 * spacing);
      expect(transition?.interval[1]).toBeGreaterThanOrEqual(80 * spacing);
      expect(transition?.evidence.bendDegrees).toBeGreaterThan(80);
      expect(transition?.evidence.bendDegrees).toBeLessThan(100);
    }
  });

  test.each([70, 80, 90])("an organism-like run that turns by %d° within ten steps", (turnDegrees) => {
    for (let seed = 0; seed < 10; seed++) {
      const { transition } = rotation(organismLikePath({ seed, turnDegrees })).verdict;
      expect(transition?.step).toBeGreaterThanOrEqual(64);
      expect(transition?.step).toBeLessThanOrEqual(75);
    }
  });

  test.each([2, 4, 8])("the same run with only every %dth checkpoint stored", (every) => {
    for (let seed = 0; seed < 5; seed++) {
      const path = organismLikePath({ seed, dimension: 24 });
      const kept = path.steps.filter((step) => step % every === 0);
      const vectors = kept.map((step) => path.vectors[step] ?? new Float32Array(0));
      const { transition } = rotation(directionTrajectory("thinned", kept, vectors)).verdict;
      expect(Math.abs((transition?.step ?? NaN) - 70)).toBeLessThanOrEqual(6);
    }
  });

  test("a bend whose noisy tail holds the ungated extremum, as in a decaying learning rate", () => {
    const path = noisyPath(
      (step) => {
        const angle = (80 * Math.PI) / 180 / (1 + Math.exp(-(step - 190) / 6));
        return [(1 - step / 792) * Math.cos(angle), (1 - step / 792) * Math.sin(angle)];
      },
      { seed: 1, spacing: 5, count: 159, dimension: 512, walk: 0.01 },
    );
    const result = rotation(path);
    expect(result.windows[1]?.ungated?.step).toBeGreaterThan(700);
    expect(result.verdict.transition?.step).toBe(190);
  });

  test("does not depend on the scale, the sign or a rotation of the vectors", () => {
    const path = organismLikePath({ seed: 1, dimension: 24 });
    const step = rotation(path).verdict.transition?.step;
    const changed = path.vectors.map((vector) => Float32Array.from(vector, (value) => -64 * value).reverse());
    expect(rotation(directionTrajectory("changed", path.steps, changed)).verdict.transition?.step).toBe(step);
  });

  test("bridges missing checkpoints near the turn", () => {
    const path = organismLikePath({ seed: 2 });
    const kept = path.steps.filter((step) => step !== 66 && step !== 90);
    const vectors = kept.map((step) => path.vectors[step] ?? new Float32Array(0));
    const { transition } = rotation(directionTrajectory("gapped", kept, vectors)).verdict;
    expect(Math.abs((transition?.step ?? NaN) - 70)).toBeLessThanOrEqual(5);
  });

  test("gives the same answer twice and another null model for another seed", () => {
    const path = organismLikePath({ seed: 3, dimension: 24 });
    expect(rotation(path)).toEqual(rotation(path));
    expect(rotation(path, { seed: 1 }).windows[0]?.excessLimit).not.toBe(
      rotation(path).windows[0]?.excessLimit,
    );
  });
});

describe("rotation reports no turn, in at most 3 of 50 seeds, for", () => {
  test("a straight line with accumulating noise", () => {
    expect(
      falseAlarms((seed) => noisyPath(() => [1], { seed, walk: 0.1, dimension: 16 })),
    ).toBeLessThanOrEqual(3);
    expect(
      falseAlarms((seed) => noisyPath(() => [1], { seed, walk: 0.5, dimension: 16 })),
    ).toBeLessThanOrEqual(3);
  });

  test("a straight line with independent noise about it", () => {
    expect(
      falseAlarms((seed) => noisyPath(() => [1], { seed, jitter: 0.5, dimension: 16 })),
    ).toBeLessThanOrEqual(3);
  });

  test("an exponential saturation with either noise", () => {
    const saturating = (step: number): number[] => [Math.exp(-step / 20)];
    for (const noise of [{ walk: 0.01 }, { jitter: 0.02 }, { walk: 0.005, jitter: 0.1 }]) {
      expect(
        falseAlarms((seed) => noisyPath(saturating, { seed, dimension: 16, ...noise })),
      ).toBeLessThanOrEqual(3);
    }
  });

  test("a random walk", () => {
    expect(falseAlarms((seed) => noisyPath(() => [], { seed, walk: 1, dimension: 16 }))).toBeLessThanOrEqual(
      3,
    );
    expect(falseAlarms((seed) => noisyPath(() => [], { seed, walk: 1, dimension: 4 }))).toBeLessThanOrEqual(
      3,
    );
  });
});

describe("rotation says why there is no turn", () => {
  const reasonOf = (path: DirectionTrajectory): string | undefined => rotation(path).verdict.absent?.reason;

  test("a gentle arc bends too little in any window", () => {
    const arc = noisyPath((step) => [Math.cos(step / 100), Math.sin(step / 100)], {
      seed: 1,
      walk: 0.01,
      dimension: 16,
    });
    expect(reasonOf(arc)).toMatch(
      /largest bend \d+° at \d+ \(k = \d+\), null model allows \d+° there; bend below 10°/,
    );
  });

  test("a single outlying checkpoint is not a turn: the path returns", () => {
    const path = noisyPath(() => [1], { seed: 2, walk: 0.01, dimension: 16 });
    const vectors = path.vectors.map((vector, index) =>
      index === 80 ? vector.map((value, column) => value + (column === 1 ? 60 : 0)) : vector,
    );
    const { verdict } = rotation(directionTrajectory("outlier", path.steps, vectors));
    expect(verdict.absent?.reason).toContain("the path leaves at step 80 and returns by step 80");
  });

  test("two turns of the same size are not one", () => {
    const path = noisyPath((step) => (step < 50 || step >= 110 ? [1] : [0, 1]), {
      seed: 3,
      walk: 0.01,
      dimension: 16,
    });
    expect(reasonOf(path)).toContain("another bend is about as large");
  });

  test("too few or motionless checkpoints cannot be judged", () => {
    const still = noisyPath(() => [], { seed: 0, count: 40, dimension: 4 });
    expect(reasonOf(still)).toBe("at no step can a direction be told from noise on both sides");
    expect(reasonOf(noisyPath(() => [1], { seed: 0, count: 6, dimension: 4 }))).toContain("at no step");
    expect(reasonOf(directionTrajectory("empty", [], []))).toContain("at no step");
  });
});
