import { auroc, type Auroc } from "../directions/auroc.js";
import { nearestStep } from "../series/stepSeries.js";
import type { AttributedRow, AttributedStep, AttributionRecord, ScoreKind } from "./attributionRecord.js";

/** Whether a row's score is that of one step, or what it adds up to until then. */
export const scoreSpans = ["step", "sum"] as const;
/** Whether a score is of one step or summed. */
export type ScoreSpan = (typeof scoreSpans)[number];

/** Choice of a score. */
export interface ScoreChoice {
  readonly kind: ScoreKind;
  readonly span: ScoreSpan;
  /** The measured step that it is of, or up to which it adds up. */
  readonly step: number;
}

/** The measured step at which rows are looked at for a turn: the nearest; the last one where nothing turns. */
export function stepLookedAt({ steps }: AttributionRecord, turn: number | null): number {
  const measured = steps.map(({ step }) => step);
  return turn === null ? (measured.at(-1) ?? NaN) : nearestStep(measured, turn);
}

/**
 * Scores every row in one way. Over several steps scores add up, as TracIn's do (2002.08484): each as often as there are
 * training steps nearer to it than to another measured one, and times the learning rate, which what a step did holds already.
 *
 * @returns one number a row; NaN where it was not measured
 */
export function scoresOf({ rows, steps }: AttributionRecord, choice: ScoreChoice): Float64Array {
  const { kind, span, step } = choice;
  const until = steps.filter((each) => (span === "sum" ? each.step <= step : each.step === step));
  const scores = new Float64Array(rows.length).fill(until.length === 0 ? NaN : 0);
  for (const [place, each] of until.entries()) {
    const weight = span === "step" ? 1 : stepsStoodFor(until, place) * rateOf(each, kind);
    for (let row = 0; row < scores.length; row++)
      scores[row] = (scores[row] ?? NaN) + weight * (each.scores[kind]?.[row] ?? NaN);
  }
  return scores;
}

/** Number of steps that one measured step stands for: half the way to its neighbours on either side. */
function stepsStoodFor(steps: readonly AttributedStep[], place: number): number {
  const at = (index: number): number | undefined => steps[index]?.step;
  const own = at(place) ?? NaN;
  const [before, after] = [at(place - 1), at(place + 1)];
  if (before === undefined && after === undefined) return 1;
  return (own - (before ?? own)) / 2 + ((after ?? own) - own) / 2;
}

/** Along ΔB a score is of what the kept steps between really did; others are of a step of length 1. */
function rateOf({ step, to, learningRate }: AttributedStep, kind: ScoreKind): number {
  return kind === "along" ? 1 / Math.max(1, Math.abs(to - step)) : learningRate;
}

/** Places of the rows in the order of their scores, the highest first; equal ones in the order of the data. */
export function rankedRows(scores: ArrayLike<number>): number[] {
  const valueAt = (row: number): number => scores[row] ?? NaN;
  return Array.from({ length: scores.length }, (_, row) => row)
    .filter((row) => !Number.isNaN(valueAt(row)))
    .sort((one, other) => valueAt(other) - valueAt(one) || one - other);
}

/**
 * How well scores tell the planted rows from the others: the area under the ROC curve over the distinct rows, since rows
 * that are the same word for word have one score and would count as several. Null where nothing is known to be planted.
 */
export function plantedArea(rows: readonly AttributedRow[], scores: ArrayLike<number>): Auroc | null {
  const counted = rows.flatMap(({ isFirst, planted }, place) =>
    isFirst && planted !== null && !Number.isNaN(scores[place] ?? NaN) ? [{ place, planted }] : [],
  );
  if (counted.length === 0) return null;
  return auroc(
    counted.map(({ place }) => scores[place] ?? NaN),
    counted.map(({ planted }) => planted),
  );
}
