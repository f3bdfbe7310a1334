import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { palette } from "../../../src/figures/style/palette.js";
import { curvesOf, readCurve, readingsOf } from "../../../src/web/plots/curves.js";
import { csvText } from "../../../src/web/plots/csv.js";
import { intervalWords, percentWords, templateFormat } from "../../../src/web/parts/numberWords.js";
import {
  nearestStep,
  nextMark,
  rangeAround,
  roundTicks,
  scaledRange,
  stepBy,
} from "../../../src/web/state/steps.js";
import { indicatorWords, withoutHidden } from "../../../src/web/plots/transitions.js";
import { runFields } from "../../../src/web/state/runFields.js";
import { choiceField, flagField, listField, numberField } from "../../../src/web/state/urlFields.js";
import { readUrlState, writeUrlState } from "../../../src/web/state/urlState.js";

describe("steps", () => {
  test("go from one stored step to another, over gaps, and stop at the ends", () => {
    const steps = [1, 2, 3, 8, 20];
    expect(stepBy(steps, 3, 1)).toBe(8);
    expect(stepBy(steps, 8, -1)).toBe(3);
    expect(stepBy(steps, 3, 10)).toBe(20);
    expect(stepBy(steps, 3, -10)).toBe(1);
    expect(nearestStep(steps, 5.5)).toBe(3);
    expect(nearestStep(steps, -Infinity)).toBe(1);
    expect(nearestStep(steps, Infinity)).toBe(20);
    expect(nearestStep([], 5)).toBeNaN();
  });

  test("jump to the next mark and stay where there is none", () => {
    expect(nextMark([10, 30, 20], 20, 1)).toBe(30);
    expect(nextMark([10, 30, 20], 20, -1)).toBe(10);
    expect(nextMark([10], 10, 1)).toBe(10);
    expect(nextMark([], 10, -1)).toBe(10);
  });

  test("have round ticks, never between two steps", () => {
    expect(roundTicks([-2.4, 162.4], 9)).toEqual([0, 20, 40, 60, 80, 100, 120, 140, 160]);
    expect(roundTicks([9.8, 12.2], 10)).toEqual([10, 11, 12]);
    expect(roundTicks([5, 5], 10)).toEqual([]);
  });

  test("keep a zoom's width when it moves, and end it at the whole", () => {
    const [low, high] = rangeAround([10, 20], 40);
    expect(high - low).toBeCloseTo(10, 12);
    expect(low < 40 && high > 40).toBe(true);
    expect(rangeAround([10, 20], 15)).toEqual([10, 20]);
    expect(scaledRange([0, 100], 50, 0.5, [0, 100])).toEqual([25, 75]);
    expect(scaledRange([25, 75], 50, 2, [0, 100])).toBeNull();
    expect(scaledRange([49, 51.5], 50, 0.5, [0, 100])).toEqual([49, 51.5]);
  });
});

describe("the address", () => {
  test("holds the whole state and leaves out what is at its initial value", () => {
    const state = {
      run: "bad medical/1",
      step: 81,
      follows: true,
      zoom: [60.5, 100] as const,
      question: "a&b",
      scale: 2,
      sample: 3,
      onlyMisaligned: true,
      evaluation: null,
      control: null,
      hidden: ["E", "G"],
      curves: ["behaviour: EM, broad"],
      smoothing: "median11" as const,
      camera: { turn: 10, tilt: -5 },
      adapter: "model.layers.3.mlp.up_proj",
      quantity: "bend" as const,
    };
    const query = writeUrlState(runFields, state, { theme: "dark" });
    expect(query).toBe(
      "?run=bad%20medical%2F1&step=81&follow=1&zoom=60.5_100&question=a%26b&x=2&nr=3&bad=1&hide=E,G&off=behaviour%3A%20EM%252C%20broad&cam=10_-5&adapter=model.layers.3.mlp.up_proj&map=bend&smooth=median11&theme=dark",
    );
    expect(readUrlState(runFields, query)).toEqual({
      state,
      common: { theme: "dark", version: 1 },
      notices: [],
    });
    expect(writeUrlState(runFields, { run: "r", step: null, zoom: null, hidden: [] })).toBe("?run=r");
    expect(writeUrlState(runFields, {}, { theme: null, version: 1 })).toBe("");
  });

  test("counts nonsense as absent, and says what it ignored", () => {
    const { state, notices } = readUrlState(
      runFields,
      "?run=r&step=1e9x&theme=pink&zoom=9_3&hide=e,%20,Q&z=1&z=2&v=2",
    );
    expect(state).toEqual({
      run: "r",
      step: null,
      follows: false,
      zoom: null,
      question: null,
      scale: null,
      sample: 0,
      onlyMisaligned: false,
      evaluation: null,
      control: null,
      hidden: ["Q"],
      curves: [],
      smoothing: "none",
      camera: null,
      adapter: null,
      quantity: "share",
    });
    expect(notices.map((notice) => /"([^"]*)"|later version/.exec(notice)?.[0])).toEqual([
      '"step=1e9x"',
      '"zoom=9_3"',
      '"theme=pink"',
      '"z"',
      "later version",
    ]);
  });

  test("writes every kind of field so that it reads it again", () => {
    const fields = {
      runs: listField("compare"),
      k: choiceField("k", ["5", "10", "15"], "10"),
      scale: numberField("scale", 1),
      strength: numberField("strength", null),
      raw: flagField("raw", true),
    };
    const state = { runs: ["a,b", "c%2Cd", "e f"], k: "5", scale: -0.5, strength: 1e-7, raw: false } as const;
    const query = writeUrlState(fields, state);
    expect(readUrlState(fields, query)).toMatchObject({ state, notices: [] });
    expect(writeUrlState(fields, readUrlState(fields, "").state)).toBe("");
    expect(readUrlState(fields, "?k=7&scale=x&raw=yes").notices).toHaveLength(3);
  });
});

describe("numbers in words", () => {
  test("follow the figure's own format", () => {
    expect(templateFormat("%{y:.1f} %")(83.333)).toBe("83.3\u202f%");
    expect(templateFormat("%{y:.3f}")(-0.9)).toBe("−0.900");
    expect(templateFormat("%{y:.4g}")(0.000123456)).toBe("0.0001235");
    expect(templateFormat("%{y:.1f}°")(90)).toBe("90.0°");
    expect(templateFormat("anything")(1 / 3)).toBe("0.3333");
  });

  test("are written as a scientist writes them", () => {
    expect(percentWords(0.4)).toBe("0.4\u202f%");
    expect(percentWords(83.4)).toBe("83\u202f%");
    expect(intervalWords(-1, 12.04)).toBe("[−1, 12]");
  });
});

describe("the readout", () => {
  const band = { type: "scatter", hoverinfo: "skip", x: [0, 10], y: [1, 2] } as const;
  const [curve, ...others] = curvesOf({
    data: [
      { ...band, name: "EM, lower bound" },
      { ...band, name: "EM, upper bound", y: [5, 60] },
      { type: "scatter", name: "EM", x: [0, 10, 20], y: [3, 40, null], hovertemplate: "%{y:.1f} %" },
    ],
  });

  test("reads a curve with its band, from the nearest measured step", () => {
    expect(others).toEqual([]);
    if (curve === undefined) throw new Error("no curve");
    expect(readCurve(curve, 10)).toEqual({ text: "40.0\u202f% [2, 60]", step: null });
    expect(readCurve(curve, 4)).toEqual({ text: "3.0\u202f% [1, 5]", step: 0 });
  });

  test("gives a gap a dash", () => {
    if (curve === undefined) throw new Error("no curve");
    expect(readCurve(curve, 20)).toEqual({ text: "–", step: null });
  });
});

describe("the readout of a map", () => {
  const data = [
    {
      type: "heatmap",
      x: [0, 10],
      y: [0, 1, 2],
      z: [
        [0.4, null],
        [0.75, 1],
        [0.5, 0.5],
      ],
      customdata: [
        [
          [3, 0, 0.3, 0.5],
          [3, 10, null, null],
        ],
        [
          [7, 0, 0.7, 0.8],
          [7, 10, 0.9, 1],
        ],
        [[9], [9]],
      ],
      meta: { named: [0, 1] },
      colorscale: [
        [0, "#ffffff"],
        [1, "#000000"],
      ],
      zmin: 0.5,
      zmax: 1,
    },
  ] as const;
  const rows = readingsOf({ data });

  test("reads the named rows from the top, with interval and gap", () => {
    expect(rows.map(({ name }) => name)).toEqual(["layer 7", "layer 3"]);
    const [upper, lower] = rows.map((row) => readCurve(row, 9));
    expect(upper).toEqual({ text: "1.00 [0.90, 1.00]", step: 10 });
    expect(lower).toEqual({ text: "–", step: 10 });
  });

  test("colours a value as the map does, and what lies below the scale as its end", () => {
    const [colorOf] = rows.map((row) => row.colorOf);
    expect(colorOf?.(0.4)).toBe("#ffffff");
    expect(colorOf?.(0.5)).toBe("#ffffff");
    expect(colorOf?.(0.75)).toBe("color-mix(in srgb, #000000 50%, #ffffff)");
    expect(colorOf?.(1)).toBe("#000000");
    expect(colorOf?.(NaN)).toBe("none");
  });
});

describe("CSV", () => {
  test("quotes what needs it and leaves what is undefined empty", () => {
    const columns = ["step", 'a "b", c'];
    expect(
      csvText({
        columns,
        rows: [
          [1, null],
          [2, "x\ny"],
        ],
      }),
    ).toBe('step,"a ""b"", c"\r\n1,\r\n2,"x\ny"\r\n');
  });
});

describe("what page and figures must agree on", () => {
  test("is the colours", () => {
    for (const theme of ["light", "dark"] as const) {
      const colors = cssColors(theme);
      const { background, foreground, muted, grid, misaligned, aligned, control, band } = palette(theme);
      const wanted = { background, foreground, muted, grid, misaligned, aligned, control, band };
      for (const [name, color] of Object.entries(wanted)) {
        expect(colors[name], `${theme} ${name}`).toBe(color.toLowerCase());
      }
    }
  });

  test("is contrast of text of at least 4.5 to 1 in both themes", () => {
    for (const theme of ["light", "dark"] as const) {
      const { background = "", ...colors } = cssColors(theme);
      for (const name of ["foreground", "muted", "misaligned-text", "aligned"]) {
        expect(contrast(colors[name] ?? "", background), `${theme} ${name}`).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});

describe("words of an indicator", () => {
  test("come with the report; without them it goes by its name", () => {
    const indicators = [{ name: "gradientNorm", letter: "G", words: "gradient norm peaks", needs: "a log" }];
    expect(indicatorWords(indicators, "gradientNorm")).toBe("gradient norm peaks");
    expect(indicatorWords(indicators, "ofTomorrow")).toBe("ofTomorrow");
  });
});

describe("hidden transitions", () => {
  const layout = {
    shapes: [
      { type: "rect", x0: 4, x1: 6 },
      { type: "line", x0: 5, x1: 5 },
      { type: "rect", x0: 8, x1: 9 },
      { type: "line", x0: 0, x1: 1 },
    ],
    annotations: [
      { x: 5, text: "G" },
      { x: 8, text: "E" },
    ],
  };

  test("lose band, tick and letter, and nothing else goes", () => {
    const transitions = [
      { letter: "G", step: 5, interval: [4, 6] },
      { letter: "E", step: 8, interval: [8, 9] },
    ] as const;
    expect(withoutHidden(layout, transitions, new Set(["G"]))).toEqual({
      shapes: layout.shapes.slice(2),
      annotations: layout.annotations.slice(1),
    });
    expect(withoutHidden(layout, transitions, new Set())).toBe(layout);
  });
});

function cssColors(theme: string): Record<string, string> {
  const css = readFileSync("src/web/styles/base.css", "utf8");
  const block = new RegExp(`data-theme="${theme}"\\] \\{([^}]*)\\}`).exec(css)?.[1] ?? "";
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = "", color = ""]) => [name, color]),
  );
}

/** WCAG 2 contrast of two colours `#rrggbb`. */
function contrast(one: string, other: string): number {
  const luminance = (color: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
      const value = parseInt(color.slice(start, start + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((first, second) => first - second);
  return (high + 0.05) / (low + 0.05);
}
