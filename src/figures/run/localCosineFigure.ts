import type { Analysis } from "../../analysis/analysisRecord.js";
import type { DirectionAnalysis, LocalCosineRecord } from "../../analysis/geometry/adapterRecord.js";
import { localCosineSigns } from "../../analysis/straightPositive.js";
import type { PhaseTransition } from "../../analysis/transitions/detectors.js";
import { indicatorsIn } from "../../analysis/transitions/events.js";
import type { Interval } from "../../analysis/statistics/quantile.js";
import { usualTransitions } from "../../analysis/usualTransitions.js";
import { axis, stepLayout } from "../style/baseLayout.js";
import { confidenceBand } from "../style/confidenceBand.js";
import {
  adapterWords,
  chooseAdapter,
  transitionsOfAdapter,
  type AdapterFigureOptions,
} from "./chooseAdapter.js";
import { stepRangeWords, tableOf, withGaps, type Figure, type PlotlyTrace } from "../figure.js";
import { dashes, palette } from "../style/palette.js";
import { transitionBands, transitionCaption } from "../style/transitionBands.js";

export interface LocalCosineFigureOptions extends AdapterFigureOptions {
  /** Factor of the adapter that is drawn, or the whole update of a run with many adapters. @default "B" */
  readonly factor?: "A" | "B" | "ΔW";
}

/**
 * Draws the local cosine similarity for each half-window k, over the movement it is measured on (grey, second axis),
 * so that noise where nothing moves is seen as such (2506.11613, figure 7). Its sign is that of the record. Null when no
 * adapter was kept, or there is no whole update.
 */
export function localCosineFigure(analysis: Analysis, options: LocalCosineFigureOptions = {}): Figure | null {
  const { factor = "B" } = options;
  const drawn = drawnPath(analysis, factor, options.adapter);
  if (drawn === null) return null;
  const isPaper = analysis.parameters.localCosineConvention === localCosineSigns.paper;
  const straight = isPaper ? "−1" : "+1";
  const colors = palette(options.theme);
  const indicators = indicatorsIn(factor === "A" ? "local-cosine-a" : "local-cosine");
  const { transitions } = drawn;
  const records = Object.entries(drawn.path.localCosine).sort(
    ([left], [right]) => Number(left) - Number(right),
  );
  const widest = records.at(-1);
  const title = `Local cosine similarity of ${factor}`;
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
      fillcolor: colors.underlay,
      opacity: 0.5,
      hovertemplate: "%{y:.3g}",
    });
  }
  for (const [index, [k, record]] of records.entries()) {
    const errors = drawn.errors(k, record);
    if (errors !== null) {
      const intervals = record.values.map((value, at): Interval => {
        const error = errors[at] ?? NaN;
        return [value - error, value + error];
      });
      data.push(...confidenceBand(record.steps, intervals, colors.series[index % 3] ?? "", `k = ${k}`));
    }
    data.push({
      type: "scatter",
      mode: "lines",
      name: `k = ${k}`,
      x: record.steps,
      y: withGaps(record.values),
      line: { color: colors.series[index % 3], width: 2, dash: dashes[index % 3] },
      hovertemplate: "%{y:.3f}",
    });
  }
  const peaks = records.map(([k, record]) =>
    record.peak === null
      ? `k = ${k} undefined`
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
        `cos(v(t−k) − v(t), v(t+k) − v(t)) of ${factor} for k = ${records.map(([k]) => k).join(", ")} steps ` +
        `at ${stepRangeWords(drawn.path.norm.steps)} (${drawn.words}); straight = ${straight}, right angle = 0` +
        (isPaper ? "" : " (negated against the paper)") +
        `. Grey: the larger of the two displacements for the largest k. Curves are not gated; extrema over steps moving more than ${gateWords(analysis)}: ` +
        `${peaks.join(", ")}.${projectionWords(analysis)}${transitionCaption(transitions, indicators)}`,
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

/** Path that is drawn, what it is of, and the transitions that are marked on it. */
interface DrawnPath {
  readonly path: DirectionAnalysis;
  readonly words: string;
  readonly transitions: readonly PhaseTransition[];
  /** Errors of a curve from random projections, 95 %, one a step; null where the adapters themselves were read. */
  readonly errors: (k: string, record: LocalCosineRecord) => readonly number[] | null;
}

function drawnPath(analysis: Analysis, factor: "A" | "B" | "ΔW", name: string | undefined): DrawnPath | null {
  if (factor === "ΔW") {
    const { whole } = analysis;
    if (whole === null) return null;
    return {
      path: whole.path,
      words: whole.name,
      transitions: usualTransitions(analysis),
      errors: (k) => whole.localCosineError?.[k] ?? null,
    };
  }
  const adapter = chooseAdapter(analysis, name);
  if (adapter === undefined) return null;
  const transitions = transitionsOfAdapter(analysis, adapter);
  const error = analysis.projection?.factor?.cosine;
  return {
    path: adapter[factor],
    words: adapterWords(adapter),
    transitions,
    errors: (_, { values }) => (error === undefined ? null : values.map((value) => (1 - value ** 2) * error)),
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
