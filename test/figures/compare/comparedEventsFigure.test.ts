import { expect, test } from "vitest";
import {
  comparedEventsFigure,
  type ComparedEvents,
} from "../../../src/figures/compare/comparedEventsFigure.js";
import { figureSvg } from "../../../src/figures/static/figureSvg.js";

const runs = ["harmful", "careful", "still"].map((name) => ({ name: `study-${name}`, label: name }));
const none = { step: NaN, interval: [NaN, NaN], againstControl: null } as const;
const events: readonly ComparedEvents[] = [
  {
    indicator: "rotation",
    words: "direction of B turns",
    turns: [
      { step: 40, interval: [38, 44], againstControl: "shared" },
      { step: 41, interval: [37, 47], againstControl: null },
      none,
    ],
  },
  {
    indicator: "behavior",
    words: "broad behaviour turns",
    turns: [{ step: 43, interval: [42, 43], againstControl: "specific" }, none, none],
  },
];

test("A row a run, an interval for each event, open where the control shares it", () => {
  const figure = comparedEventsFigure(runs, events);
  const marks = figure?.data.filter(({ mode, showlegend }) => mode === "markers" && showlegend === false);
  expect(marks?.map(({ x }) => x)).toEqual([[40, 41], [43]]);
  expect(figure?.data.flatMap(({ name }) => name ?? [])).toEqual([
    "direction of B turns",
    "broad behaviour turns",
  ]);
  expect(marks?.[0]?.marker).toMatchObject({ symbol: ["square-open", "square"] });
  const [turns, behavior] = marks ?? [];
  // The first run stands at the top, mechanism above behaviour within its row.
  expect(turns?.y).toEqual([expect.closeTo(3.2), expect.closeTo(2.2)]);
  expect(behavior?.y).toEqual([expect.closeTo(2.8)]);
  expect(figure?.meta.caption).toContain("Nothing turns, or it cannot be told, in study-still.");
  expect(figure?.meta.summary).toBe(
    "direction of B turns in 2 of 3 runs, broad behaviour turns in 1 of 3 runs.",
  );
  expect(figure?.meta.table.rows).toHaveLength(6);
  expect(figure === null ? "" : figureSvg(figure)).toContain("harmful");
});

test("There is none where nothing turns", () => {
  expect(
    comparedEventsFigure(runs, [{ indicator: "rotation", words: "turns", turns: [none, none, none] }]),
  ).toBeNull();
});
