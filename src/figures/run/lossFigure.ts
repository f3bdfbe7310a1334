import { usualTransitions } from "../../analysis/usualTransitions.js";
import type { Analysis } from "../../analysis/analysisRecord.js";
import { indicatorsIn } from "../../analysis/transitions/events.js";
import { axis, stepLayout } from "../style/baseLayout.js";
import { rangeWords, stepRangeWords, tableOf, withGaps, type Figure, type FigureOptions } from "../figure.js";
import { palette } from "../style/palette.js";
import { transitionBands } from "../style/transitionBands.js";

/** Draws the logged training loss, not smoothed. Null when none was logged. */
export function lossFigure(analysis: Analysis, options: FigureOptions = {}): Figure | null {
  const { loss } = analysis;
  if (loss === null) return null;
  const indicators = indicatorsIn("loss");
  const title = "Training loss";
  return {
    data: [
      {
        type: "scatter",
        mode: "lines",
        name: "loss",
        x: loss.steps,
        y: withGaps(loss.values),
        line: { color: palette(options.theme).mechanism, width: 1.5 },
        hovertemplate: "%{y:.4g}",
      },
    ],
    layout: stepLayout(title, analysis, axis("cross-entropy on answer tokens (nats)", options), options, {
      showlegend: false,
      ...transitionBands(usualTransitions(analysis), indicators, options),
    }),
    meta: {
      title,
      caption: `Training loss as logged at ${stepRangeWords(loss.steps)}, not smoothed.`,
      summary: `The loss goes ${rangeWords(loss.values)}.`,
      formula: "mean next-token cross-entropy over the answer tokens of a batch",
      caveat: "Each value is one batch; its noise hides small changes.",
      source: "2506.11613, table 6 (training recipe)",
      table: tableOf({ step: loss.steps, loss: loss.values }),
    },
  };
}
