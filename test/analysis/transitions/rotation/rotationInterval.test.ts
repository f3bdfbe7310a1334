import { describe, expect, test } from "vitest";
import { rotation } from "../../../../src/analysis/transitions/rotation/rotation.js";
import { Random } from "../../../../src/tensor/random.js";
import { noisyPath, withoutSteps } from "../../../support/plantedPaths.js";

const turn = (at: number, seed: number, walk: number) =>
  noisyPath((step) => (step < at ? [1] : [0.5, Math.sqrt(0.75)]), { count: 61, dimension: 8, seed, walk });

describe("the interval of a turn", () => {
  // The turn cannot be judged by every window where it is, and is dated to a step beside it.
  test.each([
    { at: 35, degrees: 102, seed: 52, missing: [25, 31, 34, 40, 41, 46] },
    { at: 34, degrees: 45, seed: 126, missing: [24, 33, 34, 35, 37, 43] },
    { at: 26, degrees: 121, seed: 69, missing: [19, 24, 25, 26, 27, 29, 35, 37] },
  ])("holds a turn at $at that missing steps hide", ({ at, degrees, seed, missing }) => {
    const after = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
    const path = noisyPath((step) => (step < at ? [1] : after), {
      count: 61,
      dimension: 8,
      seed,
      walk: 0.03,
    });
    const { transition } = rotation(withoutSteps(path, missing), { resamples: 49 }).verdict;
    const [low, high] = transition?.interval ?? [NaN, NaN];
    expect(low).toBeLessThanOrEqual(at);
    expect(high).toBeGreaterThanOrEqual(at);
  });

  test("holds the turn in at least 9 of 10 runs with steps missing around it", () => {
    const runs = Array.from({ length: 24 }, (_, seed) => {
      const random = new Random(seed).fork("missing");
      const at = 24 + random.integer(12);
      const missing =
        seed % 2 === 0
          ? [at - 10, at - 9, at + 6, at - 3 + random.integer(7)]
          : Array.from({ length: 5 }, (_, each) => at - 5 + random.integer(6) + each);
      const found = rotation(withoutSteps(turn(at, seed, 0.15), missing), { resamples: 49 }).verdict
        .transition;
      return found === null ? null : found.interval[0] <= at && at <= found.interval[1];
    }).filter((each) => each !== null);
    expect(runs.length).toBeGreaterThan(16);
    expect(runs.filter(Boolean).length).toBeGreaterThanOrEqual(0.9 * runs.length);
  });
});
