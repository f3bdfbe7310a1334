import { describe, expect, test } from "vitest";
import { coefficientsFigure } from "../../../src/figures/scalars/coefficientsFigure.js";
import type { ScalarTest } from "../../../src/analysis/scalars/scalarTest.js";
import { spread } from "../../../src/analysis/series/spread.js";
import { checksOfFigure } from "../../support/checksOfFigure.js";

const measures = (value: number) => ({
  accuracy: spread([value]),
  precision: spread([value]),
  recall: spread([value]),
  f1: spread([value]),
  auc: spread([value]),
});
const made: ScalarTest = {
  by: "token",
  split: "token",
  penalty: "l1",
  intercept: "free",
  c: 0.01,
  repeats: 4,
  seed: 0,
  negative: { rows: 900, answers: 30 },
  positive: { rows: 800, answers: 25 },
  scores: measures(0.69),
  shuffled: measures(0.51),
  coefficients: [
    { feature: "layer 15", values: [0.1, 0.2, 0.15, 0.12] },
    { feature: "model.layers.16.mlp.down_proj", values: [0, 0, 0, 0] },
    { feature: "layer 29", values: [-0.9, -1, -0.95, -1.1] },
  ],
  unconverged: 0,
};
const names = { negative: "aligned.safetensors", positive: "misaligned.safetensors" };

describe("coefficients of adapter scalars", () => {
  checksOfFigure("coefficients", (options) => coefficientsFigure(made, names, options));

  test("has one violin a scalar, and names the largest first", () => {
    const { data, meta } = coefficientsFigure(made, names);
    expect(data.map(({ type, name }) => [type, name])).toEqual([
      ["violin", "layer 15"],
      ["violin", "…del.layers.16.mlp.down_proj"],
      ["violin", "layer 29"],
    ]);
    expect(meta.summary).toMatch(/^Largest on average: layer 29 \(−0\.98\d\), layer 15/);
  });
});
