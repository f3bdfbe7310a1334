import { describe, expect, test } from "vitest";
import { analyze } from "../../../src/analysis/analyze.js";
import type {
  CoefficientRecord,
  CoefficientStep,
} from "../../../src/analysis/learningCoefficient/coefficientRecord.js";
import { learningCoefficientFigure } from "../../../src/figures/run/learningCoefficient/learningCoefficientFigure.js";
import { checksOfFigure } from "../../support/checksOfFigure.js";
import { exampleRun } from "../../support/exampleAnalysisInput.js";

const analysis = analyze(exampleRun({ dimension: 6, every: 4 }), {
  rates: { nullAlignment: "notMisaligned" },
});
const settings = {
  stepShares: [1, 0.5],
  localization: 1,
  chains: 2,
  draws: 2,
  burnIn: 0,
  together: 8,
  seed: 0,
};

/** A measured checkpoint whose chains have these values, at either size of the sampler's step. */
function stepOf(step: number, values: readonly (readonly number[])[]): CoefficientStep {
  const sizes = settings.stepShares.map((share, place) => {
    const own = values[place] ?? [];
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    return {
      ...{ share, stepSize: 4 * share, value: mean },
      interval: [mean - 0.5, mean + 0.5] as const,
      chains: own.map((value) => ({
        value,
        isFailed: !(value >= 0),
        losses: [1 + value / 100, 1 + value / 100],
      })),
    };
  });
  return { step, centerLoss: 1, curvature: 1, sizes };
}

const falling = stepOf(0, [
  [-3, -2],
  [-1, -2],
]);
const disagreeing = stepOf(80, [
  [9, 9],
  [4, 4],
]);
const record: CoefficientRecord = {
  ...{ settings, rows: 64, trained: 2000, count: 700, temperature: 100, parameters: 384, unitsOf: "demo" },
  units: [{ name: "model.layers.2.mlp.down_proj.lora_B", unit: 0.1 }],
  steps: [
    falling,
    stepOf(40, [
      [2, 2.2],
      [2.4, 2.2],
    ]),
    disagreeing,
    stepOf(120, [
      [5, 5.1],
      [5.2, 4.9],
    ]),
  ],
};

describe("the figure of learning coefficients", () => {
  checksOfFigure("learningCoefficient", (options) => {
    const figure = learningCoefficientFigure(analysis, record, options);
    if (figure === null) throw new Error("nothing was drawn");
    return figure;
  });

  test("draws what cannot be told apart from the line, and says why in the caption", () => {
    const { data, meta } = learningCoefficientFigure(analysis, record) ?? {};
    expect(data?.map(({ name }) => name)).toEqual([
      "λ̂",
      "cannot be told: single sizes",
      "cannot be told: the loss falls",
    ]);
    expect(data?.[0]?.y).toEqual([null, expect.closeTo(2.2), null, expect.closeTo(5.05)]);
    expect(data?.[1]).toMatchObject({ x: [80, 80], y: [9, 4] });
    expect(data?.[2]).toMatchObject({ x: [0], y: [0] });
    expect(meta?.caption).toMatch(
      /Step 0: λ̂ is negative, as where the loss falls away from w\*.*; step 80: the two smallest/,
    );
    expect(meta?.summary).toContain("Told at 2 of 4 steps");
  });

  test("needs no second trace where all can be told, and is not drawn of nothing", () => {
    const told = { ...record, steps: record.steps.filter(({ step }) => [40, 120].includes(step)) };
    const { data, meta } = learningCoefficientFigure(analysis, told) ?? {};
    expect(data).toHaveLength(1);
    expect(meta?.caption).toContain("Every step could be told.");
    expect(learningCoefficientFigure(analysis, { ...record, steps: [] })).toBeNull();
    expect(learningCoefficientFigure(analysis, null)).toBeNull();
  });
});
