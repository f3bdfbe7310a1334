import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { analyze, curvesFigure, writeFigures } from "../../../src/index.js";
import { exampleRun } from "../../support/exampleAnalysisInput.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

test("one's own curves have the style, the transitions and the table of all figures", () => {
  const analysis = analyze(exampleRun());
  const curves = analysis.adapters.map(({ name, B }) => ({ name, ...B.norm }));
  const figure = curvesFigure({ title: "Norms of B", quantity: "‖B‖₂", curves, analysis });
  expect(figure.data.map(({ name }) => name)).toEqual(curves.map(({ name }) => name));
  expect(figure.meta.table.rows).toHaveLength(curves.flatMap(({ steps }) => steps).length);
  expect(figure.meta.caption.startsWith("‖B‖₂ over optimiser step.")).toBe(true);
  expect(curvesFigure({ title: "none", quantity: "q", curves: [] }).data).toEqual([]);
});

test("figures are written as a page and as pictures beside it, whose names tell them apart", () => {
  const figure = curvesFigure({
    title: "Own",
    quantity: "q",
    curves: [{ name: "one", steps: [0, 1], values: [1, 2] }],
  });
  const folder = temporaryFolder();
  const paths = writeFigures(join(folder, "deep", "own.html"), [figure, null, figure], { title: "Own" });
  expect(paths.map((path) => path.slice(folder.length + 1))).toEqual([
    join("deep", "own.html"),
    join("deep", "own-own.svg"),
    join("deep", "own-own-2.svg"),
  ]);
  expect(readFileSync(paths[1] ?? "", "utf8")).toMatch(/^<svg /);
});
