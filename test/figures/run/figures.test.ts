import { withStraightPositive } from "../../../src/analysis/straightPositive.js";
import { eventCaption } from "../../../src/figures/style/eventKeys.js";
import { describe, expect, test } from "vitest";
import { analyze } from "../../../src/analysis/analyze.js";
import { behaviorScalesFigure } from "../../../src/figures/run/behaviorScalesFigure.js";
import { behaviorFigure } from "../../../src/figures/run/behaviorFigure.js";
import { cosineHeatmapFigure } from "../../../src/figures/run/cosineHeatmapFigure.js";
import { cosineToFinalFigure } from "../../../src/figures/run/cosineToFinalFigure.js";
import type { Figure, FigureOptions, PlotlyRecord, PlotlyTrace } from "../../../src/figures/figure.js";
import { gradientNormFigure } from "../../../src/figures/run/gradientNormFigure.js";
import { localCosineFigure } from "../../../src/figures/run/localCosineFigure.js";
import { lossFigure } from "../../../src/figures/run/lossFigure.js";
import { normsFigure } from "../../../src/figures/run/normsFigure.js";
import { palette } from "../../../src/figures/style/palette.js";
import { pcaPathFigure } from "../../../src/figures/run/pcaPathFigure.js";
import { probeFigure } from "../../../src/figures/run/activations/probeFigure.js";
import { probeLayersFigure } from "../../../src/figures/run/activations/probeLayersFigure.js";
import { transitionBands } from "../../../src/figures/style/transitionBands.js";
import { exampleRun } from "../../support/exampleAnalysisInput.js";
import { checksOfFigure } from "../../support/checksOfFigure.js";

const analysis = analyze(exampleRun({ dimension: 6, every: 4 }), {
  rates: { nullAlignment: "notMisaligned" },
});
const probes = {
  steps: [0, 40, 80],
  layer: 2,
  auroc: {
    values: [NaN, 0.6, 0.95],
    intervals: [
      [NaN, NaN],
      [0.5, 0.7],
      [0.9, 0.98],
    ] as const,
  },
  shuffled: {
    values: [NaN, 0.48, 0.51],
    intervals: [
      [NaN, NaN],
      [0.4, 0.6],
      [0.42, 0.61],
    ] as const,
  },
  angleToB: { values: [NaN, 88, 60] },
  randomFloorDegrees: 5.85,
  n: [0, 40, 40],
  heldOutGroups: ["ai", "cooking"],
  c: 1,
  seed: 0,
  absent: [{ step: 0, reason: "all 80 answers are aligned" }],
};

/** Three layers of which one has a gap more, and one was probed at fewer steps. */
const probedLayers = [
  { ...probes, layer: 5, steps: [0, 40], n: [0, 40] },
  { ...probes, layer: 0, auroc: { ...probes.auroc, values: [NaN, 0.55, NaN] } },
  { ...probes, layer: 2, steps: [0, 40, 100] },
];

/** The example as if its adapter had been asked five times as strong too, eight steps ahead. */
function atTwoFactors(): typeof analysis {
  const scales = analysis.behavior?.scales.slice(0, 1) ?? [];
  const stronger = scales.map((each) => ({ ...each, scale: 5 }));
  const turns = analysis.transitions.filter(({ indicator }) => indicator === "behavior");
  return {
    ...analysis,
    behavior: { scales: [...scales, ...stronger], usualScale: 1 },
    transitions: [
      ...analysis.transitions,
      ...turns.map((turn) => ({ ...turn, scale: 5, step: turn.step - 8 })),
    ],
  };
}

const makers: Readonly<Record<string, (options: FigureOptions) => Figure | null>> = {
  behavior: (options) => behaviorFigure(analysis, options),
  behaviorScales: (options) => behaviorScalesFigure(atTwoFactors(), options),
  gradientNorm: (options) => gradientNormFigure(analysis, options),
  norms: (options) => normsFigure(analysis, options),
  localCosine: (options) => localCosineFigure(analysis, options),
  cosineHeatmap: (options) => cosineHeatmapFigure(analysis, options),
  cosineToFinal: (options) => cosineToFinalFigure(analysis, options),
  pcaPath: (options) => pcaPathFigure(analysis, options),
  probe: (options) => probeFigure(probes, options),
  probeLayers: (options) =>
    probeLayersFigure(probedLayers, {
      ...options,
      transitions: analysis.transitions,
      adapterLayers: [2],
    }),
  loss: (options) => lossFigure(analysis, options),
};

function made(name: string, options: FigureOptions = {}): Figure {
  const figure = makers[name]?.(options);
  if (figure === null || figure === undefined) throw new Error(`the example has no ${name} figure`);
  return figure;
}

function trace(figure: Figure, name: string): PlotlyTrace {
  const found = figure.data.find((each) => each.name === name);
  if (found === undefined)
    throw new Error(`no trace ${name} among ${figure.data.map((each) => each.name).join(", ")}`);
  return found;
}

describe.each(Object.keys(makers))("%s figure", (name) =>
  checksOfFigure(name, (options) => made(name, options)),
);

describe("figures of steps", () => {
  test.each(["behavior", "behaviorScales", "gradientNorm", "norms", "localCosine", "cosineToFinal", "loss"])(
    "%s shares the step axis: title and range",
    (name) => {
      const { xaxis } = made(name).layout;
      expect(xaxis).toMatchObject({ title: { text: "optimiser step" }, range: [-2.4, 162.4] });
      expect(made(name).layout.margin).toEqual(made("norms").layout.margin);
    },
  );
});

describe("behaviorScalesFigure", () => {
  test("has a line with its band for every factor, told apart by colour, dash and marker, and says where each turns", () => {
    const figure = made("behaviorScales");
    const lines = ["×1", "×5"].map((name) => trace(figure, name));
    for (const property of ["line.color", "line.dash", "marker.symbol"] as const) {
      const [group, key] = property.split(".");
      const values = lines.map((each) => JSON.stringify(Reflect.get(Object(each[group ?? ""]), key ?? "")));
      expect(new Set(values).size, property).toBe(2);
    }
    for (const name of ["×1", "×5"])
      expect(trace(figure, `${name}, upper bound`)).toHaveProperty("fill", "tonexty");
    const turn = analysis.transitions.find((each) => each.indicator === "behavior");
    expect(eventCaption(figure.layout)).toContain(
      `×5: broad behaviour turns at step ${(turn?.step ?? NaN) - 8} [`,
    );
    expect(figure.meta.table.rows.length).toBe(2 * (analysis.behavior?.scales[0]?.broad.steps.length ?? NaN));
  });

  test("is not drawn where one factor was asked", () => {
    const one = { scales: analysis.behavior?.scales.slice(0, 1) ?? [], usualScale: 1 };
    expect(behaviorScalesFigure({ ...analysis, behavior: one })).toBeNull();
    expect(behaviorScalesFigure({ ...analysis, behavior: null })).toBeNull();
  });
});

describe("behaviorFigure", () => {
  test("has bands around both broad rates, narrow dashed, and marks where behaviour turns", () => {
    const figure = made("behavior");
    expect(trace(figure, "EM, broad").line).toMatchObject({ color: palette().misaligned, dash: "solid" });
    expect(trace(figure, "misaligned, narrow").line).toMatchObject({ dash: "dash" });
    expect(trace(figure, "EM, broad, upper bound").fill).toBe("tonexty");
    const transition = analysis.transitions.find((each) => each.indicator === "behavior");
    expect(figure.layout.shapes).toContainEqual(
      expect.objectContaining({ type: "rect", x0: transition?.interval[0], x1: transition?.interval[1] }),
    );
    expect(figure.layout.annotations).toContainEqual(
      expect.objectContaining({ text: "E", x: transition?.step }),
    );
    expect(figure.meta.caption).toContain("95 % Wilson intervals");
    expect(figure.meta.caption).toContain("counted as not misaligned");
  });

  test("is absent without answers and for a factor that was not evaluated", () => {
    expect(behaviorFigure({ ...analysis, behavior: null })).toBeNull();
    expect(behaviorFigure(analysis, { scale: 7 })).toBeNull();
    expect(behaviorFigure({ ...analysis, adapters: [] })?.meta.title).toBe("Misaligned and coherent answers");
  });
});

describe("localCosineFigure", () => {
  test("states the convention on the axis and draws the movement on a second one, under the curves", () => {
    const figure = made("localCosine");
    expect(figure.layout.yaxis).toMatchObject({
      title: { text: "local cosine (straight = −1)" },
      overlaying: "y2",
    });
    expect(figure.data[0]).toMatchObject({ name: "movement, k = 12", yaxis: "y2", fill: "tozeroy" });
    expect(figure.data.slice(1).map((each) => each.name)).toEqual(["k = 4", "k = 8", "k = 12"]);
    const positive = localCosineFigure(withStraightPositive(analysis));
    expect(positive?.layout.yaxis).toMatchObject({ title: { text: "local cosine (straight = +1)" } });
    expect(positive?.meta.caption).toContain("negated against the paper");
  });

  test("draws gaps as null", () => {
    expect(trace(made("localCosine"), "k = 4").y).toContain(null);
  });
});

describe("probeFigure", () => {
  test("shows the control and the random floor, and breaks the band at a gap", () => {
    const figure = made("probe");
    expect(trace(figure, "labels shuffled").line).toMatchObject({ color: palette().control });
    expect(trace(figure, "held-out AUROC, lower bound").x).toEqual([40, 80]);
    expect(figure.meta.caption).toContain("90° ± 11.7°");
    expect(figure.meta.caption).toContain("held out: ai, cooking");
    expect(figure.meta.caption).toContain("all 80 answers are aligned");
  });
});

describe("probeLayersFigure", () => {
  test("is a map of layers over all steps, upwards by layer, open where nothing was probed", () => {
    const figure = made("probeLayers");
    const map = trace(figure, "AUROC");
    expect(map.x).toEqual([0, 40, 80, 100]);
    expect(map.z).toEqual([
      [null, 0.55, null, null],
      [null, 0.6, null, 0.95],
      [null, 0.6, null, null],
    ]);
    expect(figure.layout.yaxis).toMatchObject({ tickvals: [0, 1, 2], ticktext: ["0", "2", "5"] });
    expect(map.customdata).toMatchObject({ 1: { 1: [2, 40, 0.5, 0.7, 0.48, 40] } });
    expect(figure.meta.table.rows).toHaveLength(12);
  });

  test("begins its colours at chance and marks the cells that reach it", () => {
    const figure = made("probeLayers");
    expect(trace(figure, "AUROC")).toMatchObject({ zmin: 0.5, zmax: 1 });
    expect(JSON.stringify(trace(figure, "AUROC").colorbar)).toContain("≤ 0.5, chance");
    expect(trace(figure, "interval reaches chance")).toMatchObject({ x: [40, 40, 40], y: [0, 1, 2] });
    expect(figure.meta.summary).toContain("In 3 of 4 cells the interval reaches chance");
    const better = probedLayers.map((record) => ({
      ...record,
      auroc: { ...record.auroc, intervals: record.auroc.intervals.map(() => [0.51, 0.7] as const) },
    }));
    expect(probeLayersFigure(better)?.data.map(({ name }) => name)).toEqual(["AUROC"]);
  });

  test("marks transitions above the cells, whose colours it leaves alone", () => {
    const { shapes } = made("probeLayers").layout;
    if (!Array.isArray(shapes)) throw new Error("no shapes");
    const bands = shapes.filter((shape: PlotlyRecord) => shape.type === "rect");
    expect(bands.length).toBeGreaterThan(0);
    // Three layers of equal height under a strip.
    expect(bands.map(({ y0 }: PlotlyRecord) => Number(y0).toFixed(6))).toEqual(bands.map(() => "0.920000"));
  });

  test("says why cells are open, and what cannot change", () => {
    const { layout, meta } = made("probeLayers");
    const { caption } = meta;
    expect(caption).toContain("Steps with gaps: 0 (all 80 answers are aligned).");
    expect(caption).toContain("Below layer 2, the lowest that is trained");
    expect(eventCaption(layout)).toContain("E: broad behaviour turns at step");
  });

  test("says first what the base model gives on the same texts", () => {
    const from = (values: readonly number[]): string =>
      probeLayersFigure([0, 1].map((layer) => ({ ...probes, layer, auroc: { ...probes.auroc, values } })))
        ?.meta.caption ?? "";
    expect(from([1, 1, 1])).toMatch(
      /^The base model, step 0, separates these texts with an AUROC of 1\.00 after every layer;/,
    );
    expect(from([NaN, 1, 1])).toMatch(/^L2 logistic regression/);
  });

  test("grows darker in the light and lighter in the dark, evenly enough to be read without hues", () => {
    for (const theme of ["light", "dark"] as const) {
      const lightness = palette(theme).scale.map((color) => lightnessOf(color));
      const steps = lightness
        .slice(1)
        .map((value, index) => (value - (lightness[index] ?? NaN)) * (theme === "dark" ? 1 : -1));
      for (const step of steps) expect(step).toBeGreaterThan(8);
    }
  });

  test("is not drawn for one layer, which has a figure of its own", () => {
    expect(probeLayersFigure([probes])).toBeNull();
    expect(probeLayersFigure([])).toBeNull();
  });

  test("names some of many layers, the first and the last among them", () => {
    const many = Array.from({ length: 48 }, (_, layer) => ({ ...probes, layer }));
    expect(probeLayersFigure(many)?.layout.yaxis).toMatchObject({
      ticktext: ["0", "9", "19", "28", "38", "47"],
    });
  });
});

describe("figures of a run without adapters or logs", () => {
  test("are absent, not empty", () => {
    const bare = { ...analysis, adapters: [], gradNorm: null, loss: null };
    for (const make of [
      normsFigure,
      localCosineFigure,
      cosineHeatmapFigure,
      cosineToFinalFigure,
      pcaPathFigure,
    ]) {
      expect(make(bare)).toBeNull();
    }
    expect(gradientNormFigure(bare)).toBeNull();
    expect(lossFigure(bare)).toBeNull();
    expect(normsFigure(analysis, { adapter: "model.layers.9.mlp.down_proj" })).toBeNull();
  });
});

describe("transitionBands", () => {
  test("leaves out other indicators", () => {
    expect(transitionBands(analysis.transitions, ["rotation"]).annotations.map((each) => each.text)).toEqual([
      "R",
    ]);
  });
});

/** Relative luminance of `#rrggbb` (WCAG 2). */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((start) => parseInt(color.slice(start, start + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** CIE L*, from 0 to 100. */
function lightnessOf(color: string): number {
  return 116 * Math.cbrt(luminance(color)) - 16;
}

describe("palette", () => {
  test("text reaches a contrast of 4.5 to 1 in both themes", () => {
    for (const theme of ["light", "dark"] as const) {
      const { background, foreground, muted } = palette(theme);
      for (const text of [foreground, muted]) {
        const [low = 0, high = 0] = [luminance(text), luminance(background)].sort(
          (left, right) => left - right,
        );
        expect((high + 0.05) / (low + 0.05)).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});
