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

/**
 * Draws the number of directions in which A and B move within a sliding window: 1 while they are driven along a line,
 * the size of the window while they diffuse. Null when no adapter was kept, or its run is shorter than a window.
 */
export function incrementRankFigure(analysis: Analysis, options: AdapterFigureOptions = {}): Figure | null {
  const adapter = chooseAdapter(analysis, options.adapter);
  if (adapter === undefined || adapter.B.incrementRank.effectiveRank.steps.length === 0) return null;
  const colors = palette(options.theme);
  const indicators = indicatorsIn("increment-rank");
  const transitions = transitionsOfAdapter(analysis, adapter);
  const [A, B] = [adapter.A?.incrementRank ?? null, adapter.B.incrementRank];
  const written = A === null ? "v" : "B";
  const title = "Directions of movement";
  const line = (color: string, dash: string) => ({ color, width: 2, dash });
  return {
    data: [
      {
        type: "scatter",
        mode: "lines",
        name: `${written}, effective rank`,
        x: B.effectiveRank.steps,
        y: withGaps(B.effectiveRank.values),
        line: line(colors.mechanism, "solid"),
        hovertemplate: "%{y:.2f}",
      },
      {
        type: "scatter",
        mode: "lines",
        name: `${written}, participation ratio`,
        x: B.participationRatio.steps,
        y: withGaps(B.participationRatio.values),
        line: line(colors.mechanism, "dot"),
        hovertemplate: "%{y:.2f}",
      },
      ...(A === null
        ? []
        : [
            {
              type: "scatter" as const,
              mode: "lines",
              name: "A, effective rank",
              x: A.effectiveRank.steps,
              y: withGaps(A.effectiveRank.values),
              line: line(colors.mechanismSecond, "dash"),
              hovertemplate: "%{y:.2f}",
            },
          ]),
    ],
    layout: stepLayout(
      title,
      analysis,
      axis("directions", options, { range: [0.5, B.increments + 0.5] }),
      options,
      { ...transitionBands(transitions, indicators, options) },
    ),
    meta: {
      title,
      caption:
        `Effective rank and participation ratio of ${B.increments} increments between neighbouring stored steps, drawn at the middle of the window; ` +
        `${stepRangeWords(B.effectiveRank.steps)} (${adapterWords(adapter)}). 1 is straight movement, ${B.increments} unrelated directions.`,
      summary: `The effective rank of the movement of ${written} goes ${rangeWords(B.effectiveRank.values)}.`,
      formula: "exp(−Σ p ln p), p = σ/Σσ; (Σσ²)² / Σσ⁴, with σ the singular values of the increments",
      caveat:
        "Momentum and small batches change it as much as the landscape does: compare runs of one optimiser only.",
      source: "Roy and Vetterli 2007; 2603.29805 for the ratio; not in 2506.11613",
      table: tableOf({
        step: B.effectiveRank.steps,
        [`effective rank of ${written}`]: B.effectiveRank.values,
        [`participation ratio of ${written}`]: B.participationRatio.values,
        ...(A === null ? {} : { "effective rank of A": A.effectiveRank.values }),
      }),
    },
  };
}
