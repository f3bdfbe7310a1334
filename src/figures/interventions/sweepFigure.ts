import type { Rate } from "../../analysis/behavior/rates.js";
import { interventionSentences } from "../../analysis/interventions/interventionWords.js";
import type { ConditionRates, InterventionRow } from "../../analysis/interventions/interventionRows.js";
import { tableOf, type Figure, type FigureOptions, type PlotlyTrace } from "../figure.js";
import { axis, baseLayout, percentRange } from "../style/baseLayout.js";
import { confidenceBand } from "../style/confidenceBand.js";
import { palette } from "../style/palette.js";
import { rateLine } from "../style/rateLine.js";
import { runStyle, type RunStyle } from "../style/runStyles.js";

/** Rates that a sweep is drawn of. */
export type SweepRate = "em" | "coherent";

const rateWords: Readonly<Record<SweepRate, { readonly axis: string; readonly title: string }>> = {
  em: { axis: "EM (%)", title: "Misaligned answers" },
  coherent: { axis: "coherent (%)", title: "Coherent answers" },
};

/** What strengths are, as the axis of a figure says it. */
const strengthWords = {
  steer: "length added, in residual norms",
  interpolate: "share of the other run's adapter",
} as const;
export type SweepKind = keyof typeof strengthWords;

/** Tells whether interventions of a kind have strengths that make a curve. */
export function isSweep(kind: unknown): kind is SweepKind {
  return typeof kind === "string" && kind in strengthWords;
}

/**
 * Draws a rate against the strength of an intervention: a line with its Wilson band for each layer, random directions of
 * the same length in grey, and the untouched model as a level line. Null without two strengths.
 */
export function sweepFigure(
  rows: readonly InterventionRow[],
  kind: SweepKind,
  which: SweepRate,
  options: FigureOptions = {},
): Figure | null {
  const swept = rows.filter(({ condition }) => condition.strength !== null);
  if (new Set(swept.map(({ condition }) => condition.strength)).size < 2) return null;
  const colors = palette(options.theme);
  const untouched = rows.find(({ condition }) => condition.kind === "untouched");
  const layers = [...new Set(swept.map(({ condition }) => condition.layer))];
  // Steered by nothing, the model is the untouched one.
  const atZero = kind === "steer" && untouched !== undefined ? [{ strength: 0, rates: untouched.rates }] : [];
  const lines = layers.flatMap((layer, place) => {
    const own = swept.filter(({ condition }) => condition.layer === layer);
    const name = layer === null ? "the adapters" : `layer ${layer}`;
    const style = runStyle(place, options);
    const pointsOf = (ratesOf: (row: InterventionRow) => ConditionRates | null): readonly SweepPoint[] =>
      own.flatMap((row) => {
        const rates = ratesOf(row);
        return rates === null ? [] : [{ strength: row.condition.strength ?? NaN, rates }];
      });
    const random = pointsOf((row) => row.random);
    const grey = { ...style, color: colors.control };
    return [
      ...(random.length === 0 ? [] : curve([...random, ...atZero], which, `random, ${name}`, grey)),
      ...curve([...pointsOf((row) => row.rates), ...atZero], which, name, style),
    ];
  });
  const strengths = swept.map(({ condition }) => condition.strength ?? NaN);
  const ends = [Math.min(0, ...strengths), Math.max(0, ...strengths)];
  const level: PlotlyTrace[] =
    untouched === undefined
      ? []
      : [
          {
            type: "scatter",
            mode: "lines",
            name: "untouched",
            x: ends,
            y: ends.map(() => untouched.rates[which].percent),
            line: { color: colors.foreground, width: 1, dash: "dot" },
            hovertemplate: "%{y:.1f} %",
          },
        ];
  const title = `${rateWords[which].title} by strength`;
  const draws = Math.max(0, ...swept.map(({ random }) => random?.draws.length ?? 0));
  return {
    data: [...lines, ...level],
    layout: baseLayout(
      title,
      {
        xaxis: axis(strengthWords[kind], options),
        yaxis: axis(rateWords[which].axis, options, { range: percentRange }),
      },
      options,
    ),
    meta: {
      title,
      caption:
        `Answers to ${untouched?.change?.n ?? swept[0]?.change?.n ?? "the"} questions under each condition, with the same random numbers; bands: 95 % Wilson intervals. ` +
        (draws === 0
          ? "No random directions were asked."
          : `Grey: ${draws} random directions of the same length, all draws together.`),
      summary: interventionSentences(rows).join(" "),
      formula:
        kind === "steer"
          ? "x' = x + λ·v after one layer, λ·‖v‖ = strength · mean ‖x‖ at the questions' last prompt tokens"
          : "W = W₀ + (1 − t)·ΔW₁ + t·ΔW₂",
      caveat:
        "Where coherence falls, EM says little: an incoherent answer is not counted as misaligned. A direction that moves behaviour need not be the one that the model uses.",
      source: kind === "steer" ? "2506.11618, section 3.2" : "2511.02022",
      table: tableOf({
        condition: swept.map(({ condition }) => condition.name),
        layer: swept.map(({ condition }) => condition.layer ?? NaN),
        strength: strengths,
        lambda: swept.map(({ condition }) => condition.lambda ?? NaN),
        ...columnsOf(
          swept.map(({ rates }) => rates),
          which,
        ),
        "random %": swept.map(({ random }) => random?.[which].percent ?? NaN),
        "random n": swept.map(({ random }) => random?.[which].n ?? NaN),
      }),
    },
  };
}

/** Rates at one strength. */
interface SweepPoint {
  readonly strength: number;
  readonly rates: ConditionRates;
}

function curve(
  points: readonly SweepPoint[],
  which: SweepRate,
  name: string,
  style: RunStyle,
): PlotlyTrace[] {
  const inOrder = points.toSorted((one, other) => one.strength - other.strength);
  const strengths = inOrder.map(({ strength }) => strength);
  const rates = inOrder.map(({ rates: own }): Rate => own[which]);
  return [
    ...confidenceBand(
      strengths,
      rates.map(({ interval }) => interval),
      style.color,
      name,
    ),
    rateLine(
      strengths,
      rates.map(({ percent }) => percent),
      name,
      style,
    ),
  ];
}

function columnsOf(rates: readonly ConditionRates[], which: SweepRate): Record<string, readonly number[]> {
  return {
    [`${which} %`]: rates.map((each) => each[which].percent),
    low: rates.map((each) => each[which].interval[0]),
    high: rates.map((each) => each[which].interval[1]),
    n: rates.map((each) => each[which].n),
  };
}
