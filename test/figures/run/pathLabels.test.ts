import { expect, test } from "vitest";
import { analyze } from "../../../src/analysis/analyze.js";
import { pcaPathFigure } from "../../../src/figures/run/pcaPathFigure.js";
import { exampleRun } from "../../support/exampleAnalysisInput.js";

test("labels fewer steps of a long path, none of its labels or letters at one place", () => {
  const count = 3000;
  const input = exampleRun({ dimension: 8 });
  const [adapter] = input.adapters;
  if (adapter === undefined) throw new Error("no adapter");
  const steps = Array.from({ length: count }, (_, step) => step);
  const along = (step: number): Float32Array =>
    Float32Array.from({ length: 8 }, (_, index) => Math.sin((step / count) * 3 + index) * (1 + step / count));
  const long = analyze({
    ...input,
    adapters: [{ ...adapter, steps, loraA: steps.map(along), loraB: steps.map(along) }],
    log: [],
    answers: [],
  });
  const labels = pcaPathFigure(long)?.data[1]?.text;
  const shown = Array.isArray(labels) ? labels.filter((label) => label !== "") : [];
  expect(shown.length).toBeGreaterThan(2);
  expect(shown.length).toBeLessThanOrEqual(8);
  expect(shown.every((label) => Number(label) % 500 === 0)).toBe(true);
});
