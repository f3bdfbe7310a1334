import { describe, expect, test } from "vitest";
import { driftAndNoise } from "../../../../src/analysis/transitions/rotation/driftAndNoise.js";
import { noisyPath } from "../../../support/plantedPaths.js";

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/*
 * Means over 160 intervals of medians over 21; the tolerances are some three times what they vary between seeds.
 * Noise has the given standard deviation in each of 32 dimensions.
 */
describe("driftAndNoise", () => {
  test("finds the speed, and noise that accumulates is no jitter", () => {
    const model = driftAndNoise(noisyPath(() => [1], { seed: 1, dimension: 32, walk: 0.1 }));
    expect(mean(model.directed)).toBeCloseTo(1, 1);
    expect(mean(model.walkVariance) / (32 * 0.01)).toBeGreaterThan(0.85);
    expect(mean(model.walkVariance) / (32 * 0.01)).toBeLessThan(1.15);
    expect(mean(model.jitterVariance) / (32 * 0.01)).toBeLessThan(0.06);
  });

  test("jitter is no noise that accumulates", () => {
    const model = driftAndNoise(noisyPath(() => [1], { seed: 2, dimension: 32, jitter: 0.1 }));
    expect(mean(model.jitterVariance) / (32 * 0.01)).toBeGreaterThan(0.85);
    expect(mean(model.jitterVariance) / (32 * 0.01)).toBeLessThan(1.15);
    // Estimates that would be negative count as 0, so that their mean stays above it.
    expect(mean(model.walkVariance) / (32 * 0.01)).toBeLessThan(0.4);
  });

  test("both at once are told apart", () => {
    const model = driftAndNoise(noisyPath(() => [1], { seed: 3, dimension: 32, walk: 0.1, jitter: 0.1 }));
    expect(mean(model.walkVariance) / (32 * 0.01)).toBeGreaterThan(0.7);
    expect(mean(model.walkVariance) / (32 * 0.01)).toBeLessThan(1.3);
    expect(mean(model.jitterVariance) / (32 * 0.01)).toBeGreaterThan(0.8);
    expect(mean(model.jitterVariance) / (32 * 0.01)).toBeLessThan(1.2);
  });

  test("a path that stands still has neither movement nor noise", () => {
    const model = driftAndNoise(noisyPath(() => [], { seed: 4, dimension: 8, count: 20 }));
    for (const values of [model.directed, model.walkVariance, model.jitterVariance])
      expect(values).toEqual(new Array<number>(19).fill(0));
  });
});
