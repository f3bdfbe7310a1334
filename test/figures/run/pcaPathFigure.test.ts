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
      "100",
      "160",
    ]);
  });

  test("labels whatever steps are stored when they miss the multiples", () => {
    expect(pcaPathFigure(analysis, { labelEvery: 50 })?.data[1]?.text).toContain("52");
  });
});
