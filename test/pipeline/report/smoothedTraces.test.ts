import { describe, expect, test } from "vitest";
import { debiasedAverage } from "../../../src/analysis/series/debiasedAverage.js";
import type { PlotlyTrace } from "../../../src/figures/figure.js";
import { smoothed, smoothingWords } from "../../../src/pipeline/report/smoothedTraces.js";

const steps = Array.from({ length: 40 }, (_, step) => step);
const noisy = steps.map((step) => step + (step % 2 === 0 ? 1 : -1));
const line = (y: readonly (number | null)[]): PlotlyTrace => ({
  type: "scatter",
  mode: "lines",
  name: "loss",
  x: steps.slice(0, y.length),
  y,
});

describe("smoothed", () => {
  test("draws the raw curve faint beneath the smoothed one", () => {
    const [raw, above, ...others] = smoothed([line(noisy)], { method: "mean", window: 2 });
    expect(others).toEqual([]);
    expect(raw).toMatchObject({ name: "loss", y: noisy, opacity: 0.35, showlegend: false });
    expect(above?.name).toBe("loss, smoothed");
    // One neighbour on either side: the alternation leaves a third of itself.
    expect(Array.isArray(above?.y) && above.y[10]).toBeCloseTo(10 - 1 / 3, 12);
  });

  test("more steps do not change earlier values outside the window", () => {
    for (const smoothing of [
      { method: "mean", window: 6 },
      { method: "median", window: 6 },
      { method: "ema", weight: 0.9 },
    ] as const) {
      const early = smoothed([line(noisy.slice(0, 30))], smoothing)[1]?.y;
      const late = smoothed([line(noisy)], smoothing)[1]?.y;
      if (!Array.isArray(early) || !Array.isArray(late)) throw new Error("no curve");
      const safe = smoothing.method === "ema" ? 30 : 27;
      expect(late.slice(0, safe)).toEqual(early.slice(0, safe));
    }
  });

  test("never looks across a gap", () => {
    const broken = steps.map((step) => (step === 20 ? null : step < 20 ? 0 : 100));
    for (const smoothing of [
      { method: "mean", window: 10 },
      { method: "ema", weight: 0.95 },
    ] as const) {
      const curve = smoothed([line(broken)], smoothing)[1]?.y;
      expect(curve).toEqual(
        steps.map((step): unknown => (step === 20 ? null : step < 20 ? 0 : expect.closeTo(100, 9))),
      );
    }
  });

  test("leaves bands, areas, paths and heat maps alone", () => {
    const others: PlotlyTrace[] = [
      { ...line(noisy), hoverinfo: "skip" },
      { ...line(noisy), fill: "tozeroy" },
      { type: "scatter", mode: "lines", x: [1, 0, 2], y: [0, 1, 2] },
      { type: "heatmap", z: [[1]] },
    ];
    expect(smoothed(others, { method: "mean", window: 5 })).toEqual(others);
  });

  test("leaves curves with intervals alone", () => {
    const banded = [line(noisy), { ...line(noisy), name: "loss, lower bound" }];
    expect(smoothed(banded, { method: "mean", window: 5 })).toEqual(banded);
  });

  test("says what it is", () => {
    expect(smoothingWords({ method: "median", window: 9 })).toBe(
      "centred median over 9 steps, not across gaps",
    );
  });
});

describe("debiasedAverage", () => {
  test("of a constant is the constant, from the first value on", () => {
    for (const value of debiasedAverage({ steps, values: steps.map(() => 3) }, 0.99)) {
      expect(value).toBeCloseTo(3, 12);
    }
  });

  test("is the weighted mean with weights that fall by β", () => {
    const average = debiasedAverage({ steps: [0, 1, 2], values: [1, 2, 4] }, 0.5);
    expect(average[2]).toBeCloseTo((0.25 * 1 + 0.5 * 2 + 4) / 1.75, 12);
  });
});
