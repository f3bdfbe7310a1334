import { describe, expect, test } from "vitest";
import { analyze } from "../../../src/analysis/analyze.js";
import { lossFigure } from "../../../src/figures/run/lossFigure.js";
import { withNotes } from "../../../src/figures/style/noteMarks.js";
import { exampleRun } from "../../support/exampleAnalysisInput.js";

describe("noteMarks", () => {
  test("notes stand in the layout, where pictures and JSON find them, and whole in the caption", () => {
    const figure = lossFigure(analyze(exampleRun({ dimension: 6, every: 4 })));
    if (figure === null) throw new Error("no figure");
    expect(withNotes(figure, [])).toBe(figure);
    const text = "a long note about <b>what happened</b> & why it matters to us";
    const { layout, meta, data } = withNotes(figure, [{ step: 81, text }]);
    expect(data).toBe(figure.data);
    const marks = JSON.stringify([layout.shapes, layout.annotations]);
    expect(marks).toContain('"x0":81');
    expect(marks).toContain("a long note about &lt;b");
    expect(marks).not.toContain("<b>");
    // A late note stands before its line, where there is room.
    const anchorOf = (step: number): string =>
      JSON.stringify(withNotes(figure, [{ step, text: "note" }]).layout.annotations)
        .split('"xanchor":')
        .at(-1) ?? "";
    expect(anchorOf(10)).toMatch(/^"left"/);
    expect(anchorOf(150)).toMatch(/^"right"/);
    expect(meta.caption).toBe(`${figure.meta.caption} Notes: step 81, “${text}”.`);
  });

  test("notes stand where no curve is, and not on each other", () => {
    const figure = lossFigure(analyze(exampleRun({ dimension: 6, every: 4 })));
    if (figure === null) throw new Error("no figure");
    const layout = { xaxis: { range: [0, 100] }, yaxis: { rangemode: "tozero" } };
    const steps = Array.from({ length: 101 }, (_, step) => step);
    // Low at first, high later.
    const curve = { type: "scatter", x: steps, y: steps.map((step) => (step < 40 ? 0.1 : 1)) } as const;
    const heights = (notes: readonly { readonly step: number; readonly text: string }[]): unknown[] => {
      const { annotations } = withNotes({ ...figure, data: [curve], layout }, notes).layout;
      return Array.isArray(annotations) ? annotations.map((each: { readonly y?: unknown }) => each.y) : [];
    };
    expect(heights([{ step: 5, text: "early" }])).toEqual([0.14]);
    expect(heights([{ step: 50, text: "late" }])).toEqual([0.02]);
    const both = heights([
      { step: 50, text: "one of them" },
      { step: 51, text: "the other" },
    ]);
    expect(new Set(both).size).toBe(2);
  });
});
