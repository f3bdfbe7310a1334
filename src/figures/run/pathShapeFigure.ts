import type { Analysis } from "../../analysis/analysisRecord.js";
import { indicatorsIn } from "../../analysis/transitions/events.js";
import { axis, stepLayout } from "../style/baseLayout.js";
import {
  adapterWords,
  chooseAdapter,
  transitionsOfAdapter,
  type AdapterFigureOptions,
} from "./chooseAdapter.js";
import { rangeWords, stepRangeWords, tableOf, withGaps, type Figure } from "../figure.js";
import { palette } from "../style/palette.js";
import { transitionBands } from "../style/transitionBands.js";

export interface PathShapeFigureOptions extends AdapterFigureOptions {
  /** @default "B" */
  readonly factor?: "A" | "B";
}

/**
 * Draws speed and curvature of the path of B (or A). Null when no adapter was kept, or too few steps for a curvature.
 */
export function pathShapeFigure(analysis: Analysis, options: PathShapeFigureOptions = {}): Figure | null {
  const adapter = chooseAdapter(analysis, options.adapter);
  const { factor = "B" } = options;
  const drawn = adapter?.[factor] ?? null;
  const curvature = drawn?.curvature ?? null;
  if (adapter === undefined || drawn === null || curvature === null) return null;
  const { speed, path, norm } = drawn;
  const of = adapter.A === null ? "v" : factor;
  const colors = palette(options.theme);
  const indicators = indicatorsIn("path-shape");
  const transitions = transitionsOfAdapter(analysis, adapter);
  const title = `Speed and curvature of the path of ${of}`;
  const speedByStep = new Map(speed.steps.map((step, index) => [step, speed.values[index] ?? NaN]));
  return {
    data: [
      {
        type: "scatter",
        mode: "lines",
        name: "speed",
        x: speed.steps,
        y: withGaps(speed.values),
        line: { color: colors.mechanism, width: 2 },
        hovertemplate: "%{y:.3g}",
      },
      {
        type: "scatter",
        mode: "lines",
        name: `curvature, k = ${curvature.k}`,
        x: curvature.steps,
        y: withGaps(curvature.values),
        yaxis: "y2",
        line: { color: colors.mechanismSecond, width: 2, dash: "dash" },
        hovertemplate: "%{y:.3g}",
      },
    ],
    layout: stepLayout(title, analysis, axis("norm per step", options, { rangemode: "tozero" }), options, {
      yaxis2: axis("radians per unit of norm", options, {
        side: "right",
        overlaying: "y",
        rangemode: "tozero",
        showgrid: false,
      }),
      ...transitionBands(transitions, indicators, options),
    }),
    meta: {
      title,
      caption:
        `Movement of ${of} per optimiser step since the stored step before, and its turning over ${curvature.k} steps to either side per unit of norm, at ${stepRangeWords(norm.steps)} (${adapterWords(adapter)}). ` +
        `The path is ${Number(path.length.toPrecision(3))} long, its ends are ${Number(path.displacement.toPrecision(3))} apart.`,
      summary: `Speed goes ${rangeWords(speed.values)}; curvature ${rangeWords(curvature.values)}.`,
      formula:
        "‖v_i − v_(i−1)‖ / (t_i − t_(i−1)); angle(v_t − v_(t−k), v_(t+k) − v_t) / mean length of the two",
      caveat:
        "Where the path hardly moves, noise turns it on the spot: curvature is then large and means nothing.",
      source: "Turncoat; not in 2506.11613",
      table: tableOf({
        step: curvature.steps,
        speed: curvature.steps.map((step) => speedByStep.get(step) ?? NaN),
        curvature: curvature.values,
      }),
    },
  };
}
