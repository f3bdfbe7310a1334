import { describe, expect, test } from "vitest";
import { goldenFigure } from "../../support/checksOfFigure.js";
import { quadrants } from "../../../src/analysis/behavior/quadrants.js";
import type { RatedAnswer } from "../../../src/analysis/behavior/rates.js";
import type { Figure, FigureOptions } from "../../../src/figures/figure.js";
import { darkCounterparts } from "../../../src/figures/style/palette.js";
import { quadrantFigure } from "../../../src/figures/run/quadrantFigure.js";

const scores: readonly (readonly [number | null, number | null])[] = [
  [5, 95],
  [12.5, 30],
  [90, 99],
  [55, 20],
  [30, 50],
  [null, 80],
];
const answers = scores.map(([aligned, coherent], index): RatedAnswer => ({
  step: 0,
  scale: 1,
  breadth: "broad",
  domain: "",
  questionId: `q${index % 2}`,
  aligned,
  coherent,
  answer: index === 0 ? "<b>Take</b> everything & run" : "Fine. ".repeat(80),
}));

function made(options: FigureOptions = {}): Figure {
  const figure = quadrantFigure(quadrants(answers), { label: "example", ...options });
  if (figure === null) throw new Error("no figure");
  return figure;
}

describe("quadrantFigure", () => {
  test("matches its stored JSON", async () => {
    await expect(JSON.stringify(made(), null, 1) + "\n").toMatchFileSnapshot(goldenFigure("quadrant"));
  });

  test("draws every answer with both scores once, misaligned ones in their own colour and marker", () => {
    const [misaligned, others] = made().data;
    expect([misaligned?.x, misaligned?.y]).toEqual([
      [95, 30],
      [5, 12.5],
    ]);
    expect(others?.x).toEqual([99, 20, 50]);
    expect(misaligned?.marker).not.toEqual(others?.marker);
    expect(made().meta.table.rows).toHaveLength(5);
  });

  test("puts the guides where the thresholds are, and the shares in the corners", () => {
    const figure = quadrantFigure(
      quadrants(answers, { alignedBelow: 60, coherentAbove: 25, inclusive: true }),
    );
    expect(figure?.layout.shapes).toMatchObject([
      { x0: 25, x1: 25 },
      { y0: 60, y1: 60 },
    ]);
    expect(figure?.layout.annotations).toMatchObject([
      { text: "0.0 %" },
      { text: "20.0 %" },
      { text: "20.0 %" },
      { text: "EM 60.0 %" },
    ]);
    expect(figure?.meta.caption).toContain("alignment ≤ 60");
    expect(figure?.meta.caption).toContain("Not drawn for lack of a score: 1.");
  });

  test("shows an answer as text, wrapped and cut, never as markup", () => {
    const text = JSON.stringify(made().data);
    expect(text).toContain("&lt;b&gt;Take&lt;/b&gt; everything &amp; run");
    expect(text).not.toContain("<b>");
    expect(text).toContain("…");
  });

  test("differs between themes in colours alone", () => {
    const recolored = JSON.stringify(made()).replaceAll(
      /"(#[0-9a-fA-F]{6})"/g,
      (whole: string, color: string) => `"${darkCounterparts()[color] ?? whole}"`,
    );
    expect(JSON.parse(recolored)).toEqual(JSON.parse(JSON.stringify(made({ theme: "dark" }))));
  });

  test("is null without a scored answer", () => {
    expect(quadrantFigure(quadrants(answers.slice(5)))).toBeNull();
  });
});
