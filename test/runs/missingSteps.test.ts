import { describe, expect, test } from "vitest";
import { missingSteps } from "../../src/runs/missingSteps.js";

const from = (first: number, last: number, spacing: number): number[] =>
  Array.from({ length: Math.floor((last - first) / spacing) + 1 }, (_, index) => first + index * spacing);
const lostOf = (steps: readonly number[]): number[] => missingSteps(steps).map(({ step }) => step);

describe("steps whose checkpoints were lost", () => {
  test("are found inside a regular schedule", () => {
    expect(lostOf(from(0, 41, 1).filter((step) => step !== 13 && step !== 27))).toEqual([13, 27]);
    expect(missingSteps(from(0, 100, 5).filter((step) => step !== 40 && step !== 45))).toEqual([
      { step: 40, spacing: 5 },
      { step: 45, spacing: 5 },
    ]);
    expect(lostOf(from(0, 41, 1).filter((step) => step !== 13 && step !== 15))).toEqual([13, 15]);
  });

  test("are not read into a schedule that changes, thins out or ends off its grid", () => {
    const published = [...from(1, 10, 1), ...from(15, 790, 5), 792];
    expect(published).toHaveLength(167);
    expect(lostOf(published)).toEqual([]);
    expect(lostOf([...from(0, 20, 1), ...from(25, 100, 5), ...from(101, 110, 1)])).toEqual([]);
    expect(lostOf([1, 2, 3, 4, 5, 8, 10, 15, 20, 25, 30, 33])).toEqual([]);
    expect(lostOf([0, 1, 3, 100])).toEqual([]);
    expect(lostOf([])).toEqual([]);
  });
});
