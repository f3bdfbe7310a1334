import { usualTransitions } from "../../analysis/usualTransitions.js";
import type { Analysis } from "../../analysis/analysisRecord.js";
import type { StepSeries } from "../../analysis/series/stepSeries.js";
import type { Interval } from "../../analysis/statistics/quantile.js";
import { indicatorsIn } from "../../analysis/transitions/events.js";
import {
  rangeWords,
  tableOf,
  withGaps,
  type Figure,
  type FigureOptions,
  type PlotlyTrace,
} from "../figure.js";
import { axis, baseLayout, stepAxis, stepRange } from "../style/baseLayout.js";
import { confidenceBand } from "../style/confidenceBand.js";
import { runStyle } from "../style/runStyles.js";
import { transitionBands } from "../style/transitionBands.js";

/** A curve over steps, with an interval at each where there is one. */
export interface OwnCurve extends StepSeries {
  readonly name: string;
  /** One a step; NaN where there is none. @default no band */
  readonly intervals?: readonly Interval[];
}

/** Request for a figure of one's own curves. */
export interface CurvesRequest {
  readonly title: string;
  /** What the y axis says: the quantity and its unit. */
  readonly quantity: string;
  /** What the x axis says. @default "optimiser step" */
  readonly along?: string;
  readonly curves: readonly OwnCurve[];
  /** More traces in Plotly's own words, drawn over the curves. @default none */
  readonly traces?: readonly PlotlyTrace[];
  /** Analysis of the run: its transitions are marked, and its steps span the axis. @default none */
  readonly analysis?: Analysis;
  /** Range of the y axis. @default that of the values */
  readonly range?: readonly [number, number];
  /** What a reader should know, under the figure. @default the steps alone */
  readonly caption?: string;
  /** How the quantity is made. @default nothing is said */
  readonly formula?: string;
}

/**
 * Draws one's own curves over steps in the style of all figures, with bands, the run's transitions, and a table of all
 * values. A value that is not finite is a gap. For `show`, `writeOfflinePage` and `figureSvg`, as every figure.
 */
export function curvesFigure(request: CurvesRequest, options: FigureOptions = {}): Figure {
  const { title, quantity, curves, analysis, range, caption = "", formula = "", traces = [] } = request;
  const indicators = indicatorsIn("local-cosine");
  const turns = analysis === undefined ? [] : usualTransitions(analysis);
  const drawn = curves.flatMap(({ name, steps, values, intervals }, index): PlotlyTrace[] => {
    const { color, dash } = runStyle(index, options);
    return [
      ...(intervals === undefined ? [] : confidenceBand(steps, intervals, color, name)),
      {
        type: "scatter",
        mode: steps.length > 40 ? "lines" : "lines+markers",
        name,
        legendgroup: name,
        x: steps,
        y: withGaps(values),
        line: { color: color, width: 2, dash },
        hovertemplate: "%{y:.4g}",
      },
    ];
  });
  const shared = analysis === undefined ? null : stepRange(analysis);
  const along = request.along ?? "optimiser step";
  return {
    data: [...drawn, ...traces],
    layout: baseLayout(
      title,
      {
        xaxis: request.along === undefined ? stepAxis(shared, options) : axis(along, options),
        yaxis: axis(quantity, options, range === undefined ? {} : { range: [...range] }),
      },
      options,
      analysis === undefined ? {} : transitionBands(turns, indicators, options),
    ),
    meta: {
      title,
      caption: caption === "" ? `${quantity} over ${along}.` : caption,
      summary: `${curves.map(({ name, values }) => `${name}: ${rangeWords(values)}`).join("; ")}.`,
      formula,
      caveat: "",
      source: "",
      table: tableOf({
        curve: curves.flatMap(({ name, steps }) => steps.map(() => name)),
        step: curves.flatMap(({ steps }) => steps),
        value: curves.flatMap(({ values }) => values),
      }),
    },
  };
}
