import type { Analysis } from "../../analysis/analysisRecord.js";
import type { UpdateAnalysis } from "../../analysis/geometry/adapterRecord.js";
import type { ControlTest } from "../../analysis/controls/controlTest.js";
import { localCosineSigns } from "../../analysis/straightPositive.js";
import { indicatorsIn } from "../../analysis/transitions/events.js";
import type { Interval } from "../../analysis/statistics/quantile.js";
import { axis, stepLayout } from "../style/baseLayout.js";
import { confidenceBand } from "../style/confidenceBand.js";
import { choosePath, type AdapterFigureOptions, type DrawnPath, type PathFactor } from "./chooseAdapter.js";
import { controlCaption, controlCurvesOf, controlTrace } from "./controlTraces.js";
import {
  stepRangeWords,
  tableOf,
  withGaps,
  type Figure,
  type FigureOptions,
  type PlotlyTrace,
} from "../figure.js";
import { dashes, palette } from "../style/palette.js";
import { transitionBands } from "../style/transitionBands.js";

export interface LocalCosineFigureOptions extends AdapterFigureOptions {
  /** Factor of the adapter, or the whole update of a run with many. @default "B", of a run with many "ΔW" */
  readonly factor?: PathFactor;
  /** The run held against its controls, whose curves are drawn grey behind those of B or ΔW. @default none */
  readonly control?: ControlTest | null;
}

/**
 * Draws the local cosine similarity for each half-window k, over the movement it is measured on (grey, second axis),
 * so that noise where nothing moves is seen as such (2506.11613, figure 7). Its sign is that of the record. Null when no
 * adapter was kept, or there is no whole update.
 */
export function localCosineFigure(analysis: Analysis, options: LocalCosineFigureOptions = {}): Figure | null {
  const drawn = choosePath(analysis, options);
  return drawn === null ? null : drawnLocalCosine(analysis, drawn, options);
}

/** Draws the local cosine similarity of a path, whatever it is of. */
export function drawnLocalCosine(
  analysis: Analysis,
  drawn: DrawnPath<Pick<UpdateAnalysis, "norm" | "localCosine">>,
  options: FigureOptions & Pick<LocalCosineFigureOptions, "control"> = {},
): Figure {
  const { factor, symbol, of, transitions } = drawn;
  const isPaper = analysis.parameters.localCosineConvention === localCosineSigns.paper;
  const straight = isPaper ? "−1" : "+1";
  const colors = palette(options.theme);
  const indicators = indicatorsIn(factor === "A" ? "local-cosine-a" : "local-cosine");
  const records = Object.entries(drawn.path.localCosine).sort(
    ([left], [right]) => Number(left) - Number(right),
  );
  const widest = records.at(-1);
  const title = `Local cosine similarity of ${of}`;
  const data: PlotlyTrace[] = [];
  if (widest !== undefined) {
    data.push({
      type: "scatter",
      mode: "lines",
      name: `movement, k = ${widest[0]}`,
      x: widest[1].steps,
      y: withGaps(widest[1].gate),
      yaxis: "y2",
      line: { color: colors.underlay, width: 0 },
      fill: "tozeroy",
      fillcolor: `${colors.underlay}80`,
      hovertemplate: "%{y:.3g}",
    });
  }
  const controls = factor === "A" ? [] : controlCurvesOf(options.control, "localCosine", drawn.name);
  const sign = isPaper ? 1 : -1;
  for (const { k, steps, control } of controls) {
    const values = control.map((value) => sign * value);
    const dash = dashes[records.findIndex(([own]) => Number(own) === k) % 3];
    data.push(
      controlTrace(
        `control, k = ${k ?? NaN}`,
        { steps, values },
        { ...options, format: "%{y:.3f}", ...(dash === undefined ? {} : { dash }) },
      ),
    );
  }
  const shades = factor === "A" ? colors.seriesSecond : colors.series;
  for (const [index, [k, record]] of records.entries()) {
    const errors = drawn.errors?.(k, record);
    if (errors != null) {
      const intervals = record.values.map((value, at): Interval => {
        const error = errors[at] ?? NaN;
        return [value - error, value + error];
      });
      data.push(...confidenceBand(record.steps, intervals, shades[index % 3] ?? "", `k = ${k}`));
    }
    data.push({
      type: "scatter",
      mode: "lines",
      name: `k = ${k}`,
      x: record.steps,
      y: withGaps(record.values),
      line: { color: shades[index % 3], width: 2, dash: dashes[index % 3] },
      hovertemplate: "%{y:.3f}",
    });
  }
  const peaks = records.map(([k, record]) =>
    record.peak === null
      ? `k = ${k} not defined`
      : `k = ${k} ${record.peak.value.toFixed(2).replace("-", "−")} at step ${record.peak.step}`,
  );
  return {
    data,
    layout: stepLayout(
      title,
      analysis,
      axis(`local cosine (straight = ${straight})`, options, {
        range: [-1.05, 1.05],
        overlaying: "y2",
        // Else plotly would align the ticks with those of the second axis, at odd values.
        tickmode: "linear",
        tick0: -1,
        dtick: 0.5,
      }),
      options,
      {
        yaxis2: axis("movement over k steps", options, {
          side: "right",
          rangemode: "tozero",
          showgrid: false,
        }),
        ...transitionBands(transitions, indicators, options),
      },
    ),
    meta: {
      title,
      caption:
        `cos(v(t−k) − v(t), v(t+k) − v(t)) of ${symbol} for k = ${records.map(([k]) => k).join(", ")} steps ` +
        `at ${stepRangeWords(drawn.path.norm.steps)} (${drawn.words}); straight = ${straight}, right angle = 0` +
        (isPaper ? "" : " (negated against the paper)") +
        `. Grey area: the larger of the two displacements for the largest k. Curves are not gated; extrema over steps moving more than ${gateWords(analysis)}: ` +
        `${peaks.join(", ")}.${projectionWords(analysis)}${controlCaption(options.control, controls)}`,
      summary: `The path bends most, by window: ${peaks.join(", ")}.`,
      formula: `c_k(t) = ${isPaper ? "" : "−"}cos(v_{t−k} − v_t, v_{t+k} − v_t); a turn by θ reads ${isPaper ? "−cos θ" : "cos θ"}`,
      caveat:
        "Where the path hardly moves the value is noise: about 0 for a random walk and half way to a reversal for jitter about a fixed point, both far from straight. Missing neighbours leave gaps.",
      source: "2506.11613, section 4 and appendix F",
      table: tableOf({
        step: drawn.path.norm.steps,
        ...Object.fromEntries(
          records.flatMap(([k, record]) => [
            [`k = ${k}`, record.values],
            [`movement, k = ${k}`, record.gate],
          ]),
        ),
      }),
    },
  };
}

function projectionWords({ projection }: Analysis): string {
  return projection === null
    ? ""
    : ` From random projections of ${projection.numbers} numbers a matrix; shaded: 95 % of values are within it.`;
}

function gateWords({ parameters: { frozenBelow, movementGate } }: Analysis): string {
  return movementGate === null
    ? `${Number((100 * frozenBelow).toPrecision(3))} % of the largest movement`
    : String(movementGate);
}
