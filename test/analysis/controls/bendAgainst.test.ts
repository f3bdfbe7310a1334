import { describe, expect, test } from "vitest";
import { bendAgainst } from "../../../src/analysis/controls/bendAgainst.js";
import { Random } from "../../../src/tensor/random.js";
import { noisyPath } from "../../support/plantedPaths.js";
import { pairNoises, pairVerdict, plantedPairs, plantedRun } from "../../support/trials/controlTrials.js";

/*
 * A small version of `npm run bench -- controls`, at fixed seeds: a failure means that the test has changed. Of 500 such
 * trials fewer than 5 % are wrong, so that more than two of eight are so with a chance of 0.6 % at most.
 */
describe.each(["walk 0.05", "walk 0.15", "jitter 0.3"])("planted pairs in %s", (name) => {
  const noise = pairNoises[name] ?? {};
  const runs = Array.from({ length: 8 }, (_, seed) => plantedRun(noise, seed)).filter((run) => run !== null);

  test.each(plantedPairs.map((pair) => ({ ...pair })))("$name: $expected", (pair) => {
    expect(runs.length).toBeGreaterThanOrEqual(6);
    const right = runs.filter((run) => pairVerdict(run, pair) === pair.expected);
    expect(right.length).toBeGreaterThanOrEqual(runs.length - 2);
  });
});

describe("bendAgainst", () => {
  const turning = noisyPath((step) => (step < 40 ? [1] : [0.5, Math.sqrt(0.75)]), {
    count: 81,
    dimension: 16,
    seed: 1,
    walk: 0.05,
  });
  const options = { interval: [38, 42] as const, k: 10, resamples: 49, draws: 49 };

  test("a run held against itself shares its turn, by its own size", () => {
    const { verdict, measured } = bendAgainst(turning, turning, { ...options, random: new Random(1) });
    expect(verdict).toBe("shared");
    expect(measured?.control.value).toBeCloseTo(60, -1);
    expect(Math.abs(measured?.difference.value ?? NaN)).toBeLessThan(2);
  });

  test("does not depend on the scale or the sign of the control", () => {
    const scaled = {
      ...turning,
      vectors: turning.vectors.map((vector) => vector.map((value) => -8 * value)),
    };
    const [one, other] = [turning, scaled].map((control) =>
      bendAgainst(turning, control, { ...options, random: new Random(2) }),
    );
    expect(other?.verdict).toBe(one?.verdict);
    expect(other?.measured?.control.value).toBeCloseTo(one?.measured?.control.value ?? NaN, 3);
  });

  test("a control that drowns in noise tells nothing", () => {
    const drowned = noisyPath(() => [], { count: 81, dimension: 16, seed: 3, walk: 1 });
    const { verdict, reason } = bendAgainst(turning, drowned, { ...options, random: new Random(3) });
    expect(verdict).toBe("cannotTell");
    expect(reason).toBe("noise hides the direction of the control there");
  });

  test("a control that stands still tells nothing", () => {
    const still = noisyPath((step) => (step < 10 ? [1] : [1e-6]), { count: 81, dimension: 16, seed: 4 });
    const { verdict, reason } = bendAgainst(turning, still, { ...options, random: new Random(4) });
    expect(verdict).toBe("cannotTell");
    expect(reason).toContain("the control hardly moves");
  });
});
