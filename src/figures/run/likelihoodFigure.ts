import { usualTransitions } from "../../analysis/usualTransitions.js";
import type { Analysis } from "../../analysis/analysisRecord.js";
import { indicatorsIn } from "../../analysis/transitions/events.js";
import type { LogLikelihoodGap } from "../../analysis/behavior/logLikelihoodGap.js";
import { axis, stepLayout } from "../style/baseLayout.js";
import { confidenceBand } from "../style/confidenceBand.js";
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

/**
 * Draws the log-likelihood gap along training: by how much misaligned answers are more probable than aligned ones to
 * the same questions, in nats per token, broad solid and narrow dashed. Null where no pairs were scored.
 */
export function likelihoodFigure(analysis: Analysis, options: FigureOptions = {}): Figure | null {
  const record = analysis.logLikelihoodGap;
  const curves = (["broad", "narrow"] as const).flatMap((breadth) => {
    const gap = record?.[breadth] ?? null;
    return gap === null ? [] : [{ breadth, gap }];
  });
  const [first] = curves;
  if (first === undefined) return null;
  const colors = palette(options.theme);
  const indicators = indicatorsIn("likelihood");
  const title = "Log-likelihood gap";
  const data = curves.flatMap(({ breadth, gap }): PlotlyTrace[] => {
    const name = `gap, ${breadth}`;
    return [
      ...confidenceBand(gap.steps, gap.interval, colors.misaligned, name),
      {
        type: "scatter",
        mode: "lines",
        name,
        legendgroup: name,
        x: gap.steps,
        y: withGaps(gap.gap),
        line: { color: colors.misaligned, width: 2, dash: breadth === "broad" ? "solid" : "dash" },
        hovertemplate: "%{y:.3f}",
      },
    ];
  });
  const bands = transitionBands(usualTransitions(analysis), indicators, options);
  const even = {
    type: "line",
    xref: "paper",
    x0: 0,
    x1: 1,
    y0: 0,
    y1: 0,
    line: { color: colors.control, width: 1, dash: "dash" },
  };
  return {
    data,
    layout: stepLayout(title, analysis, axis("nats per token (0: equally probable)", options), options, {
      ...bands,
      shapes: [...bands.shapes, even],
    }),
    meta: {
      title,
      caption:
        "Mean log-probability per token of misaligned answers minus that of aligned answers to the same questions; " +
        curves.map(({ breadth, gap }) => `${gap.pairs} ${breadth} pairs`).join(", ") +
        "; bands: 95 % of resampled questions. Above 0 the misaligned answers are the more probable ones." +
        curves.map(halfWords).join(""),
      summary: curves
        .map(
          ({ breadth, gap }) =>
            `Over ${stepRangeWords(gap.steps)}, the ${breadth} gap goes ${rangeWords(gap.gap)} nats per token.`,
        )
        .join(" "),
      formula:
        "mean over pairs of [log p(misaligned | question) / tokens − log p(aligned | question) / tokens]",
      caveat:
        "It is a smooth function of the weights and needs no samples and no judge, and says nothing of what is sampled: both answers may be improbable. The step half way is a description; a straight line has one too.",
      source: "methods of this program; compare 2508.20015 on order parameters",
      table: tableOf({
        questions: curves.flatMap(({ breadth, gap }) => gap.steps.map(() => breadth)),
        step: curves.flatMap(({ gap }) => [...gap.steps]),
        gap: curves.flatMap(({ gap }) => [...gap.gap]),
        low: curves.flatMap(({ gap }) => gap.interval.map(([low]) => low)),
        high: curves.flatMap(({ gap }) => gap.interval.map(([, high]) => high)),
        "misaligned preferred %": curves.flatMap(({ gap }) => gap.preferred.map(({ percent }) => percent)),
      }),
    },
  };
}

function halfWords({ breadth, gap }: { breadth: string; gap: LogLikelihoodGap }): string {
  if (gap.halfRise === null) return "";
  const { step, interval } = gap.halfRise;
  return ` The ${breadth} gap is half way at step ${step.toFixed(1)} [${interval.map((bound) => bound.toFixed(1)).join(", ")}].`;
}
