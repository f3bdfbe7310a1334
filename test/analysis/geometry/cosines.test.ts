import { describe, expect, test } from "vitest";
import {
  angleBetween,
  angleToDirection,
  randomAngleDeviation,
  cosineSimilarity,
  pairwiseCosine,
} from "../../../src/analysis/geometry/cosines.js";
import { norms } from "../../../src/analysis/geometry/pathShape.js";
import { directionTrajectory } from "../../../src/analysis/geometry/trajectory.js";
import { noisyPath } from "../../support/plantedPaths.js";

const vector = (...values: number[]): Float32Array => Float32Array.from(values);
const square = directionTrajectory(
  "B",
  [0, 1, 2, 4],
  [vector(0, 0), vector(3, 0), vector(0, 2), vector(-1, 0)],
);

describe("norms and cosines", () => {
  test("norms are Euclidean and zero at the start", () => {
    expect(norms(square).values).toEqual([0, 3, 2, 1]);
  });

  test("a zero vector has no cosine", () => {
    expect(cosineSimilarity(square, "final").values).toEqual([NaN, -1, 0, 1]);
    expect(cosineSimilarity(square, "initial").values).toEqual([NaN, NaN, NaN, NaN]);
    expect(cosineSimilarity(square, "previous").values).toEqual([NaN, NaN, 0, 0]);
    expect(cosineSimilarity(square, { step: 1 }).values).toEqual([NaN, 1, 0, -1]);
  });

  test("an unknown reference step is an error that names it", () => {
    expect(() => cosineSimilarity(square, { step: 3 })).toThrow("step 3 is not stored in B");
  });

  test("does not change when vectors are scaled", () => {
    const path = noisyPath(() => [1], { seed: 1, walk: 0.3, count: 20, dimension: 16 });
    const scaled = {
      ...path,
      vectors: path.vectors.map((each, index) => each.map((value) => value * (index + 1))),
    };
    const [plain, other] = [path, scaled].map((each) => cosineSimilarity(each, "final").values);
    for (const [index, value] of (plain ?? []).entries()) {
      if (index > 0) expect(other?.[index]).toBeCloseTo(value, 6);
    }
  });

  test("pairwise cosine is symmetric with a unit diagonal and thins on request", () => {
    const path = noisyPath(() => [1], { seed: 2, walk: 0.5, count: 31, dimension: 600 });
    const { values } = pairwiseCosine(path);
    expect(values[0]?.every(Number.isNaN)).toBe(true);
    expect(values[7]?.[7]).toBeCloseTo(1, 12);
    expect(values[7]?.[20]).toBe(values[20]?.[7]);
    expect(values[20]?.[7]).toBeCloseTo(cosineSimilarity(path, { step: 7 }).values[20] ?? NaN, 12);
    const thinned = pairwiseCosine(path, { maxSteps: 10 });
    expect(thinned.every).toBe(4);
    expect(thinned.steps).toEqual([0, 4, 8, 12, 16, 20, 24, 28]);
    expect(thinned.values[5]?.[2]).toBeCloseTo(values[20]?.[8] ?? NaN, 12);
  });
});

describe("angles", () => {
  test("are in degrees, without a sign, and undefined for a zero vector", () => {
    expect(angleBetween(vector(1, 0), vector(0, 4))).toBeCloseTo(90, 12);
    expect(angleBetween(vector(1, 0), vector(-2, 0))).toBeCloseTo(180, 12);
    expect(angleBetween(vector(0, 0), vector(1, 0))).toBeNaN();
    expect(angleToDirection(square, vector(0, 1)).values).toEqual([NaN, 90, 0, 90]);
  });

  test("random directions lie within the stated deviation of a right angle", () => {
    expect(randomAngleDeviation(5120).cosine).toBeCloseTo(0.014, 4);
    expect(randomAngleDeviation(896).cosine).toBeCloseTo(0.0334, 4);
    const draws = noisyPath(() => [], { seed: 3, jitter: 1, count: 400, dimension: 100 });
    const deviations = angleToDirection(draws, vector(1, ...new Array<number>(99).fill(0))).values.slice(1);
    const spread = Math.sqrt(
      deviations.reduce((sum, angle) => sum + (angle - 90) ** 2, 0) / deviations.length,
    );
    expect(spread / randomAngleDeviation(100).degrees).toBeGreaterThan(0.9);
    expect(spread / randomAngleDeviation(100).degrees).toBeLessThan(1.1);
  });
});
