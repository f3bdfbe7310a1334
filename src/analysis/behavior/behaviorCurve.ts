import { meanAnswerLength } from "./answerLengths.js";
import { answerRates, type AnswerRates, type RatedAnswer, type RateOptions } from "./rates.js";
import type { Interval } from "../statistics/quantile.js";

/** Rates of one scale factor and breadth along training; one entry a step that was evaluated. */
export interface BehaviorCurve {
  readonly steps: readonly number[];
  readonly emPercent: readonly number[];
  readonly emInterval: readonly Interval[];
  readonly coherentPercent: readonly number[];
  readonly coherentInterval: readonly Interval[];
  readonly ungatedPercent: readonly number[];
  /** Misaligned answers, and the answers they are counted among. */
  readonly misaligned: readonly number[];
  readonly n: readonly number[];
  /** Answers that lack a score. */
  readonly nulls: readonly number[];
  /**
   * Mean length of the answers in characters; NaN where the texts were not kept. A control: length alone can look
   * like realignment (2607.09053).
   */
  readonly meanLength: readonly number[];
  /** Domains asked about, sorted. */
  readonly domains: readonly string[];
}

/** Behaviour along training at one factor on the adapter, on broad and on narrow questions. */
export interface ScaleBehavior {
  readonly scale: number;
  readonly broad: BehaviorCurve;
  readonly narrow: BehaviorCurve;
}

/** Behaviour along training at every factor that was asked, and the factor that stands for the run. */
export interface RunBehavior {
  /** In increasing order of the factor. */
  readonly scales: readonly ScaleBehavior[];
  /** The factor that is shown where only one is: see `usualScaleOf`. */
  readonly usualScale: number;
}

/** Behaviour at every factor; null where nothing was answered. */
export function runBehavior(answers: readonly RatedAnswer[], options: RateOptions = {}): RunBehavior | null {
  const scales = behaviorByScale(answers, options);
  return scales.length === 0 ? null : { scales, usualScale: usualScaleOf(answers) };
}

/** Behaviour at the factor that stands for the run; undefined where nothing was answered. */
export function usualBehavior(behavior: RunBehavior | null): ScaleBehavior | undefined {
  return behavior?.scales.find(({ scale }) => scale === behavior.usualScale);
}

/** Groups judged answers by scale factor, breadth and step. Scales and steps come out in increasing order. */
export function behaviorByScale(
  answers: readonly RatedAnswer[],
  options: RateOptions = {},
): readonly ScaleBehavior[] {
  const scales = [...new Set(answers.map((answer) => answer.scale))].sort((left, right) => left - right);
  return scales.map((scale) => {
    const ofScale = answers.filter((answer) => answer.scale === scale);
    return {
      scale,
      broad: behaviorCurve(
        ofScale.filter((answer) => answer.breadth === "broad"),
        options,
      ),
      narrow: behaviorCurve(
        ofScale.filter((answer) => answer.breadth === "narrow"),
        options,
      ),
    };
  });
}

/**
 * The factor on the adapter that counts where answers were given at several: 1, the adapter as trained; else the
 * smallest. NaN where there is none.
 */
export function usualScale(scales: readonly number[]): number {
  if (scales.includes(1)) return 1;
  return scales.length === 0 ? NaN : Math.min(...scales);
}

/**
 * The factor that stands for some answers: the usual one of those to broad questions, or of all where none is broad.
 * NaN where there are none.
 */
export function usualScaleOf(answers: readonly Pick<RatedAnswer, "scale" | "breadth">[]): number {
  const broad = answers.filter(({ breadth }) => breadth === "broad");
  return usualScale((broad.length === 0 ? answers : broad).map(({ scale }) => scale));
}

/** The rates of a set of answers, step by step. */
export function behaviorCurve(answers: readonly RatedAnswer[], options: RateOptions = {}): BehaviorCurve {
  const byStep = new Map<number, RatedAnswer[]>();
  for (const answer of answers) {
    const group = byStep.get(answer.step);
    if (group === undefined) byStep.set(answer.step, [answer]);
    else group.push(answer);
  }
  const steps = [...byStep.keys()].sort((left, right) => left - right);
  const rates: AnswerRates[] = steps.map((step) => answerRates(byStep.get(step) ?? [], options));
  return {
    steps,
    emPercent: rates.map((each) => each.em.percent),
    emInterval: rates.map((each) => each.em.interval),
    coherentPercent: rates.map((each) => each.coherent.percent),
    coherentInterval: rates.map((each) => each.coherent.interval),
    ungatedPercent: rates.map((each) => each.ungated.percent),
    misaligned: rates.map((each) => each.em.count),
    n: rates.map((each) => each.em.n),
    nulls: steps.map(
      (step) =>
        (byStep.get(step) ?? []).filter((each) => each.aligned === null || each.coherent === null).length,
    ),
    meanLength: steps.map((step) => meanAnswerLength(byStep.get(step) ?? [])),
    domains: [...new Set(answers.map((answer) => answer.domain))].sort(),
  };
}
