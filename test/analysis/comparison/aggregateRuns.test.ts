import { describe, expect, test } from "vitest";
import { aggregateRuns } from "../../../src/analysis/comparison/aggregateRuns.js";
import {
  alignByRelativeStep,
  alignByStep,
  alignByTransition,
} from "../../../src/analysis/series/alignSeries.js";
import { analyze } from "../../../src/analysis/analyze.js";
import type { Analysis } from "../../../src/analysis/analysisRecord.js";
import { spread, spreadSeries } from "../../../src/analysis/series/spread.js";
import { TurncoatError } from "../../../src/errors.js";
import { exampleRun } from "../../support/exampleAnalysisInput.js";

describe("aligning series", () => {
  const short = { steps: [0, 10, 20, 30], values: [0, 1, 2, 3] };
  const long = { steps: [0, 10, 20, 40, 50, 60], values: [0, 2, 4, 8, 10, 12] };

  test("by step: the union of the steps, nothing interpolated", () => {
    const { positions, values } = alignByStep([short, long]);
    expect(positions).toEqual([0, 10, 20, 30, 40, 50, 60]);
    expect(values[0]).toEqual([0, 1, 2, 3, NaN, NaN, NaN]);
    expect(values[1]).toEqual([0, 2, 4, NaN, 8, 10, 12]);
  });

  test("by relative step: interpolated between neighbours, never across a gap", () => {
    const { positions, values } = alignByRelativeStep([short, long], { points: 5 });
    expect(positions).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(values[0]).toEqual([0, 0.75, 1.5, 2.25, 3]);
    // Step 15 lies between stored neighbours, step 30 in the gap from 20 to 40.
    expect(values[1]).toEqual([0, 3, NaN, 9, 12]);
    const young = alignByRelativeStep([short], { points: 3, lastSteps: [60] });
    expect(young.values[0]).toEqual([0, 3, NaN]);
    expect(() => alignByRelativeStep([short], { points: 1 })).toThrow(TurncoatError);
  });

  test("by transition: steps before and after it, at multiples of the spacing", () => {
    const { positions, values } = alignByTransition([short, long], [20, 10]);
    expect(positions).toEqual([-20, -10, 0, 10, 20, 30, 40, 50]);
    expect(values[0]).toEqual([0, 1, 2, 3, NaN, NaN, NaN, NaN]);
    expect(values[1]).toEqual([NaN, 0, 2, 4, NaN, 8, 10, 12]);
    const without = alignByTransition([short, long], [20, NaN]);
    expect(without.positions).toEqual([-20, -10, 0, 10]);
    expect(without.values[1]?.every(Number.isNaN)).toBe(true);
    expect(alignByTransition([short], [NaN]).positions).toEqual([]);
  });
});

describe("spread", () => {
  test("has n − 1 in the denominator, leaves undefined values out, and is undefined without any", () => {
    expect(spread([1, NaN, 3])).toEqual({
      n: 2,
      mean: 2,
      standardDeviation: Math.SQRT2,
      median: 2,
      min: 1,
      max: 3,
    });
    expect(spread([4]).standardDeviation).toBeNaN();
    expect(spread([])).toEqual({ n: 0, mean: NaN, standardDeviation: NaN, median: NaN, min: NaN, max: NaN });
  });

  test("counts the series at each position", () => {
    const series = spreadSeries(
      alignByStep([
        { steps: [0, 1], values: [1, 2] },
        { steps: [0], values: [3] },
      ]),
    );
    expect(series.n).toEqual([2, 1]);
    expect(series.mean).toEqual([2, 2]);
  });
});

describe("several runs", () => {
  const analysis = analyze(exampleRun(), { rates: { nullAlignment: "notMisaligned" } });
  const named = (run: string, shift: number): Analysis => ({
    ...analysis,
    run,
    transitions: analysis.transitions.map((each) => ({ ...each, step: each.step + shift })),
  });
  const still: Analysis = {
    ...analysis,
    run: "still",
    transitions: [],
    absent: [
      {
        ...({ verdict: "cannotTell", indicator: "rotation" } as const),
        reason: "five checkpoints",
        remedy: "keep more",
        adapter: analysis.adapters[0]?.name ?? "",
      },
    ],
  };

  test("a run with itself has no spread, and its own values as the mean", () => {
    const aggregate = aggregateRuns([named("one", 0), named("two", 0)]);
    const norm = aggregate.adapters[0]?.B.norm;
    expect(norm?.mean).toEqual(analysis.adapters[0]?.B.norm.values);
    expect(norm?.standardDeviation.every((value) => value === 0)).toBe(true);
    expect(norm?.n.every((count) => count === 2)).toBe(true);
    expect(Object.keys(aggregate.adapters[0]?.B.localCosine ?? {})).toEqual(["5", "10", "15"]);
    expect(aggregate.gradNorm?.mean).toEqual(analysis.gradNorm?.values);
    expect(aggregate.emPercent?.n.at(-1)).toBe(2);
    expect(aggregate.gaps.map(({ run, step }) => [run, step])).toEqual([
      ["one", 40],
      ["two", 40],
    ]);
  });

  test("gives the distribution of the transition steps, with the runs that do not turn", () => {
    const { transitions } = aggregateRuns([named("one", 0), named("two", 4), still]);
    const rotation = transitions.find(({ indicator }) => indicator === "rotation");
    const planted = analysis.transitions.find(({ indicator }) => indicator === "rotation")?.step ?? NaN;
    expect(rotation?.step).toMatchObject({ n: 2, mean: planted + 2, min: planted, max: planted + 4 });
    expect(rotation?.runs).toBe(3);
    expect(rotation?.found.map(({ run }) => run)).toEqual(["one", "two"]);
    expect(rotation?.absent).toEqual([
      { run: "still", verdict: "cannotTell", reason: "five checkpoints; to tell, keep more" },
    ]);
  });

  test("aligned by a transition, leaves out and names the runs without it", () => {
    const aggregate = aggregateRuns([named("one", 0), named("two", 4), still], { alignment: "transition" });
    expect(aggregate.leftOut).toEqual(["still"]);
    const positions = aggregate.adapters[0]?.B.norm.positions ?? [];
    expect(positions).toContain(0);
    expect(positions[0]).toBeLessThan(0);
    expect(() => aggregateRuns([still], { alignment: "transition" })).toThrow(/none of 1 runs/);
  });

  test("aligned by relative step, runs from 0 to 1", () => {
    const aggregate = aggregateRuns([named("one", 0)], { alignment: "relativeStep" });
    expect(aggregate.adapters[0]?.B.norm.positions.at(-1)).toBe(1);
    expect(aggregate.adapters[0]?.B.norm.mean.at(-1)).toBeCloseTo(
      analysis.adapters[0]?.B.norm.values.at(-1) ?? NaN,
      12,
    );
  });

  test("no runs make an empty record", () => {
    expect(aggregateRuns([])).toMatchObject({ runs: [], adapters: [], transitions: [], gradNorm: null });
  });
});
