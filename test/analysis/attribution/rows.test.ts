import { describe, expect, test } from "vitest";
import { attributedSteps } from "../../../src/analysis/attribution/attributedSteps.js";
import type {
  AttributedRow,
  AttributedStep,
  AttributionRecord,
} from "../../../src/analysis/attribution/attributionRecord.js";
import { attributionSummary } from "../../../src/analysis/attribution/attributionSummary.js";
import {
  plantedArea,
  rankedRows,
  scoresOf,
  stepLookedAt,
} from "../../../src/analysis/attribution/rowRanking.js";
import { rowScores } from "../../../src/analysis/attribution/rowScores.js";

describe("rowScores", () => {
  // Losses ½‖θ − a‖² have the gradient θ − a.
  const theta = Float32Array.of(1, -2, 0.5);
  const gradientTo = (target: readonly number[]): Float32Array =>
    theta.map((value, index) => value - (target[index] ?? NaN));
  const row = gradientTo([0, 0, 0]);
  const other = gradientTo([0.5, 1, 2]);

  test("broad is how fast a step down the row's gradient lowers the other loss", () => {
    const { broad } = rowScores(row, { along: null, broad: other, contrast: null, direction: null });
    const lossAfter = (size: number): number =>
      [0.5, 1, 2].reduce(
        (sum, target, index) =>
          sum + 0.5 * ((theta[index] ?? NaN) - size * (row[index] ?? NaN) - target) ** 2,
        0,
      );
    // The loss is quadratic, so that the difference across 0 is exact but for rounding.
    expect((lossAfter(-1e-3) - lossAfter(1e-3)) / 2e-3).toBeCloseTo(broad, 6);
  });

  test("along and direction are positive where the step goes down the row's own loss", () => {
    const down = row.map((value) => -0.1 * value);
    const { along, direction, contrast } = rowScores(row, {
      ...{ along: down, broad: null, contrast: null },
      direction: row,
    });
    const squared = row.reduce((sum, value) => sum + value * value, 0);
    expect(along).toBeCloseTo(0.1 * squared, 6);
    expect(direction).toBeCloseTo(-squared, 6);
    expect(contrast).toBeNaN();
  });
});

function rowOf(row: number, more: Partial<AttributedRow> = {}): AttributedRow {
  return { row, question: `q${row}`, answer: `a${row}`, tokens: 3, isFirst: true, planted: null, ...more };
}

function stepOf(step: number, to: number, contrast: readonly number[], along = contrast): AttributedStep {
  const values = Float32Array.from(contrast);
  return {
    ...{ step, to, learningRate: 0.5, losses: values, norms: values },
    scores: { along: Float32Array.from(along), broad: values, contrast: values, direction: null },
  };
}

function recordOf(rows: readonly AttributedRow[], steps: readonly AttributedStep[]): AttributionRecord {
  return {
    ...{ rows, steps, trained: rows.length, direction: null, planted: null },
    broad: { source: "pairs", pairs: 2 },
  };
}

describe("scoresOf", () => {
  const record = recordOf(
    [rowOf(0), rowOf(1)],
    [stepOf(0, 1, [0, 2]), stepOf(10, 12, [10, 2], [4, 2]), stepOf(40, 39, [40, 2])],
  );

  test("of one step are that step's", () => {
    expect([...scoresOf(record, { kind: "contrast", span: "step", step: 10 })]).toEqual([10, 2]);
  });

  test("summed are the integral over the steps times the rate: exact where scores go straight", () => {
    // The first row's score is the step itself, whose integral to 40 is 800; the second's is 2.
    expect([...scoresOf(record, { kind: "contrast", span: "sum", step: 40 })]).toEqual([400, 40]);
    expect([...scoresOf(record, { kind: "contrast", span: "sum", step: 10 })]).toEqual([25, 10]);
  });

  test("along ΔB need no rate and are shared out over the steps that ΔB is of", () => {
    // 5 · 0 / 1 + 5 · 4 / 2, and 5 · 2 / 1 + 5 · 2 / 2.
    expect([...scoresOf(record, { kind: "along", span: "sum", step: 10 })]).toEqual([10, 15]);
  });

  test("that were not measured are NaN, and such rows have no rank", () => {
    const none = scoresOf(record, { kind: "direction", span: "sum", step: 40 });
    expect(none.every(Number.isNaN)).toBe(true);
    expect(rankedRows(none)).toEqual([]);
    expect([...scoresOf(record, { kind: "contrast", span: "step", step: 7 })]).toEqual([NaN, NaN]);
  });
});

test("rankedRows puts the highest first, equal ones in the order of the data", () => {
  expect(rankedRows([1, 3, NaN, 3, 2])).toEqual([1, 3, 4, 0]);
});

describe("plantedArea", () => {
  const rows = [
    rowOf(0, { planted: true }),
    rowOf(1, { planted: false }),
    rowOf(2, { planted: true, isFirst: false }),
    rowOf(3, { planted: false }),
  ];

  test("counts a text that stands twice once", () => {
    const area = plantedArea(rows, [2, 1, 2, 3]);
    expect(area).toMatchObject({ value: 0.5, positives: 1, negatives: 2 });
  });

  test("is null where nothing is known to be planted", () => {
    expect(plantedArea([rowOf(0), rowOf(1)], [1, 2])).toBeNull();
  });
});

describe("attributedSteps", () => {
  const every = Array.from({ length: 151 }, (_, step) => step);

  test("are spread over the run, and closer together at the turn", () => {
    const steps = attributedSteps(every, { step: 77, interval: [76, 79] });
    expect(steps[0]).toBe(0);
    expect(steps.at(-1)).toBe(150);
    expect(steps).toContain(77);
    expect(steps.filter((step) => Math.abs(step - 77) <= 4).length).toBeGreaterThanOrEqual(5);
    expect(steps.length).toBeLessThanOrEqual(14);
  });

  test("of a run without a turn are spread alone; kept steps are what there is", () => {
    expect(attributedSteps(every, null)).toHaveLength(13);
    const few = { spread: 4, close: 3 };
    expect(attributedSteps(every, null, few)).toHaveLength(7);
    expect(attributedSteps(every, { step: 43, interval: [42, 43] }, few)).toEqual([
      0, 39, 43, 47, 50, 100, 150,
    ]);
    expect(attributedSteps([0, 50, 100], null)).toEqual([0, 50, 100]);
    expect(attributedSteps([], null)).toEqual([]);
  });
});

test("attributionSummary looks at the measured step nearest to the turn, or else at the last", () => {
  const rows = [rowOf(0, { planted: true }), rowOf(1, { planted: false }), rowOf(2, { planted: false })];
  const record = { ...recordOf(rows, [stepOf(0, 1, [1, 2, 3]), stepOf(10, 11, [9, 2, 1])]), planted: "bad" };
  expect(stepLookedAt(record, 8)).toBe(10);
  expect(stepLookedAt(record, null)).toBe(10);
  const turn = { indicator: "behavior", step: 8, interval: [7, 9] } as const;
  const summary = attributionSummary(record, { kind: "contrast", span: "step", turn, listed: 1 });
  expect(summary).toMatchObject({ step: 10, rows: 3, steps: [0, 10] });
  expect(summary.highest.map(({ row, score }) => [row, score])).toEqual([[0, 9]]);
  expect(summary.lowest.map(({ row }) => row)).toEqual([2]);
  const area = summary.planted.find(({ kind, span }) => kind === "contrast" && span === "step");
  expect(area?.value).toBe(1);
});
