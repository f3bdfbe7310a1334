import { Random } from "../../../tensor/random.js";
import { behaviorCurve } from "../../behavior/behaviorCurve.js";
import type { BehavioralFit } from "./behavioralTransition.js";
import { checkpointsAround } from "../../distribution/changePeak.js";
import type { DistributionChange } from "../../distribution/distributionChange.js";
import type { StepCounts } from "./logisticCurve.js";
import { refitMidpoint, tenToNinety } from "./logisticCurve.js";
import { answersByQuestion, drawCounts } from "../../behavior/questionResampling.js";
import type { RatedAnswer, RateOptions } from "../../behavior/rates.js";
import type { Interval } from "../../statistics/quantile.js";
import { largestPosition } from "../../series/stepSeries.js";

/** Events that come from answers to the same questions. */
type PairedEvent = "behavior" | "distributionChange";

/**
 * Finds where broad behaviour turns and where the distribution of the same answers changes most, in resamples of the
 * questions that both were asked: what a difference of the two needs to be exact about what they share.
 *
 * @param answers of one breadth and one factor, those that the change was measured on
 * @param fit of behaviour; each resample is fitted anew from there
 * @param options.resamples @default 199
 */
export function jointResampling(
  answers: readonly RatedAnswer[],
  fit: BehavioralFit,
  change: DistributionChange,
  options: RateOptions & { readonly resamples?: number; readonly seed?: number } = {},
): ReadonlyMap<PairedEvent, readonly Interval[]> {
  const { resamples = 199, seed = 0 } = options;
  const { questions, totalVariation } = change.byQuestion;
  const steps = [...new Set(answers.map(({ step }) => step))].sort((one, other) => one - other);
  const byQuestion = answersByQuestion(answers);
  const tables = questions.map((id) => countsAt(byQuestion.get(id) ?? [], steps, options));
  const start = {
    floor: fit.floor / 100,
    plateau: fit.plateau / 100,
    midpoint: fit.midpoint,
    width: fit.width / tenToNinety,
    logLikelihood: NaN,
  };
  const draws = drawCounts(questions.length, resamples, new Random(seed).fork("paired turns"));
  const sumOver = (values: readonly number[], counts: Uint16Array): number =>
    values.reduce((sum, value, question) => {
      const times = counts[question] ?? 0;
      return times === 0 || Number.isNaN(value) ? sum : sum + times * value;
    }, 0);
  const behavior = draws.map((counts): Interval => {
    const at = (pick: (table: QuestionCounts) => readonly number[]): number[] =>
      steps.map((_, index) =>
        sumOver(
          tables.map((table) => pick(table)[index] ?? 0),
          counts,
        ),
      );
    const resampled: StepCounts = {
      steps,
      successes: at(({ misaligned }) => misaligned),
      n: at(({ n }) => n),
    };
    const midpoint = refitMidpoint(resampled, start);
    return [midpoint, midpoint];
  });
  const peaks = draws.map((counts): Interval => {
    const peak = largestPosition(totalVariation.map((values) => sumOver(values, counts)));
    return checkpointsAround(change.checkpoints, change.steps[peak] ?? NaN);
  });
  return new Map<PairedEvent, readonly Interval[]>([
    ["behavior", behavior],
    ["distributionChange", peaks],
  ]);
}

/** One question's answers by step. */
interface QuestionCounts {
  readonly misaligned: readonly number[];
  readonly n: readonly number[];
}

function countsAt(
  answers: readonly RatedAnswer[],
  steps: readonly number[],
  options: RateOptions,
): QuestionCounts {
  const curve = behaviorCurve(answers, options);
  const position = new Map(curve.steps.map((step, index) => [step, index]));
  const at = (values: readonly number[]): number[] =>
    steps.map((step) => values[position.get(step) ?? -1] ?? 0);
  return { misaligned: at(curve.misaligned), n: at(curve.n) };
}
