import { median, stepSpacing, type StepSeries } from "./stepSeries.js";

export interface SmoothOptions {
  readonly method: "median" | "mean";
  /** Full width of the centred window in optimiser steps. */
  readonly window: number;
}

/**
 * Centred smoothing. A window never reaches across a gap (a NaN, or a distance of more than one and a half
 * times the usual spacing); at the ends and beside gaps it shrinks to what is there. NaN stays NaN.
 */
export function smooth(series: StepSeries, options: SmoothOptions): number[] {
  const { steps, values } = series;
  const largestDistance = 1.5 * stepSpacing(steps);
  const half = options.window / 2;
  return values.map((value, index) => {
    if (!Number.isFinite(value)) return NaN;
    const centre = steps[index] ?? NaN;
    const within = [value];
    for (const direction of [-1, 1]) {
      for (let other = index + direction; ; other += direction) {
        const step = steps[other];
        const neighbour = values[other];
        const previous = steps[other - direction];
        if (step === undefined || neighbour === undefined || previous === undefined) break;
        if (!Number.isFinite(neighbour) || Math.abs(step - previous) > largestDistance) break;
        if (Math.abs(step - centre) > half) break;
        within.push(neighbour);
      }
    }
    if (options.method === "median") return median(within);
    return within.reduce((sum, item) => sum + item, 0) / within.length;
  });
}
