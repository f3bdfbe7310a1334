import { describe, expect, test } from "vitest";
import {
  effectiveRank,
  participationRatio,
  incrementRank,
} from "../../../src/analysis/geometry/effectiveRank.js";
import { localCosineSimilarity } from "../../../src/analysis/geometry/localCosineSimilarity.js";
import { pathCurvature, pathLength, pathSpeed } from "../../../src/analysis/geometry/pathShape.js";
import { directionTrajectory } from "../../../src/analysis/geometry/trajectory.js";
import { noisyPath } from "../../support/plantedPaths.js";

const straight = noisyPath(() => [2], { seed: 1, count: 21, dimension: 3 });

/** A circle of radius 5, one degree a step. */
const circle = directionTrajectory(
  "circle",
  Array.from({ length: 40 }, (_, step) => step),
  Array.from({ length: 40 }, (_, step) => {
    const angle = (step * Math.PI) / 180;
    return Float32Array.from([5 * Math.cos(angle), 5 * Math.sin(angle)]);
  }),
);

describe("pathShape: the shape of a path", () => {
  test("a straight path has constant speed, no curvature and the length of its displacement", () => {
    expect(pathSpeed(straight).values.every((value) => value === 2)).toBe(true);
    expect(pathSpeed(straight).steps).toEqual(straight.steps.slice(1));
    expect(pathCurvature(straight, { k: 5 }).values[10]).toBe(0);
    expect(pathLength(straight)).toEqual({ length: 40, displacement: 40 });
  });

  test("a circle has the curvature 1/radius, whatever k", () => {
    for (const k of [1, 5, 10]) {
      const value = pathCurvature(circle, { k }).values[20] ?? NaN;
      // The chord is shorter than the arc: by a part in 800 at ten degrees. Float32 adds a little at one degree.
      expect(Math.abs(value - 1 / 5)).toBeLessThan(1e-3);
    }
  });

  test("over a missing step, speed is the mean and curvature is undefined k steps around", () => {
    const kept = straight.steps.filter((step) => step !== 7);
    const gappy = directionTrajectory(
      "gappy",
      kept,
      kept.flatMap((step) => straight.vectors[step] ?? []),
    );
    expect(pathSpeed(gappy).values[gappy.steps.indexOf(8) - 1]).toBe(2);
    const curvature = pathCurvature(gappy, { k: 2 });
    const undefinedSteps = curvature.steps.filter((_, index) => Number.isNaN(curvature.values[index]));
    expect(undefinedSteps).toEqual([0, 1, 5, 9, 19, 20]);
  });

  test("a path that rests has speed 0 and no curvature; one checkpoint has no speed", () => {
    const resting = directionTrajectory(
      "resting",
      [0, 1, 2],
      [0, 1, 2].map(() => Float32Array.from([1, 1])),
    );
    expect(pathSpeed(resting).values).toEqual([0, 0]);
    expect(pathCurvature(resting, { k: 1 }).values[1]).toBeNaN();
    const single = directionTrajectory("single", [3], [Float32Array.from([1])]);
    expect(pathSpeed(single)).toEqual({ steps: [], values: [] });
    expect(pathLength(single)).toEqual({ length: 0, displacement: 0 });
  });
});

describe("pathShape: the rank of increments", () => {
  test("counts directions: 1 for one, n for n equal ones", () => {
    expect(effectiveRank([3])).toBeCloseTo(1, 12);
    expect(effectiveRank([2, 2, 2, 2])).toBeCloseTo(4, 12);
    expect(participationRatio([2, 2, 2, 2])).toBeCloseTo(4, 12);
    expect(participationRatio([1, 0.1])).toBeCloseTo(1.01 ** 2 / 1.0001, 12);
    expect(effectiveRank([0, 0])).toBeNaN();
    expect(participationRatio([])).toBeNaN();
  });

  test("is 1 on a straight path of changing speed and near the window's size on a random walk", () => {
    const growing = noisyPath((step) => [1.2 ** step], { seed: 2, count: 21, dimension: 8 });
    for (const value of incrementRank(growing).effectiveRank.values) expect(value).toBeCloseTo(1, 3);
    const walk = noisyPath(() => [], { seed: 3, count: 31, dimension: 2000, walk: 1 });
    for (const value of incrementRank(walk).participationRatio.values) {
      // Ten random directions in 2000 dimensions are orthogonal to within 1/√2000 each.
      expect(value).toBeGreaterThan(9.8);
      expect(value).toBeLessThanOrEqual(10);
    }
  });

  test("has one value for each whole window, at its middle step, and none where nothing moves", () => {
    const { effectiveRank: ranks } = incrementRank(straight, { increments: 4 });
    expect(ranks.steps[0]).toBe(2);
    expect(ranks.steps).toHaveLength(17);
    expect(incrementRank(straight, { increments: 30 }).effectiveRank.steps).toEqual([]);
    const resting = noisyPath(() => [], { seed: 4, count: 12, dimension: 3 });
    expect(incrementRank(resting).effectiveRank.values.every(Number.isNaN)).toBe(true);
  });
});

describe("pathShape: local cosine of unit vectors", () => {
  test("does not see growth along the direction, and sees a turn", () => {
    const growing = noisyPath((step) => (step < 15 ? [1] : [0, 1]), { seed: 5, count: 41, dimension: 2 });
    const plain = localCosineSimilarity(growing, { k: 5 });
    const unit = localCosineSimilarity(growing, { k: 5, isNormalized: true });
    expect(plain.values[5]).toBe(-1);
    expect(unit.values[5]).toBeNaN();
    expect(unit.gate[7]).toBe(0);
    expect(unit.values[25]).toBeLessThan(-0.9);
  });

  test("is that of the vectors themselves on a sphere", () => {
    const plain = localCosineSimilarity(circle, { k: 10 }).values[20] ?? NaN;
    expect(localCosineSimilarity(circle, { k: 10, isNormalized: true }).values[20]).toBeCloseTo(plain, 5);
  });
});
