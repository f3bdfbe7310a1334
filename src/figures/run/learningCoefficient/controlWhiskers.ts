import type { ControlCoefficients } from "../../../analysis/learningCoefficient/controlCoefficients.js";
import type { Interval } from "../../../analysis/statistics/quantile.js";
import {
  rangeWords,
  withGaps,
  type FigureOptions,
  type PlotlyRecord,
  type PlotlyTrace,
} from "../../figure.js";
import { palette } from "../../style/palette.js";
import { controlTrace } from "../controlTraces.js";

/** Bars from a value to the ends of its interval, as plotly takes them. */
export function whiskers(
  values: readonly number[],
  intervals: readonly Interval[],
  color: string,
): PlotlyRecord {
  return {
    type: "data",
    symmetric: false,
    array: withGaps(intervals.map(([, high], at) => high - (values[at] ?? NaN))),
    arrayminus: withGaps(intervals.map(([low], at) => (values[at] ?? NaN) - low)),
    color,
    thickness: 1.2,
  };
}

/** Controls whose coefficients compare with the run's and can be told somewhere. */
export function drawnControls(controls: readonly ControlCoefficients[]): readonly ControlCoefficients[] {
  return controls.filter(
    ({ difference, values }) => difference === null && values.some((value) => Number.isFinite(value)),
  );
}

/** Curves of the controls that are drawn, behind those of the run. */
export function coefficientsOfControls(
  controls: readonly ControlCoefficients[],
  options: FigureOptions,
): PlotlyTrace[] {
  const grey = palette(options.theme).control;
  return drawnControls(controls).map(({ control, steps, values, intervals }, _, { length }) => ({
    ...controlTrace(
      length === 1 ? "λ̂, control" : `λ̂, control ${control}`,
      { steps, values },
      { ...options, format: "%{y:.3g}" },
    ),
    mode: "lines+markers",
    marker: { color: grey, size: 6 },
    error_y: whiskers(values, intervals, grey),
  }));
}

/** Goes on in a caption with what is drawn of each control, or why it is not; empty without controls. */
export function controlCoefficientCaption(controls: readonly ControlCoefficients[]): string {
  return controls
    .map(({ control, difference, count, values }) => {
      const told = values.filter((value) => Number.isFinite(value)).length;
      if (difference !== null)
        return ` The control ${control} is not drawn: ${difference}, so the two do not compare.`;
      if (told === 0) return ` The control ${control} is not drawn: it can be told at no step.`;
      return ` Grey: the control ${control} over the same rows (n = ${count}), told at ${told} of ${values.length} steps.`;
    })
    .join("");
}

/** Says in the summary of a figure where the controls that are drawn lie. */
export function controlCoefficientSummary(controls: readonly ControlCoefficients[]): string {
  return drawnControls(controls)
    .map(({ control, values }) => ` The control ${control}: ${rangeWords(values)}.`)
    .join("");
}
