import { debiasedAverage } from "../../analysis/series/debiasedAverage.js";
import { smooth } from "../../analysis/series/smooth.js";
import type { StepSeries } from "../../analysis/series/stepSeries.js";
import { withGaps, type PlotlyTrace, type PlotlyValue } from "../../figures/figure.js";

/** Smoothing of curves over the steps for the eye; detectors never see it. */
export type Smoothing =
  | {
      readonly method: "mean" | "median";
      /** Full width of the centred window in optimiser steps. */
      readonly window: number;
    }
  | {
      readonly method: "ema";
      /** Weight of what was before, in [0, 1). */
      readonly weight: number;
    };

/** Smoothing in words, such as "centred mean over 11 steps, not across gaps". */
export function smoothingWords(smoothing: Smoothing): string {
  return smoothing.method === "ema"
    ? `debiased exponential average with weight ${smoothing.weight}, not across gaps`
    : `centred ${smoothing.method} over ${smoothing.window} steps, not across gaps`;
}

/** Ending of the name of a smoothed curve, so that no value passes for a raw one. */
const smoothedEnding = ", smoothed";

/**
 * Smooths curves over all their points, each with its raw self faint beneath it. Areas and curves that are no function
 * of the step stay as they are, and so do all where any has a band: an interval belongs to the value that was
 * measured.
 */
export function smoothed(data: readonly PlotlyTrace[], smoothing: Smoothing): PlotlyTrace[] {
  if (data.some(({ name = "" }) => name.endsWith(", lower bound"))) return [...data];
  return data.flatMap((trace): PlotlyTrace[] => {
    const series = curveOf(trace);
    if (series === null) return [trace];
    const raw: PlotlyTrace = { ...trace, opacity: 0.35, hoverinfo: "skip", showlegend: false };
    const name = trace.name === undefined ? {} : { name: `${trace.name}${smoothedEnding}` };
    return [raw, { ...trace, ...name, y: withGaps(smoothValues(series, smoothing)) }];
  });
}

function smoothValues(series: StepSeries, smoothing: Smoothing): number[] {
  return smoothing.method === "ema" ? debiasedAverage(series, smoothing.weight) : smooth(series, smoothing);
}

function curveOf(trace: PlotlyTrace): StepSeries | null {
  const isLine = trace.type === "scatter" && typeof trace.mode === "string" && trace.mode.includes("lines");
  if (!isLine || trace.fill !== undefined || trace.hoverinfo === "skip") return null;
  if (!isArray(trace.x) || !isArray(trace.y) || trace.y.length < 2) return null;
  const [steps, values] = [trace.x, trace.y].map((column) =>
    column.map((value) => (typeof value === "number" ? value : NaN)),
  );
  if (steps === undefined || values === undefined) return null;
  const isSorted = steps.every((step, index) => index === 0 || step > (steps[index - 1] ?? NaN));
  return isSorted ? { steps, values } : null;
}

function isArray(value: PlotlyValue | undefined): value is readonly PlotlyValue[] {
  return Array.isArray(value);
}
