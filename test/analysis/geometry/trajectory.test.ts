import { describe, expect, test } from "vitest";
import { stepSpacing } from "../../../src/analysis/series/stepSeries.js";
import {
  directionTrajectory,
  trajectoryDimension,
  vectorAt,
} from "../../../src/analysis/geometry/trajectory.js";

const vector = (...values: number[]): Float32Array => Float32Array.from(values);

describe("directionTrajectory", () => {
  test("finds vectors by step and not by position", () => {
    const trajectory = directionTrajectory("B", [0, 5, 15], [vector(0, 0), vector(1, 0), vector(2, 0)]);
    expect(vectorAt(trajectory, 15)).toEqual(vector(2, 0));
    expect(vectorAt(trajectory, 10)).toBeUndefined();
    expect(trajectoryDimension(trajectory)).toBe(2);
  });

  test("names what does not fit", () => {
    expect(() => directionTrajectory("B", [0, 1], [vector(1)])).toThrow(
      "trajectory B: 2 steps but 1 vectors",
    );
    expect(() => directionTrajectory("B", [0, 5, 5], [vector(1), vector(1), vector(1)])).toThrow(
      "step 5 follows step 5",
    );
    expect(() => directionTrajectory("B", [0, 1], [vector(1), vector(1, 2)])).toThrow(
      "step 1 has 2 numbers, step 0 has 1",
    );
    expect(() => directionTrajectory("B", [0.5], [vector(1)])).toThrow(
      "step 0.5 at position 0 is not an integer",
    );
  });
});

describe("stepSpacing", () => {
  test("is the most frequent distance, also with a dense start and a gap", () => {
    expect(stepSpacing([1, 2, 3, 4, 5, 10, 15, 20, 25, 30, 40, 45])).toBe(5);
    expect(stepSpacing([0, 1, 2, 4])).toBe(1);
    expect(stepSpacing([0, 1, 6])).toBe(1);
    expect(stepSpacing([7])).toBeNaN();
  });
});
