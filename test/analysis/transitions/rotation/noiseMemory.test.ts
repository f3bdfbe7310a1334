import { describe, expect, test } from "vitest";
import { driftAndNoise } from "../../../../src/analysis/transitions/rotation/driftAndNoise.js";
import {
  covarianceOf,
  jitterStructure,
  walkStructure,
} from "../../../../src/analysis/transitions/rotation/noiseMemory.js";
import { noisyPath, withoutSteps, type PathOptions } from "../../../support/plantedPaths.js";

const estimated = (noise: Partial<PathOptions>, missing: readonly number[] = []): number[] =>
  [1, 2, 3, 4, 5].map(
    (seed) =>
      driftAndNoise(
        withoutSteps(
          noisyPath(() => [1], { count: 121, dimension: 16, seed, ...noise }),
          missing,
        ),
      ).walkCorrelation,
  );

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

describe("the memory of noise", () => {
  test("is what was put in, and none where there is none or noise does not accumulate", () => {
    expect(mean(estimated({ walk: 0.1 }))).toBeLessThan(0.1);
    expect(mean(estimated({ jitter: 0.3 }))).toBeLessThan(0.1);
    for (const correlation of [0.5, 0.8]) {
      expect(mean(estimated({ walk: 0.1, correlation }))).toBeGreaterThan(correlation - 0.1);
      expect(mean(estimated({ walk: 0.1, correlation }))).toBeLessThan(correlation + 0.15);
    }
  });

  test("is told from steps that are there, wherever others are missing", () => {
    const missing = [20, 21, 22, 23, 50, 51, 80, 90, 91, 92, 93, 94];
    expect(mean(estimated({ walk: 0.1 }, missing))).toBeLessThan(0.1);
    const remembered = mean(estimated({ walk: 0.1, correlation: 0.8 }, missing));
    expect(remembered).toBeGreaterThan(0.7);
    expect(remembered).toBeLessThan(0.95);
  });
});

test("distances of noise have their closed forms", () => {
  // Var(x₁ + x₂) = 2 + 2φ, Var(x₁ + x₂ + x₃) = 3 + 4φ + 2φ²; without memory as many as there are.
  expect(walkStructure(0.5)(2)).toBeCloseTo(3, 12);
  expect(walkStructure(0.5)(3)).toBeCloseTo(5.5, 12);
  expect(walkStructure(0)(7)).toBe(7);
  // Neighbouring increments of jitter share one position: covariance −1.
  const increment = (at: number) => [
    { weight: 1, at: at + 1 },
    { weight: -1, at },
  ];
  expect(covarianceOf(jitterStructure, increment(0), increment(1))).toBe(-1);
  expect(covarianceOf(walkStructure(0.8), increment(0), increment(1))).toBeCloseTo(0.8, 12);
});
