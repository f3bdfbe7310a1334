import { describe, expect, test } from "vitest";
import { TurncoatError } from "../../src/errors.js";
import { loadPlotly, show } from "../../src/notebook/show.js";
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
    expect(second).toBeLessThan(10_000);
    expect(third).toBe(second);
  });
});
