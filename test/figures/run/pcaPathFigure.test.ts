import { describe, expect, test } from "vitest";
import { analyze } from "../../../src/analysis/analyze.js";
import { pcaPathFigure } from "../../../src/figures/run/pcaPathFigure.js";
import { exampleRun } from "../../support/exampleAnalysisInput.js";

const analysis = analyze(exampleRun({ dimension: 6, every: 4 }), {
  rates: { nullAlignment: "notMisaligned" },
});

describe("pcaPathFigure", () => {
  test("has equal axes, explained variance in the titles and every 20th step labelled where there is room", () => {
    const figure = pcaPathFigure(analysis);
    if (figure === null) throw new Error("the example has no path");
    expect(figure.layout.yaxis).toMatchObject({ scaleanchor: "x", scaleratio: 1 });
    expect(JSON.stringify(figure.layout.xaxis)).toMatch(/PC1 \([\d.]+ % of the variance\)/);
    const labels = figure.data.find(({ name }) => name === "step")?.text;
    // Step 40 is missing: the label moves to the next stored step.
    expect(Array.isArray(labels) ? labels.filter((label) => label !== "") : []).toEqual([
      "0",
      "20",
      "44",
      "60",
      "80",
      "100",
      "160",
    ]);
  });

  test("labels fewer steps of a long path, none of its labels or letters at one place", () => {
    const count = 3000;
    const input = exampleRun({ dimension: 8 });
    const [adapter] = input.adapters;
    if (adapter === undefined) throw new Error("no adapter");
    const steps = Array.from({ length: count }, (_, step) => step);
    const along = (step: number): Float32Array =>
      Float32Array.from(
        { length: 8 },
        (_, index) => Math.sin((step / count) * 3 + index) * (1 + step / count),
      );
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

  test("labels whatever steps are stored when they miss the multiples", () => {
    expect(pcaPathFigure(analysis, { labelEvery: 50 })?.data[1]?.text).toContain("52");
  });
});
