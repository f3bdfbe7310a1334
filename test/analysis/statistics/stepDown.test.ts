import { describe, expect, test } from "vitest";
import { stepDown } from "../../../src/analysis/statistics/stepDown.js";
import { Random } from "../../../src/tensor/random.js";

describe("a step-down maximum test", () => {
  test("compares each statistic with the largest of those that are not above it", () => {
    const resampled = [
      [0, 0, 0],
      [6, 0, 0],
      [0, 3, 0],
      [0, 0, 2],
    ];
    // 5 is reached by the first draw with 6; 2.5 by that with 3; 1 by those of the last test alone.
    expect(stepDown([5, 2.5, 1], resampled).adjusted).toEqual([2 / 5, 2 / 5, 2 / 5]);
    expect(stepDown([7, 2.5, 4], resampled).adjusted).toEqual([1 / 5, 2 / 5, 1 / 5]);
  });

  test("never rejects what is not a number, and is not held up by it", () => {
    const resampled = Array.from({ length: 99 }, () => [0, NaN]);
    expect(stepDown([1, NaN], resampled).adjusted).toEqual([0.01, 1]);
  });

  test("rejects at its level where nothing holds, and pays less for tests that move together", () => {
    const random = new Random(3);
    const tests = 20;
    const drawn = (isShared: boolean): number[] => {
      const common = random.normal();
      return Array.from({ length: tests }, () => (isShared ? common : random.normal()));
    };
    const smallest = (isShared: boolean): number[] =>
      Array.from({ length: 400 }, () => {
        const resampled = Array.from({ length: 99 }, () => drawn(isShared));
        return Math.min(...stepDown(drawn(isShared), resampled).adjusted);
      });
    for (const isShared of [true, false]) {
      const rejected = smallest(isShared).filter((pValue) => pValue <= 0.05).length;
      expect(rejected).toBeGreaterThan(8);
      expect(rejected).toBeLessThan(34);
    }
    const pValueOf = (isShared: boolean): number => {
      const resampled = Array.from({ length: 999 }, () => drawn(isShared));
      return Math.min(...stepDown([2.5, ...new Array<number>(tests - 1).fill(0)], resampled).adjusted);
    };
    expect(pValueOf(true)).toBeLessThan(0.02);
    expect(pValueOf(false)).toBeGreaterThan(0.05);
  });
});
