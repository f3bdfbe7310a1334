import { describe, expect, test } from "vitest";
import {
  bendDegrees,
  localCosineSimilarity,
  localCosineWindows,
} from "../../../src/analysis/geometry/localCosineSimilarity.js";
import { directionTrajectory } from "../../../src/analysis/geometry/trajectory.js";
import { noisyPath } from "../../support/plantedPaths.js";

/** Two unit-speed legs that meet at step 20 under an angle. */
function corner(degrees: number): ReturnType<typeof noisyPath> {
  const angle = (degrees * Math.PI) / 180;
  return noisyPath((step) => (step < 20 ? [1] : [Math.cos(angle), Math.sin(angle)]), {
    seed: 0,
    count: 41,
    dimension: 2,
  });
}

describe("localCosineSimilarity", () => {
  test.each([
    [0, -1],
    [45, -Math.SQRT1_2],
    [90, 0],
    [180, 1],
  ])("a turn by %d° reads %d", (degrees, expected) => {
    const { values } = localCosineSimilarity(corner(degrees), { k: 5 });
    expect(values[20]).toBeCloseTo(expected, 6);
    expect(values[10]).toBeCloseTo(-1, 6);
    expect(bendDegrees(values[20] ?? NaN)).toBeCloseTo(degrees, 3);
  });

  test("a right angle spreads over k steps on either side", () => {
    const { values } = localCosineSimilarity(corner(90), { k: 5 });
    const expected = [-0.97, -0.83, -0.55, -0.24, 0, -0.24, -0.55, -0.83, -0.97];
    for (const [index, value] of expected.entries()) expect(values[16 + index]).toBeCloseTo(value, 2);
  });

  test("the other convention is the negative", () => {
    const paper = localCosineSimilarity(corner(60), { k: 3 });
    const positive = localCosineSimilarity(corner(60), { k: 3, convention: "straightPositive" });
    for (const [index, value] of paper.values.entries()) {
      if (!Number.isNaN(value)) expect(positive.values[index]).toBeCloseTo(-value, 12);
    }
    expect(bendDegrees(positive.values[20] ?? NaN, "straightPositive")).toBeCloseTo(60, 3);
  });

  test("is undefined, not zero, where nothing moves and where a neighbour is missing", () => {
    const still = noisyPath((step) => (step < 10 ? [1] : []), { seed: 0, count: 31, dimension: 3 });
    expect(localCosineSimilarity(still, { k: 5 }).values[20]).toBeNaN();
    expect(localCosineSimilarity(still, { k: 5 }).gate[20]).toBe(0);
    const path = corner(90);
    const kept = path.steps.filter((step) => step !== 17);
    const gapped = directionTrajectory(
      "gapped",
      kept,
      kept.map((step) => path.vectors[step] ?? new Float32Array(0)),
    );
    const whole = localCosineSimilarity(path, { k: 5 });
    const partial = localCosineSimilarity(gapped, { k: 5 });
    const lost = kept.filter(
      (step, index) => Number.isNaN(partial.values[index]) && !Number.isNaN(whole.values[step]),
    );
    expect(lost).toEqual([12, 22]);
  });

  test("a gate drops a frozen tail, absolute or relative to the largest movement", () => {
    const path = noisyPath((step) => (step < 60 ? [1] : []), {
      seed: 4,
      count: 121,
      dimension: 64,
      jitter: 0.001,
    });
    const open = localCosineSimilarity(path, { k: 5 });
    expect(open.values[100]).toBeGreaterThan(0.2);
    for (const gate of [{ absolute: 0.25 }, { relative: 0.05 }]) {
      const gated = localCosineSimilarity(path, { k: 5, gate });
      expect(gated.values[100]).toBeNaN();
      expect(gated.values[30]).toBeCloseTo(-1, 2);
      expect(gated.threshold).toBeCloseTo(0.25, 1);
    }
  });

  test("reads 0 on average for a random walk and half way to a reversal for jitter", () => {
    const mean = (values: readonly number[]): number => {
      const finite = values.filter(Number.isFinite);
      return finite.reduce((sum, value) => sum + value, 0) / finite.length;
    };
    const walk = noisyPath(() => [], { seed: 5, walk: 1, dimension: 2000 });
    expect(Math.abs(mean(localCosineSimilarity(walk, { k: 10 }).values))).toBeLessThan(0.02);
    const jitter = noisyPath(() => [], { seed: 6, jitter: 1, dimension: 2000 });
    expect(mean(localCosineSimilarity(jitter, { k: 10 }).values)).toBeCloseTo(0.5, 1);
  });

  test("refuses a window that is not a positive number of steps", () => {
    expect(() => localCosineSimilarity(corner(90), { k: 0 })).toThrow(
      "k must be a positive number of steps, found 0",
    );
    expect(() => localCosineSimilarity(corner(90), { k: 2.5 })).toThrow("found 2.5");
  });

  test("takes the paper's windows where the spacing allows them", () => {
    expect(localCosineWindows(1)).toEqual([5, 10, 15]);
    expect(localCosineWindows(5)).toEqual([5, 10, 15]);
    expect(localCosineWindows(2)).toEqual([6, 12, 18]);
    expect(localCosineWindows(10)).toEqual([10, 20, 30]);
    expect(localCosineWindows(NaN)).toEqual([]);
  });
});
