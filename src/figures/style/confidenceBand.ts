import type { Interval } from "../../analysis/statistics/quantile.js";
import type { PlotlyTrace } from "../figure.js";

/**
 * Traces of a confidence band: an interval along the steps as a pair of traces, the lower bound and the upper one
 * filled down to it. Gaps in the interval would make plotly fill across them, so each unbroken stretch is a pair of
 * its own.
 */
export function confidenceBand(
  steps: readonly number[],
  intervals: readonly Interval[],
  color: string,
  name: string,
  more: { readonly yaxis?: string } = {},
): PlotlyTrace[] {
  const stretches: { x: number[]; low: number[]; high: number[] }[] = [];
  let open = false;
  for (const [index, step] of steps.entries()) {
    const [low, high] = intervals[index] ?? [NaN, NaN];
    if (!Number.isFinite(low) || !Number.isFinite(high)) {
      open = false;
      continue;
    }
    if (!open) stretches.push({ x: [], low: [], high: [] });
    open = true;
    const stretch = stretches.at(-1);
    stretch?.x.push(step);
    stretch?.low.push(low);
    stretch?.high.push(high);
  }
  const common = {
    type: "scatter",
    mode: "lines",
    line: { width: 0, color: color },
    hoverinfo: "skip",
    showlegend: false,
    legendgroup: name,
    ...more,
  } as const;
  return stretches.flatMap(({ x, low, high }): PlotlyTrace[] => [
    { ...common, name: `${name}, lower bound`, x, y: low },
    {
      ...common,
      name: `${name}, upper bound`,
      x,
      y: high,
      fill: "tonexty",
      fillcolor: withAlpha(color, 0.2),
    },
  ]);
}

/** Colour with an opacity in [0, 1]: `#rrggbb` becomes `#rrggbbaa`. */
function withAlpha(color: string, opacity: number): string {
  return `${color}${Math.round(255 * opacity)
    .toString(16)
    .padStart(2, "0")}`;
}
