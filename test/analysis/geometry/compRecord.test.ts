import { expect, test } from "vitest";
import { analyze } from "../../../src/analysis/analyze.js";
import { compModulesWords } from "../../../src/analysis/geometry/compRecord.js";
import { compFigure } from "../../../src/figures/run/compFigure.js";
import { summary } from "../../../src/pipeline/report/summary.js";
import { Random } from "../../../src/tensor/random.js";

const steps = [0, 1, 2, 3];

function adapter(modulePath: string, width: number) {
  const random = new Random(width).fork(modulePath);
  const rows = (length: number) => steps.map(() => Float32Array.from({ length }, () => random.normal()));
  const layer = Number(/\d+/u.exec(modulePath)?.[0] ?? NaN);
  return { modulePath, layer, rank: 1, scaling: 1, steps, loraA: rows(4), loraB: rows(width) };
}

const analysisOf = (modules: readonly (readonly [string, number])[]) =>
  analyze({
    run: "two shapes",
    adapters: modules.map(([name, width]) => adapter(name, width)),
    log: [],
    answers: [],
    gaps: [],
  });

test("of equally large groups the first is compared, and text and figure say which", () => {
  const analysis = analysisOf([
    ["layers.0.up_proj", 6],
    ["layers.0.down_proj", 5],
    ["layers.1.up_proj", 6],
    ["layers.1.down_proj", 5],
  ]);
  const words =
    "layers.0.up_proj, layers.1.up_proj, the first of 2 equally large groups of one shape, and not of " +
    "layers.0.down_proj, layers.1.down_proj";
  expect(analysis.comp?.equallyLarge).toEqual([["layers.0.down_proj", "layers.1.down_proj"]]);
  expect(analysis.comp === null ? "" : compModulesWords(analysis.comp)).toBe(words);
  expect(summary(analysis)).toContain(`Note: the comp score is of ${words}.`);
  expect(compFigure(analysis)?.meta.caption).toContain(`It is of ${words}.`);
});

test("of one shape, or of a larger group, nothing is left to chance", () => {
  const one = analysisOf([
    ["layers.0.up_proj", 6],
    ["layers.1.up_proj", 6],
  ]);
  expect(summary(one).join("\n")).not.toContain("comp score is of");
  const larger = analysisOf([
    ["layers.0.down_proj", 5],
    ["layers.0.up_proj", 6],
    ["layers.1.up_proj", 6],
  ]);
  expect(summary(larger)).toContain(
    "Note: the comp score is of layers.0.up_proj, layers.1.up_proj, the largest group of one shape; 1 of another shape take no part.",
  );
});
