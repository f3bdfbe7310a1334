import { expect, test } from "vitest";
import { compareLandscapes } from "../../../src/analysis/landscape/compareLandscapes.js";
import type { MeasuredLandscape } from "../../../src/analysis/landscape/measuredLandscape.js";
import { landscapeFigures } from "../../../src/figures/landscape/landscapeFigures.js";

function landscape(name: string, epsilons: readonly number[]): MeasuredLandscape {
  const tokens = Array.from({ length: 12 }, (_, index) => 5 + index);
  const at = (loss: number): number[] => tokens.map((count, index) => count * loss * (1 + index / 100));
  return {
    ...{ name, step: 9, norms: { update: 2, parameters: 3 }, parameters: 8, tokens },
    sample: { data: "data", sha256: "one" },
    scaled: [0, 1, 2].map((factor) => ({ factor, losses: at(2 - factor / 2) })),
    disturbed: epsilons.flatMap((epsilon) =>
      [0, 1, 2, 3, 4].map((seed) => ({ epsilon, seed, losses: at(1.5 + epsilon / 2) })),
    ),
  };
}

function figures(epsilons: readonly number[]) {
  const options = { norm: "update", multiples: [0, 1, 2] } as const;
  const runs = [landscape("general", epsilons), landscape("narrow", epsilons)];
  return landscapeFigures(compareLandscapes(runs, options));
}

test("each run has a line of one colour with its band in both figures", () => {
  const [efficiency, stability] = figures([0.5, 1]);
  const lines = [efficiency, stability].map((figure) =>
    figure?.data.filter(({ mode, showlegend }) => mode === "lines+markers" && showlegend !== false),
  );
  expect(lines[0]?.map(({ name, x }) => [name, x])).toEqual([
    ["general", [0, 2, 4]],
    ["narrow", [0, 2, 4]],
  ]);
  const colors = lines.map((of) => of?.map(({ line }) => line));
  expect(colors[0]).toEqual(colors[1]);
  expect(colors[0]?.[0]).not.toEqual(colors[0]?.[1]);
  for (const figure of [efficiency, stability])
    expect(figure?.data.filter(({ fill }) => fill === "tonexty").length).toBe(2);
  expect(efficiency?.meta.table.rows.length).toBe(6);
  const [row = []] = stability?.meta.table.rows ?? [];
  expect(row.slice(0, 2)).toEqual(["general", 0.5]);
  expect(row[2]).toBeCloseTo(50, 8);
  expect(stability?.data.find(({ name }) => name === "base")?.y).toEqual([100, 100]);
  expect(efficiency?.meta.caption).toContain("12 conversations of data");
});

test("without noise there is no figure of it", () => {
  expect(figures([]).map(({ meta }) => meta.title)).toEqual(["Loss of rescaled solutions"]);
});
