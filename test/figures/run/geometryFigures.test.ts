import { describe, expect, test } from "vitest";
import { goldenFigure } from "../../support/checksOfFigure.js";
import { analyze } from "../../../src/analysis/analyze.js";
import type { Analysis } from "../../../src/analysis/analysisRecord.js";
import { compFigure } from "../../../src/figures/run/compFigure.js";
import type { Figure, FigureOptions } from "../../../src/figures/figure.js";
import { incrementRankFigure } from "../../../src/figures/run/incrementRankFigure.js";
import { pathShapeFigure } from "../../../src/figures/run/pathShapeFigure.js";
import { exampleRun } from "../../support/exampleAnalysisInput.js";

/** Three adapters like that of the example run; the bands of its transitions are tested with the other figures. */
function threeAdapters(): Analysis {
  const input = exampleRun({ dimension: 6, every: 4 });
  const runs = [input, exampleRun({ dimension: 6, every: 4, missing: 80 }), input];
  const adapters = runs.flatMap(({ adapters: [adapter] }, index) => {
    if (adapter === undefined) return [];
    // Each writes along other axes, and the later ones turn by less.
    const loraB = adapter.loraB.map((vector) =>
      Float32Array.from(
        vector,
        (_, axis) => (axis % 3 === 1 ? 1 / (1 + index) : 1) * (vector[(axis + 2 * index) % 6] ?? 0),
      ),
    );
    return [{ ...adapter, loraB, modulePath: `model.layers.${index}.mlp.down_proj`, layer: index }];
  });
  const analysis = analyze({ ...input, adapters, log: [], answers: [] }, { rotation: { draws: 9 } });
  return { ...analysis, transitions: [] };
}

const analysis = threeAdapters();
const makers: Readonly<Record<string, (options?: FigureOptions) => Figure | null>> = {
  comp: (options) => compFigure(analysis, options),
  incrementRank: (options) => incrementRankFigure(analysis, options),
  pathShape: (options) => pathShapeFigure(analysis, options),
};

/** Six significant digits: enough to see a change, few enough not to see the processor. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" && Number.isFinite(value) ? Number(value.toPrecision(6)) : value;
}

describe.each(Object.entries(makers))("%s figure", (name, make) => {
  test("matches its stored JSON, which holds no NaN", async () => {
    const figure = make();
    const text = JSON.stringify(
      figure,
      (key, value: unknown) => {
        if (typeof value === "number" && !Number.isFinite(value)) throw new Error(`${name} holds ${value}`);
        return rounded(key, value);
      },
      1,
    );
    await expect(`${text}\n`).toMatchFileSnapshot(goldenFigure(name));
  });

  test("says what it shows, in words and as a table, and follows the theme", () => {
    const figure = make();
    const { title, caption, summary, formula, caveat, source, table } = figure?.meta ?? made();
    for (const text of [title, caption, summary, formula, caveat, source]) {
      expect(text.length).toBeGreaterThan(5);
      expect(text).not.toMatch(/NaN|undefined,|\[object/);
    }
    expect(table.rows.length).toBeGreaterThan(2);
    for (const row of table.rows) expect(row).toHaveLength(table.columns.length);
    expect(make({ theme: "dark" })).not.toEqual(figure);
  });
});

function made(): never {
  throw new Error("the example has no such figure");
}

describe("what there is nothing of is not drawn", () => {
  test("comp needs two adapters, the others one", () => {
    const [adapter] = analysis.adapters;
    const single = { ...analysis, adapters: adapter === undefined ? [] : [adapter], comp: null };
    expect(compFigure(single)).toBeNull();
    expect(pathShapeFigure(single)).not.toBeNull();
    const none = { ...single, adapters: [] };
    expect(pathShapeFigure(none)).toBeNull();
    expect(incrementRankFigure(none)).toBeNull();
  });

  test("comp of two adapters says that de-meaning at each step leaves nothing to compare", () => {
    const two = analysis.comp === null ? null : { ...analysis.comp, modules: ["one", "two"] };
    expect(compFigure({ ...analysis, comp: two })?.meta.caption).toContain("1 whatever they do");
    expect(compFigure(analysis)?.meta.caption).not.toContain("1 whatever they do");
  });

  test("comp is drawn up to the step before its reference, and says what the reference gives itself", () => {
    const figure = compFigure(analysis);
    const { steps = [], selfComparison = NaN } = analysis.comp?.B?.perStep ?? {};
    expect(figure?.data[0]?.x).toEqual(steps);
    expect(figure?.meta.caption).toContain(selfComparison.toFixed(3));
    expect(steps).not.toContain(40);
    expect(steps).not.toContain(80);
    expect(steps).not.toContain(160);
  });
});
