import { describe, expect, test } from "vitest";
import { compareDirectionsFigure } from "../../../src/figures/compare/compareDirectionsFigure.js";
import { compareFigure, type NamedCurve } from "../../../src/figures/compare/compareFigure.js";
import { comparedQuantities } from "../../../src/figures/compare/compareQuantities.js";
import { darkCounterparts } from "../../../src/figures/style/palette.js";
import { runStyle } from "../../../src/figures/style/runStyles.js";

const [quantity] = comparedQuantities(10);
const axis = { title: "optimiser step", range: [-1, 3], words: "at stored steps" } as const;
const options = { bandWords: "95 % intervals" };

function curve(place: number, more: Partial<NamedCurve> = {}): NamedCurve {
  return {
    name: `run ${place}`,
    label: `run ${place}`,
    place,
    runs: 1,
    positions: [0, 1, 2],
    values: [0, NaN, 50 + place],
    intervals: null,
    n: [1, 0, 1],
    ...more,
  };
}

function drawn(curves: readonly NamedCurve[], theme: "light" | "dark" = "light") {
  if (quantity === undefined) throw new Error("no quantity");
  const figure = compareFigure(quantity, curves, axis, { ...options, theme });
  if (figure === null) throw new Error("no figure");
  return figure;
}

describe("compareFigure: the styles of runs", () => {
  const six = Array.from({ length: 6 }, (_, place) => runStyle(place));

  test("differ in colour, dash and marker for six runs, and in colour or dash for thirty-six", () => {
    for (const part of ["color", "dash", "symbol"] as const)
      expect(new Set(six.map((style) => style[part])).size).toBe(6);
    const all = Array.from({ length: 36 }, (_, place) => runStyle(place));
    expect(new Set(all.map(({ color, dash }) => `${color} ${dash}`)).size).toBe(36);
  });

  test.each(["light", "dark"] as const)("stand out from the %s background by three to one", (theme) => {
    const background = theme === "light" ? "#ffffff" : "#16181a";
    for (let place = 0; place < 6; place++)
      expect(contrast(runStyle(place, { theme }).color, background)).toBeGreaterThan(3);
  });

  test.each(["light", "dark"] as const)("stay apart for deuteranopes in the %s theme", (theme) => {
    const seen = six.map((_, place) => deuteranope(runStyle(place, { theme }).color));
    for (const [index, one] of seen.entries())
      for (const other of seen.slice(index + 1))
        // Of 255 a channel: far above what can just be told apart; the dashes do the rest.
        expect(Math.hypot(...one.map((value, channel) => value - (other[channel] ?? NaN)))).toBeGreaterThan(
          25,
        );
  });

  test("keep their dashes in the dark", () => {
    const counterparts = darkCounterparts();
    for (let place = 0; place < 6; place++) {
      const [light, dark] = [runStyle(place), runStyle(place, { theme: "dark" })];
      expect(dark.dash).toBe(light.dash);
      expect(counterparts[light.color]).toBe(dark.color);
    }
  });
});

describe("compareFigure: a comparison of runs", () => {
  test("draws every run in the style of its place, whatever else is there", () => {
    const all = drawn([curve(0), curve(1), curve(2)]);
    const some = drawn([curve(2)]);
    const lineOf = (figure: typeof all) => figure.data.find(({ name }) => name === "run 2");
    expect(lineOf(some)).toEqual(lineOf(all));
    expect(lineOf(all)?.line).toMatchObject({ color: runStyle(2).color, dash: runStyle(2).dash });
  });

  test("keeps gaps as gaps, and every value in its table", () => {
    const { data, meta } = drawn([curve(0), curve(1)]);
    expect(data[0]?.y).toEqual([0, null, 50]);
    expect(meta.table.columns).toEqual(["run", "optimiser step", "Misaligned answers", "n"]);
    expect(meta.table.rows).toHaveLength(6);
    expect(meta.table.rows[4]).toEqual(["run 1", 1, null, 0]);
  });

  test("says how many runs are behind a mean, and which have no such quantity", () => {
    if (quantity === undefined) throw new Error("no quantity");
    const mean = curve(0, {
      name: "crisp",
      label: "crisp",
      runs: 3,
      intervals: [
        [0, 0],
        [NaN, NaN],
        [40, 60],
      ],
    });
    const figure = compareFigure(quantity, [mean], axis, { ...options, missing: ["silent"] });
    expect(figure?.meta.caption).toMatch(/crisp n = 3.*95 % intervals.*Without this quantity: silent/);
    expect(figure?.data.some(({ name }) => name === "crisp, upper bound")).toBe(true);
  });

  test("is none without curves", () => {
    if (quantity === undefined) throw new Error("no quantity");
    expect(compareFigure(quantity, [], axis, options)).toBeNull();
    expect(compareFigure(quantity, [curve(0, { positions: [] })], axis, options)).toBeNull();
  });
});

describe("compareFigure: cosines between runs", () => {
  const compared = {
    what: "ΔW of down_proj",
    runs: ["a", "b", "c"],
    steps: [10, 12, 10],
    values: [
      [1, -0.004, NaN],
      [-0.004, 1, NaN],
      [NaN, NaN, NaN],
    ],
    randomCosine: 0.014,
    formula: "",
    caveat: "",
    source: "",
  };

  test("have numbers, gaps, and every pair once in the table", () => {
    const figure = compareDirectionsFigure(compared);
    expect(figure?.data[0]?.text).toEqual([
      ["1.00", "0.00", "–"],
      ["0.00", "1.00", "–"],
      ["–", "–", "–"],
    ]);
    expect(figure?.meta.table.rows).toEqual([
      ["a", "b", 10, 12, -0.004],
      ["a", "c", 10, 10, null],
      ["b", "c", 12, 10, null],
    ]);
    expect(figure?.meta.caption).toContain("0 ± 0.014");
  });

  test("take two runs", () => {
    expect(compareDirectionsFigure({ ...compared, runs: ["a"], values: [[1]] })).toBeNull();
  });
});

function channels(color: string): [number, number, number] {
  const part = (from: number): number => parseInt(color.slice(from, from + 2), 16);
  return [part(1), part(3), part(5)];
}

/** Ratio of luminances, as the web's guidelines for accessibility define it. */
function contrast(one: string, other: string): number {
  const luminance = (color: string): number => {
    const [red, green, blue] = channels(color).map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * (red ?? NaN) + 0.7152 * (green ?? NaN) + 0.0722 * (blue ?? NaN);
  };
  const [low = NaN, high = NaN] = [luminance(one), luminance(other)].sort((left, right) => left - right);
  return (high + 0.05) / (low + 0.05);
}

/** Machado, Oliveira and Fernandes (2009), deuteranopia, severity 1. */
function deuteranope(color: string): number[] {
  const [red, green, blue] = channels(color);
  return [
    0.367322 * red + 0.860646 * green - 0.227968 * blue,
    0.280085 * red + 0.672501 * green + 0.047413 * blue,
    -0.01182 * red + 0.04294 * green + 0.968881 * blue,
  ];
}
