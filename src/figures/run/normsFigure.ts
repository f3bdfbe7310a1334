import type { Analysis } from "../../analysis/analysisRecord.js";
import type { ControlCurve } from "../../analysis/controls/controlCurves.js";
import type { ControlTest } from "../../analysis/controls/controlTest.js";
import { indicatorsIn } from "../../analysis/transitions/events.js";
import { axis, stepLayout } from "../style/baseLayout.js";
import type { UpdateAnalysis } from "../../analysis/geometry/adapterRecord.js";
import {
  adapterWords,
  chooseAdapter,
  choosePath,
  factorOf,
  transitionsOfAdapter,
  type AdapterFigureOptions,
  type DrawnPath,
} from "./chooseAdapter.js";
import { controlCaption, controlCurvesOf, controlTrace } from "./controlTraces.js";
import {
  rangeWords,
  stepRangeWords,
  tableOf,
  withGaps,
  type Figure,
  type FigureOptions,
  type PlotlyTrace,
} from "../figure.js";
import { palette } from "../style/palette.js";
import { transitionBands } from "../style/transitionBands.js";

export interface NormsFigureOptions extends AdapterFigureOptions {
  /** The run held against its controls, whose ‖B‖ or ‖ΔW‖ is drawn grey behind. @default none */
  readonly control?: ControlTest | null;
}

/**
 * Draws ‖A‖ and ‖B‖ along training (2506.11613, figure 11); of a run with many adapters ‖ΔW‖ of the whole update, of a
 * trained vector ‖v‖. Null when no adapter was kept.
 */
export function normsFigure(analysis: Analysis, options: NormsFigureOptions = {}): Figure | null {
  const drawn = choosePath(analysis, options);
  if (drawn?.factor === "ΔW") return drawnUpdateNorm(analysis, drawn, options);
  const adapter = chooseAdapter(analysis, options.adapter);
  if (adapter === undefined) return null;
  const colors = palette(options.theme);
  const indicators = indicatorsIn("norms");
  const transitions = transitionsOfAdapter(analysis, adapter);
  const { A, B } = adapter;
  const title = `Norm${A === null ? "" : "s"} of ${factorOf(analysis, "A and B", adapter)}`;
  const controls = controlCurvesOf(options.control, "norm", adapter.name);
  const written = A === null ? "‖v‖" : "‖B‖";
  return {
    data: [
      ...controlTraces(written, controls, options),
      {
        type: "scatter",
        mode: "lines",
        name: A === null ? written : "‖B‖ (writes)",
        x: B.norm.steps,
        y: withGaps(B.norm.values),
        line: { color: colors.mechanism, width: 2 },
        hovertemplate: "%{y:.4g}",
      },
      ...(A === null
        ? []
        : [
            {
              type: "scatter" as const,
              mode: "lines",
              name: "‖A‖ (reads)",
              x: A.norm.steps,
              y: withGaps(A.norm.values),
              line: { color: colors.mechanismSecond, width: 2, dash: "dash" },
              hovertemplate: "%{y:.4g}",
            },
          ]),
    ],
    layout: stepLayout(title, analysis, axis("Euclidean norm", options, { rangemode: "tozero" }), options, {
      ...transitionBands(transitions, indicators, options),
    }),
    meta: {
      title,
      caption: `Euclidean ${A === null ? "norm of v" : "norms of A and B"} at ${stepRangeWords(B.norm.steps)}, not scaled (${adapterWords(adapter)}).${controlCaption(options.control, controls)}`,
      summary: `${written} goes ${rangeWords(B.norm.values)}${A === null ? "" : `; ‖A‖ ${rangeWords(A.norm.values)}`}.`,
      formula:
        A === null
          ? "‖v_t‖₂; α·v is added to the residual stream; a vector reads nothing and has no A"
          : "‖v_t‖₂; at rank 1 the update has ‖ΔW‖_F = s·‖B‖·‖A‖",
      caveat: `${A === null ? "" : "B starts at exactly zero. "}A norm says nothing about direction.`,
      source: "2506.11613, figure 11",
      table: tableOf({
        step: B.norm.steps,
        ...(A === null ? {} : { "‖A‖": A.norm.values }),
        [written]: B.norm.values,
      }),
    },
  };
}

/** Draws the norm of ΔW, of a whole update or of a part of it. */
export function drawnUpdateNorm(
  analysis: Analysis,
  { name, of, path: { norm }, words, transitions }: DrawnPath<Pick<UpdateAnalysis, "norm">>,
  options: FigureOptions & Pick<NormsFigureOptions, "control"> = {},
): Figure {
  const indicators = indicatorsIn("norms");
  const { mechanism } = palette(options.theme);
  const controls = controlCurvesOf(options.control, "norm", name);
  const title = `Norm of ${of}`;
  return {
    data: [
      ...controlTraces("‖ΔW‖", controls, options),
      {
        type: "scatter",
        mode: "lines",
        name: "‖ΔW‖",
        x: norm.steps,
        y: withGaps(norm.values),
        line: { color: mechanism, width: 2 },
        hovertemplate: "%{y:.4g}",
      },
    ],
    layout: stepLayout(title, analysis, axis("Frobenius norm", options, { rangemode: "tozero" }), options, {
      ...transitionBands(transitions, indicators, options),
    }),
    meta: {
      title,
      caption: `Frobenius norm of ΔW at ${stepRangeWords(norm.steps)} (${words}).${controlCaption(options.control, controls)}`,
      summary: `‖ΔW‖ goes ${rangeWords(norm.values)}.`,
      formula: "‖ΔW_t‖_F, ΔW = s·B·A; of several adapters the root of the sum of the squares",
      caveat: "ΔW starts at exactly zero. A norm says nothing about direction.",
      source: "Turncoat; 2506.11613, figure 11, has the norms of the factors",
      table: tableOf({ step: norm.steps, "‖ΔW‖": norm.values }),
    },
  };
}

function controlTraces(name: string, curves: readonly ControlCurve[], options: FigureOptions): PlotlyTrace[] {
  return curves.map(({ steps, control }) =>
    controlTrace(`${name}, control`, { steps, values: control }, { ...options, format: "%{y:.4g}" }),
  );
}
