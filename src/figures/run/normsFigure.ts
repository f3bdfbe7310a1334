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
import { transitionBands, transitionCaption } from "../style/transitionBands.js";

/** Draws ‖A‖ and ‖B‖ along training (2506.11613, figure 11). Null when no adapter was kept. */
export function normsFigure(analysis: Analysis, options: AdapterFigureOptions = {}): Figure | null {
  const adapter = chooseAdapter(analysis, options.adapter);
  if (adapter === undefined) return null;
  const colors = palette(options.theme);
  const indicators = indicatorsIn("norms");
  const transitions = transitionsOfAdapter(analysis, adapter);
  const title = "Norms of A and B";
  const { A, B } = adapter;
  return {
    data: [
      {
        type: "scatter",
        mode: "lines",
        name: "‖B‖ (writes)",
        x: B.norm.steps,
        y: withGaps(B.norm.values),
        line: { color: colors.mechanism, width: 2 },
        hovertemplate: "%{y:.4g}",
      },
      {
        type: "scatter",
        mode: "lines",
        name: "‖A‖ (reads)",
        x: A.norm.steps,
        y: withGaps(A.norm.values),
        line: { color: colors.mechanismSecond, width: 2, dash: "dash" },
        hovertemplate: "%{y:.4g}",
      },
    ],
    layout: stepLayout(title, analysis, axis("Euclidean norm", options, { rangemode: "tozero" }), options, {
      ...transitionBands(transitions, indicators, options),
    }),
    meta: {
      title,
      caption:
        `Euclidean norms of A and B at ${stepRangeWords(B.norm.steps)}, not scaled (${adapterWords(adapter)}).` +
        transitionCaption(transitions, indicators),
      summary: `‖B‖ goes ${rangeWords(B.norm.values)}; ‖A‖ ${rangeWords(A.norm.values)}.`,
      formula: "‖v_t‖₂; at rank 1 the update has ‖ΔW‖_F = s·‖B‖·‖A‖",
      caveat: "B starts at exactly zero. A norm says nothing about direction.",
      source: "2506.11613, figure 11",
      table: tableOf({ step: B.norm.steps, "‖A‖": A.norm.values, "‖B‖": B.norm.values }),
    },
  };
}
