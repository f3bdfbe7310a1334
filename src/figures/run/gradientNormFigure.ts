import { usualTransitions } from "../../analysis/usualTransitions.js";
import type { Analysis } from "../../analysis/analysisRecord.js";
import { indicatorsIn } from "../../analysis/transitions/events.js";
import { axis, stepLayout } from "../style/baseLayout.js";
import { rangeWords, stepRangeWords, tableOf, withGaps, type Figure, type FigureOptions } from "../figure.js";
import { palette } from "../style/palette.js";
import { transitionBands } from "../style/transitionBands.js";

/** Draws the logged gradient norm: raw and faint, with the smoothed series over it. Null when none was logged. */
export function gradientNormFigure(analysis: Analysis, options: FigureOptions = {}): Figure | null {
  const record = analysis.gradNorm;
  if (record === null) return null;
  const colors = palette(options.theme);
  const indicators = indicatorsIn("gradient-norm");
  const title = "Gradient norm";
  const { steps, values, smoothed, window, method, peak } = record;
  const smoothing = `centred ${method} over ${window} steps`;
  return {
    data: [
      {
        type: "scatter",
        mode: "lines",
        name: "as logged",
        x: steps,
        y: withGaps(values),
        line: { color: colors.faint, width: 1 },
        hovertemplate: "%{y:.4g}",
      },
      {
        type: "scatter",
        mode: "lines",
        name: smoothing,
        x: steps,
        y: withGaps(smoothed),
        line: { color: colors.mechanism, width: 2 },
        hovertemplate: "%{y:.4g}",
      },
    ],
    layout: stepLayout(
      title,
      analysis,
      axis("global L2 norm before clipping", options, { rangemode: "tozero" }),
      options,
      { ...transitionBands(usualTransitions(analysis), indicators, options) },
    ),
    meta: {
      title,
      caption:
        `Global gradient norm at ${stepRangeWords(steps)}: as logged (faint) and ${smoothing}, not across gaps.` +
        (peak === null
          ? ""
          : ` Largest smoothed value ${peak.value.toPrecision(3)} at step ${peak.step}, final level ${peak.finalLevel.toPrecision(3)}.`),
      summary: `The smoothed gradient norm goes ${rangeWords(smoothed)}.`,
      formula: "‖∇‖₂ over all trained parameters, before clipping",
      caveat:
        "The peak and the growth of ‖B‖ come from the same escape from the saddle at B = 0 and are not independent evidence; published follow-ups find the peak before the change in behaviour, or unrelated to it.",
      source: "2506.11613, section 4.1; disputed by 2508.20015 and 2607.09053",
      table: tableOf({ step: steps, "gradient norm": values, [smoothing]: smoothed }),
    },
  };
}
