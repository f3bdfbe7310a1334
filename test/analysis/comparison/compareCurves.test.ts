import { describe, expect, test } from "vitest";
import {
  comparedRun,
  foldedRuns,
  meanOverRuns,
  type ComparedSeries,
} from "../../../src/analysis/comparison/compareCurves.js";
import { studentQuantile95 } from "../../../src/analysis/statistics/studentQuantile.js";

/** A ramp of one value a step that starts to rise at a step. */
function ramp(from: number, options: Partial<ComparedSeries> = {}): ComparedSeries {
  const steps = Array.from({ length: 21 }, (_, step) => step);
  return {
    steps,
    values: steps.map((step) => Math.max(0, step - from)),
    origin: from,
    lastStep: 20,
    ...options,
  };
}

describe("compareCurves: Student's quantile", () => {
  // Tables of the distribution, such as Abramowitz and Stegun, table 26.10.
  test.each([
    [1, 12.7062],
    [2, 4.30265],
    [3, 3.18245],
    [4, 2.77645],
    [5, 2.57058],
    [10, 2.22814],
    [30, 2.04227],
    [120, 1.97993],
  ])("is that of the tables at %i degrees of freedom", (degrees, quantile) => {
    // The tables have six digits.
    expect(studentQuantile95(degrees)).toBeCloseTo(quantile, 4);
  });

  test("comes near the normal one, and is undefined below one", () => {
    expect(studentQuantile95(100_001)).toBeCloseTo(1.96, 3);
    expect(studentQuantile95(0)).toBeNaN();
    expect(studentQuantile95(1.5)).toBeNaN();
  });
});

describe("compareCurves: one run on a common axis", () => {
  test("keeps its values and moves its steps", () => {
    const run = ramp(8, { steps: [0, 8, 20], values: [0, NaN, 12] });
    expect(comparedRun(run, "step").positions).toEqual([0, 8, 20]);
    expect(comparedRun(run, "transition").positions).toEqual([-8, 0, 12]);
    expect(comparedRun(run, "relativeStep").positions).toEqual([0, 40, 100]);
    expect(comparedRun(run, "transition").values).toEqual([0, NaN, 12]);
    expect(comparedRun(run, "step").n).toEqual([1, 0, 1]);
  });

  test("has no place without the transition", () => {
    expect(comparedRun(ramp(NaN), "transition")).toMatchObject({ positions: [], values: [] });
  });
});

describe("compareCurves: runs folded into one", () => {
  test("that differ only in where they turn have no spread once they are aligned by it", () => {
    const runs = [ramp(6), ramp(8), ramp(10)];
    const folded = foldedRuns(runs, "transition");
    const zero = folded.positions.indexOf(0);
    expect(folded.values.slice(zero, zero + 3)).toEqual([0, 1, 2]);
    for (const [low, high] of folded.intervals?.filter(([bound]) => Number.isFinite(bound)) ?? [[1, 0]])
      expect(high - low).toBeCloseTo(0, 12);
    const byStep = foldedRuns(runs, "step");
    const [low, high] = byStep.intervals?.[12] ?? [NaN, NaN];
    // Values 6, 4 and 2: mean 4, standard deviation 2.
    expect(byStep.values[12]).toBe(4);
    expect((high - low) / 2).toBeCloseTo((4.30265 * 2) / Math.sqrt(3), 4);
  });

  test("are undefined where not all of them say something", () => {
    const folded = foldedRuns([ramp(6), ramp(6, { steps: [0, 1, 2], values: [0, 0, 0] })], "step", "range");
    expect(folded.values.slice(0, 5)).toEqual([0, 0, 0, NaN, NaN]);
    expect(folded.n.slice(0, 5)).toEqual([2, 2, 2, 1, 1]);
    expect(folded.intervals?.[4]).toEqual([NaN, NaN]);
  });

  test("have no interval of the mean for two, but a range and a deviation", () => {
    const runs = [ramp(6), ramp(8)];
    expect(foldedRuns(runs, "step").intervals?.[12]).toEqual([NaN, NaN]);
    expect(foldedRuns(runs, "step", "range").intervals?.[12]).toEqual([4, 6]);
    const [low, high] = foldedRuns(runs, "step", "deviation").intervals?.[12] ?? [NaN, NaN];
    expect((high - low) / 2).toBeCloseTo(Math.SQRT2, 12);
  });

  test("are read between evaluations, and not between stored steps that miss one", () => {
    const sparse = { steps: [0, 10, 20], values: [0, 10, 20], origin: 0, lastStep: 20 };
    const dense = { steps: [0, 4, 20], values: [0, 4, 20], origin: 0, lastStep: 20 };
    const evaluated = [sparse, dense].map((each) => ({ ...each, isEvaluated: true }));
    expect(foldedRuns(evaluated, "step")).toMatchObject({
      positions: [0, 4, 10, 20],
      values: [0, 4, 10, 20],
    });
    expect(foldedRuns([sparse, dense], "step").values).toEqual([0, NaN, NaN, 20]);
  });

  test("do not depend on their order", () => {
    const runs = [ramp(6), ramp(8), ramp(11)];
    expect(foldedRuns(runs.toReversed(), "relativeStep").values).toEqual(
      foldedRuns(runs, "relativeStep").values,
    );
  });
});

describe("compareCurves: a mean over runs", () => {
  test("counts the runs that have the number", () => {
    expect(meanOverRuns([1, NaN, 3])).toMatchObject({ n: 2, mean: 2, interval: [NaN, NaN] });
    expect(meanOverRuns([]).n).toBe(0);
    const { mean, interval } = meanOverRuns([40, 50, 60]);
    expect(mean).toBe(50);
    expect(interval[1] - mean).toBeCloseTo((4.30265 * 10) / Math.sqrt(3), 3);
  });
});
