import { expect, test } from "vitest";
import { interventionRows } from "../../src/analysis/interventions/interventionRows.js";
import { interventionFigures } from "../../src/figures/interventions/interventionFigures.js";
import type { Condition } from "../../src/runs/condition.js";

function rows(strengths: readonly number[]) {
  const answers = (condition: Condition, misaligned: number) =>
    Array.from({ length: 10 }, (_, question) => ({
      ...{ step: 5, scale: 1, domain: "general", breadth: "broad" as const, questionId: `q${question}` },
      ...{ aligned: question < misaligned ? 0 : 100, coherent: 90, condition },
    }));
  const none = { layer: null, strength: null, lambda: null };
  return interventionRows([
    ...answers({ name: "base", kind: "untouched", ...none }, 1),
    ...[1, 2].flatMap((layer) =>
      strengths.flatMap((strength, place) => {
        const own = { name: `layer ${layer} ×${strength}`, layer, strength, lambda: 2 * strength };
        return [
          ...answers({ ...own, kind: "intervention" }, layer + place),
          ...answers({ ...own, kind: "random", name: `random ${own.name}`, twinOf: own.name }, 1),
        ];
      }),
    ),
  ]);
}

test("a sweep is a line a layer, random directions in grey, the untouched model level", () => {
  const figures = interventionFigures(rows([0.5, 1]), "steer");
  expect(figures.map(({ meta }) => meta.title)).toEqual([
    "Misaligned answers by strength",
    "Coherent answers by strength",
  ]);
  const lines = figures[0]?.data.filter(({ mode, showlegend }) => mode !== undefined && showlegend !== false);
  expect(lines?.map(({ name, y }) => [name, y])).toEqual([
    ["random, layer 1", [10, 10, 10]],
    ["layer 1", [10, 10, 20]],
    ["random, layer 2", [10, 10, 10]],
    ["layer 2", [10, 20, 30]],
    ["untouched", [10, 10]],
  ]);
  expect(figures[0]?.meta.table.rows[0]).toEqual([
    "layer 1 ×0.5",
    1,
    0.5,
    1,
    10,
    expect.any(Number),
    expect.any(Number),
    10,
    10,
    10,
  ]);
});

test("conditions without strengths are points with their intervals", () => {
  const [figure, ...more] = interventionFigures(rows([1]), "ablate");
  expect(more).toEqual([]);
  expect(figure?.data.map(({ name }) => name)).toEqual(["random, EM", "coherent", "EM"]);
  expect(figure?.data[2]?.y).toEqual(["base", "layer 1 ×1", "layer 2 ×1"]);
  expect(figure?.data[2]?.x).toEqual([10, 10, 20]);
});
