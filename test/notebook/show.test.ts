import { describe, expect, test } from "vitest";
import { TurncoatError } from "../../src/errors.js";
import { loadPlotly, show, type MimeBundle } from "../../src/notebook/show.js";
import { toDataFrame } from "../../src/notebook/table.js";
import { exampleFigure } from "../support/exampleFigure.js";

describe("show", () => {
  test("show says that it needs a notebook, and what to use elsewhere", () => {
    expect(() => show(exampleFigure())).toThrow(
      new TurncoatError("show: expected a notebook that runs in tslab, found none", {
        hint: "outside notebooks, write the figures to a file with writeOfflinePage",
      }),
    );
  });

  test("each output stands for itself until loadPlotly has stored Plotly in an output of its own", () => {
    const outputs: string[] = [];
    const display = { html: (text: string) => void outputs.push(text) };
    show(exampleFigure(), { display });
    loadPlotly({ display });
    show(exampleFigure(), { display });
    show(exampleFigure(), { display });
    const [first = 0, loaded = 0, second = 0, third = 0] = outputs.map(({ length }) => length);
    expect(outputs).toHaveLength(4);
    expect(first).toBeGreaterThan(500_000);
    expect(loaded).toBeGreaterThan(500_000);
    expect(second).toBeLessThan(12_000);
    expect(third).toBe(second);
  });

  test("one output has figures as HTML, as one SVG, and in words", () => {
    const bundles: MimeBundle[] = [];
    const display = {
      html: () => expect.fail("one output was expected"),
      bundle: (data: MimeBundle) => void bundles.push(data),
    };
    show([exampleFigure(), exampleFigure()], { display });
    const [bundle = {}] = bundles;
    expect(bundles).toHaveLength(1);
    expect(Object.keys(bundle).sort()).toEqual(["image/svg+xml", "text/html", "text/plain"]);
    const svg = bundle["image/svg+xml"] ?? "";
    expect(svg.match(/<svg /g)).toHaveLength(3);
    expect(svg.match(/>A &lt; B<\/text>/g)).toHaveLength(2);
    // Pictures that share a document must not clip each other.
    const ids = [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(bundle["text/plain"]).toBe('A < B. Summary with "quotes".\nA < B. Summary with "quotes".');
  });

  test("a data frame is shown as a table, in HTML and as text", async () => {
    const bundles: MimeBundle[] = [];
    const display = { html: () => undefined, bundle: (data: MimeBundle) => void bundles.push(data) };
    show(await toDataFrame({ step: [0, 1], name: ["<a>", "b"] }), { display });
    expect(bundles[0]?.["text/plain"]).toBe("   step  name\n0     0  <a>\n1     1  b");
    expect(bundles[0]?.["text/html"]).toContain('<td style="text-align:left">&lt;a&gt;</td>');
  });
});
