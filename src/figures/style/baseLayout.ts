import type { Analysis } from "../../analysis/analysisRecord.js";
import type { FigureOptions, PlotlyRecord } from "../figure.js";
import { lettersApart } from "./lettersApart.js";
import { palette } from "./palette.js";

/** An axis in the house style. */
export function axis(title: string, options: FigureOptions, more: PlotlyRecord = {}): PlotlyRecord {
  const colors = palette(options.theme);
  return {
    title: { text: title, font: { size: 12, color: colors.foreground }, standoff: 8 },
    tickfont: { size: 12, color: colors.muted },
    gridcolor: colors.grid,
    linecolor: colors.muted,
    zeroline: false,
    showline: true,
    ...more,
  };
}

/** Range of an axis of percentages: with room at 0 and at 100, where curves and marks would lie on the frame. */
export const percentRange = [-3, 104] as const;

/** Range of an axis of shares or scores from 0 to 1, with room at both ends. */
export const shareRange = [-0.03, 1.04] as const;

/** The step axis that all figures share; `range` keeps stacked figures of one run aligned. */
export function stepAxis(
  range: readonly [number, number] | null,
  options: FigureOptions,
  more: PlotlyRecord = {},
): PlotlyRecord {
  return axis("optimiser step", options, { ...(range === null ? {} : { range }), ...more });
}

/**
 * Range of the step axis of a run: from the first to the last step at which anything of it is known, with a margin.
 * Null when nothing is.
 */
export function stepRange(analysis: Analysis): readonly [number, number] | null {
  let [first, last] = [Infinity, -Infinity];
  const include = (steps: readonly number[] | undefined): void => {
    first = Math.min(first, steps?.[0] ?? Infinity);
    last = Math.max(last, steps?.at(-1) ?? -Infinity);
  };
  for (const adapter of analysis.adapters) include(adapter.B.norm.steps);
  for (const scale of analysis.behavior?.scales ?? []) {
    include(scale.broad.steps);
    include(scale.narrow.steps);
  }
  include(analysis.gradNorm?.steps);
  include(analysis.loss?.steps);
  if (first > last) return null;
  const margin = Math.max(0.5, 0.015 * (last - first));
  return [first - margin, last + margin];
}

/** A layout in the house style around two axes. */
export function baseLayout(
  title: string,
  axes: { readonly xaxis: PlotlyRecord; readonly yaxis: PlotlyRecord },
  options: FigureOptions,
  more: PlotlyRecord = {},
): PlotlyRecord {
  const colors = palette(options.theme);
  return {
    title: {
      text: title,
      font: { size: 14, color: colors.foreground },
      x: 0,
      xref: "paper",
      xanchor: "left",
    },
    font: { family: "system-ui, sans-serif", size: 12, color: colors.foreground },
    paper_bgcolor: colors.background,
    plot_bgcolor: colors.background,
    // The same for all figures, so that stacked step axes line up.
    margin: { l: 72, r: 64, t: 40, b: 48 },
    hovermode: "x unified",
    showlegend: true,
    // Above the letters of events, which stand right above the plot.
    legend: { orientation: "h", x: 0, xanchor: "left", y: 1.08, yanchor: "bottom", font: { size: 12 } },
    // Constant, so that redrawing with new steps keeps zoom and hidden traces.
    uirevision: "turncoat",
    ...axes,
    ...more,
    ...("annotations" in more ? { annotations: lettersApart(more.annotations, axes.xaxis) } : {}),
  };
}

/** A layout in the house style over the steps of a run, with the step axis that all its figures share. */
export function stepLayout(
  title: string,
  analysis: Analysis,
  yaxis: PlotlyRecord,
  options: FigureOptions,
  more: PlotlyRecord = {},
): PlotlyRecord {
  return baseLayout(title, { xaxis: stepAxis(stepRange(analysis), options), yaxis }, options, more);
}
