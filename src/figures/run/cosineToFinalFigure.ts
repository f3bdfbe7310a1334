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

/** Draws the cosine of A and of B to their last stored vectors. Null when no adapter was kept. */
export function cosineToFinalFigure(analysis: Analysis, options: AdapterFigureOptions = {}): Figure | null {
  const adapter = chooseAdapter(analysis, options.adapter);
  if (adapter === undefined) return null;
  const colors = palette(options.theme);
  const indicators = indicatorsIn("cosine-to-final");
  const transitions = transitionsOfAdapter(analysis, adapter);
  const [A, B] = [adapter.A.cosineToFinal, adapter.B.cosineToFinal];
  const finite = [...A.values, ...B.values].filter((value) => Number.isFinite(value));
  const title = "Cosine to the final direction";
  return {
    data: [
      {
        type: "scatter",
        mode: "lines",
        name: "B",
        x: B.steps,
        y: withGaps(B.values),
        line: { color: colors.mechanism, width: 2 },
        hovertemplate: "%{y:.3f}",
      },
      {
        type: "scatter",
        mode: "lines",
        name: "A",
        x: A.steps,
        y: withGaps(A.values),
        line: { color: colors.mechanismSecond, width: 2, dash: "dash" },
        hovertemplate: "%{y:.3f}",
      },
    ],
    layout: stepLayout(
      title,
      analysis,
      axis("cosine to the last stored step", options, {
        range: [Math.min(0, ...finite) - 0.05, 1.05],
      }),
      options,
      { ...transitionBands(transitions, indicators, options) },
    ),
    meta: {
      title,
      caption:
        `Cosine to the vector of step ${B.steps.at(-1) ?? NaN}, at ${stepRangeWords(B.steps)} (${adapterWords(adapter)}); undefined where B is zero.` +
        transitionCaption(transitions, indicators),
      summary: `The cosine of B to its final direction goes ${rangeWords(B.values)}.`,
      formula: "cos(v_t, v_T) with T the last stored step",
      caveat: "The curve must end at 1 whatever happens: its approach to 1 is no evidence of convergence.",
      source:
        "Turncoat; not in 2506.11613, which compares with the final step only for nine adapters (section 4.3)",
      table: tableOf({ step: B.steps, "cos(A, final)": A.values, "cos(B, final)": B.values }),
    },
  };
}
