import { atScale } from "../../analysis/usualTransitions.js";
import type { Analysis } from "../../analysis/analysisRecord.js";
import { indicatorsIn } from "../../analysis/transitions/events.js";
import type { DistributionChange } from "../../analysis/distribution/distributionChange.js";
import type { EstimatedSeries } from "../../analysis/behavior/questionResampling.js";
import { axis, shareRange, stepLayout } from "../style/baseLayout.js";
import { confidenceBand } from "../style/confidenceBand.js";
import {
  rangeWords,
  stepRangeWords,
  tableOf,
  withGaps,
  type Figure,
  type FigureOptions,
  type FigureTable,
  type PlotlyTrace,
} from "../figure.js";
import { trainedWord } from "./chooseAdapter.js";
import { palette } from "../style/palette.js";
import { transitionBands } from "../style/transitionBands.js";

/**
 * Draws the change of the distribution of answers from one window of checkpoints to the next, and the part of it that
 * is visible in EM (`docs/methods.md §6.2`). Null where the answers were not compared.
 */
export function changeFigure(analysis: Analysis, options: FigureOptions = {}): Figure | null {
  const record = analysis.distributionChange;
  const change = record?.broad ?? record?.narrow ?? null;
  if (record === null || change === null) return null;
  const narrow = record.broad === null ? null : record.narrow;
  const colors = palette(options.theme);
  const indicators = indicatorsIn("change");
  const transitions = atScale(analysis.transitions, record.scale);
  const title = `Change of the distribution of answers, ${trainedWord(analysis)} ×${record.scale}`;
  const { steps, window, total, explained, byQuestion, answers } = change;
  const em = explained.find(({ property }) => property === "EM");
  const texts = "total variation";
  const data: PlotlyTrace[] = [
    ...confidenceBand(steps, total.totalVariation.interval, colors.mechanism, texts),
    line(steps, total.totalVariation.values, texts, colors.mechanism, "solid"),
    line(
      steps,
      total.jensenShannon.values.map((value) => value / Math.LN2),
      "Jensen–Shannon / ln 2",
      colors.mechanismSecond,
      "dot",
    ),
  ];
  if (em !== undefined) {
    const seen = em.dissimilarity.totalVariation;
    data.push(...confidenceBand(steps, seen.interval, colors.misaligned, "of EM alone"));
    data.push(line(steps, seen.values, "of EM alone", colors.misaligned, "dash"));
  }
  if (narrow !== null)
    data.push(
      line(narrow.steps, narrow.total.totalVariation.values, `${texts}, narrow`, colors.control, "dashdot"),
    );
  const peak = change.peaks.totalVariation;
  const at = peak === null ? -1 : steps.indexOf(peak.step);
  return {
    data,
    layout: stepLayout(
      title,
      analysis,
      axis("D between neighbouring windows (0 to 1)", options, { range: shareRange }),
      options,
      { ...transitionBands(transitions, indicators, options) },
    ),
    meta: {
      title,
      caption:
        `Total variation distance (with 95 % of ${change.resamples} resamples of the questions) and Jensen–Shannon divergence ` +
        `between the answers of the ${window} steps before and the ${window} steps after each place between two checkpoints, from ` +
        `the log-probabilities of ${answers} sampled answers to ${byQuestion.questions.length} ` +
        `${record.broad === null ? "narrow" : "broad"} questions; dashed: the same of EM, yes or no, alone.` +
        shareWords(change, at),
      summary:
        `Over ${stepRangeWords(steps)}, the total variation distance goes ${rangeWords(total.totalVariation.values)}` +
        `${peak === null ? "" : `; it is largest at step ${peak.step}`}.`,
      formula:
        "D_g = ½ Σ_y E_{x∼P_y}[g(p(y|x))]; total variation g(u) = 1 − 2 min(u, 1 − u), Jensen–Shannon g(u) = u ln u + (1 − u) ln(1 − u) + ln 2",
      caveat:
        "It says that answers change, not for better or worse, and a longer window shows more change. What a property explains is pooled over the questions, a lower bound. The length in thirds, in the table, is no judgement: a property that explains no more than length explains little.",
      source: "2508.20015 (answers of checkpoints compared); 2405.17088 (the distances)",
      table: changeTable(change, record.broad === null ? "narrow" : "broad", narrow),
    },
  };
}

/** Share of the change that each property explains, where the change is largest, in words. */
function shareWords({ explained, steps }: DistributionChange, at: number): string {
  if (at < 0) return "";
  const words = explained.map(({ property, share }) => {
    const [low, high] = share.totalVariation.interval[at] ?? [NaN, NaN];
    const percent = (value: number): string => (100 * value).toFixed(0);
    return `${property} ${percent(share.totalVariation.values[at] ?? NaN)} % [${percent(low)}, ${percent(high)}]`;
  });
  return ` Explained at step ${steps[at] ?? NaN}: ${words.join(", ")}.`;
}

function line(
  steps: readonly number[],
  values: readonly number[],
  name: string,
  color: string,
  dash: string,
): PlotlyTrace {
  return {
    type: "scatter",
    mode: "lines",
    name,
    legendgroup: name,
    x: steps,
    y: withGaps(values),
    line: { color: color, width: 2, dash },
    hovertemplate: "%{y:.3f}",
  };
}

function changeTable(
  change: DistributionChange,
  first: "broad" | "narrow",
  narrow: DistributionChange | null,
): FigureTable {
  const parts = [change, ...(narrow === null ? [] : [narrow])];
  const column = <T>(pick: (part: DistributionChange) => readonly T[]): T[] =>
    parts.flatMap((part) => [...pick(part)]);
  const bounds = (series: EstimatedSeries | undefined, side: 0 | 1): number[] =>
    (series?.interval ?? []).map((interval) => interval[side]);
  const shares = change.explained.flatMap(({ property }) => {
    const shareIn = (part: DistributionChange): EstimatedSeries | undefined =>
      part.explained.find((each) => each.property === property)?.share.totalVariation;
    return [
      [`share of ${property}`, column((part) => shareIn(part)?.values ?? part.steps.map(() => NaN))],
      [`share of ${property} low`, column((part) => bounds(shareIn(part), 0))],
      [`share of ${property} high`, column((part) => bounds(shareIn(part), 1))],
    ] as const;
  });
  return tableOf({
    questions: parts.flatMap((part, index) => part.steps.map(() => (index === 0 ? first : "narrow"))),
    step: column(({ steps }) => steps),
    "total variation": column(({ total }) => total.totalVariation.values),
    "total variation low": column(({ total }) => bounds(total.totalVariation, 0)),
    "total variation high": column(({ total }) => bounds(total.totalVariation, 1)),
    "Jensen–Shannon (nats)": column(({ total }) => total.jensenShannon.values),
    ...Object.fromEntries(shares),
  });
}
