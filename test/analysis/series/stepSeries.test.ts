import { describe, expect, test } from "vitest";
import { nearestStep, stepSpacing, wholeSteps } from "../../../src/analysis/series/stepSeries.js";

describe("stepSeries", () => {
  test("the nearest step is the earlier of two that are equally near", () => {
    expect(nearestStep([0, 10, 20], 14)).toBe(10);
    expect(nearestStep([0, 10, 20], 15)).toBe(10);
    expect(nearestStep([0, 10, 20], 16)).toBe(20);
    expect(nearestStep([0, 10, 20], -3)).toBe(0);
  });

  test("the nearest step to infinity is the last, and there is none where there are no steps", () => {
    expect(nearestStep([0, 10, 20], Infinity)).toBe(20);
    expect(nearestStep([], 3)).toBeNaN();
    expect(nearestStep([], Infinity)).toBeNaN();
  });

  test("the spacing of steps is the most frequent difference, the smaller one on a tie", () => {
    expect(stepSpacing([0, 5, 10, 20])).toBe(5);
    expect(stepSpacing([0, 5, 15])).toBe(5);
    expect(stepSpacing([7])).toBeNaN();
  });

  test("an interval of whole steps is rounded outwards and stays within the run", () => {
    expect(wholeSteps(3.2, 6.1, [0, 5, 10])).toEqual([3, 7]);
    expect(wholeSteps(-2, 12.5, [0, 5, 10])).toEqual([0, 10]);
  });
});
