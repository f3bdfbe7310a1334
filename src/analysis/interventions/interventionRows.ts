import type { Condition } from "../../runs/condition.js";
import { rateDifference, type RateDifference } from "../behavior/pairedRates.js";
import {
  answerRates,
  type AnswerRates,
  type Rate,
  type RatedAnswer,
  type RateOptions,
} from "../behavior/rates.js";
import { answerKindRates } from "../texts/answerKindRates.js";

/** Answers of one condition, in rates. */
export interface ConditionRates extends Pick<AnswerRates, "em" | "coherent" | "ungated"> {
  /** Number of answers, scored or not. */
  readonly answers: number;
  /** Refusals by their words. */
  readonly refusals: Rate;
  /** Broken texts by their words. */
  readonly broken: Rate;
  /** Answers that the limit on their length ended. */
  readonly cut: Rate;
  /** EM of the questions in the fine-tuned domain; null where none was asked. */
  readonly narrowEm: Rate | null;
}

/**
 * What an intervention did. `moved`: EM differs surely from the untouched model's, and by surely more than along random
 * directions of the same length. `asRandom`: it differs, and not surely by more or less than along those.
 * `lessThanRandom`: it differs, and along those it surely differs further. `still`: it does not surely differ, which does
 * not say that it is the same. `held`: nor does it, where along those it surely does otherwise. `notCompared`: it
 * differs, and no random direction was asked.
 */
export type InterventionVerdict = "moved" | "asRandom" | "lessThanRandom" | "still" | "held" | "notCompared";

/** Random twins of an intervention, all draws together. */
export interface RandomRates extends ConditionRates {
  /** EM rate of each draw, in percent. */
  readonly draws: readonly number[];
}

/** One condition beside the untouched model and random directions. */
export interface InterventionRow {
  readonly condition: Condition;
  readonly rates: ConditionRates;
  /** EM less that of the untouched model, in percent points; null for the untouched model itself. */
  readonly change: RateDifference | null;
  /** Coherent answers less those of the untouched model, in percent points. */
  readonly coherenceChange: RateDifference | null;
  /** Twins along random directions; null where there are none. */
  readonly random: RandomRates | null;
  /** EM less that of the random twins, in percent points. */
  readonly beyondRandom: RateDifference | null;
  /** Null for what is no intervention, and without scores. */
  readonly verdict: InterventionVerdict | null;
}

/** Answer under a condition. */
export type ConditionedAnswer = RatedAnswer & { readonly condition?: Condition | undefined };

/** Most resamples of the questions for a verdict: with more conditions its tails are smaller. */
const mostResamples = 20_000;

/** The order of conditions in a table. */
const order: readonly Condition["kind"][] = ["untouched", "base", "trained", "intervention"];

/**
 * Makes a table of interventions from their answers. Rates are of broad questions, where any were asked, with Wilson
 * intervals; differences are paired over questions (`rateDifference`). A verdict is about all rows of the table at once:
 * its intervals cover 1 − 0.05/m with m interventions (Bonferroni), and EM has to lie beyond that of every random draw.
 */
export function interventionRows(
  answers: readonly ConditionedAnswer[],
  options: RateOptions = {},
): InterventionRow[] {
  const byName = new Map<string, { condition: Condition; answers: ConditionedAnswer[] }>();
  for (const answer of answers) {
    const { condition } = answer;
    if (condition === undefined) continue;
    const group = byName.get(condition.name) ?? { condition, answers: [] };
    group.answers.push(answer);
    byName.set(condition.name, group);
  }
  const groups = [...byName.values()];
  const shown = groups
    .filter(({ condition }) => condition.kind !== "random")
    .sort((one, other) => compareConditions(one.condition, other.condition));
  const tested = shown.filter(({ condition }) => condition.kind === "intervention").length;
  return shown.map(({ condition, answers: own }): InterventionRow => {
    const untouched = groups.find(
      (each) => each.condition.kind === "untouched" && each.condition.run === condition.run,
    );
    const twins = groups.filter((each) => each.condition.twinOf === condition.name);
    const pooled = twins.flatMap((each) => each.answers);
    const against = untouched === undefined || condition.kind === "untouched" ? null : untouched.answers;
    const between = (
      one: readonly ConditionedAnswer[],
      other: readonly ConditionedAnswer[],
      more = {},
    ): RateDifference =>
      rateDifference(ofBreadth(one), ofBreadth(toQuestionsOf(one, other)), { ...options, ...more });
    const difference = (other: readonly ConditionedAnswer[], more = {}): RateDifference =>
      between(own, other, more);
    const { em } = answerRates(ofBreadth(own), options);
    const draws = twins.map((each) => answerRates(ofBreadth(each.answers), options).em.percent);
    const resamples = Math.min(mostResamples, 2000 * Math.max(1, tested));
    const sure = { coverage: 1 - 0.05 / Math.max(1, tested), resamples };
    return {
      condition,
      rates: ratesOf(own, options),
      change: against && difference(against),
      coherenceChange: against && difference(against, { rate: "coherent" }),
      random: pooled.length === 0 ? null : { ...ratesOf(pooled, options), draws },
      beyondRandom: pooled.length === 0 ? null : difference(pooled),
      verdict:
        condition.kind !== "intervention" || against === null || !Number.isFinite(difference(against).value)
          ? null
          : verdictOf(
              {
                change: difference(against, sure),
                beyondRandom: pooled.length === 0 ? null : difference(pooled, sure),
                randomChange: pooled.length === 0 ? null : between(pooled, against, sure),
              },
              (direction) => draws.every((each) => direction * (em.percent - each) > 0),
            ),
    };
  });
}

/** Differences that a verdict rests on, with intervals for all conditions of a table at once. */
interface SureDifferences {
  readonly change: RateDifference;
  /** Null without random twins, like the next. */
  readonly beyondRandom: RateDifference | null;
  readonly randomChange: RateDifference | null;
}

/** @param isBeyondAll tells whether EM lies beyond that of every random draw, above (1) or below (−1) */
function verdictOf(
  { change, beyondRandom, randomChange }: SureDifferences,
  isBeyondAll: (direction: number) => boolean,
): InterventionVerdict {
  const direction = signOf(change);
  if (beyondRandom === null || randomChange === null) return direction === 0 ? "still" : "notCompared";
  const apart = signOf(beyondRandom);
  const isApart = apart !== 0 && isBeyondAll(apart);
  if (direction === 0) return isApart && signOf(randomChange) === -apart ? "held" : "still";
  if (!isApart) return "asRandom";
  return apart === direction ? "moved" : "lessThanRandom";
}

/** Sign of a difference whose interval lies on one side of 0; 0 for others. */
function signOf({ interval: [low, high] }: RateDifference): number {
  return low > 0 ? 1 : high < 0 ? -1 : 0;
}

function ratesOf(answers: readonly ConditionedAnswer[], options: RateOptions): ConditionRates {
  const own = ofBreadth(answers);
  const { em, coherent, ungated } = answerRates(own, options);
  const narrow = answers.filter(({ breadth }) => breadth === "narrow");
  const { kinds, cut } = answerKindRates(own, options);
  const none: Rate = { percent: NaN, interval: [NaN, NaN], count: 0, n: 0 };
  return {
    em,
    coherent,
    ungated,
    answers: own.length,
    refusals: kinds.refusal?.share ?? none,
    broken: kinds.broken?.share ?? none,
    cut,
    narrowEm: narrow.length === 0 || narrow.length === own.length ? null : answerRates(narrow, options).em,
  };
}

/** The others' answers to the questions that were asked under a condition. */
function toQuestionsOf(
  own: readonly ConditionedAnswer[],
  others: readonly ConditionedAnswer[],
): readonly ConditionedAnswer[] {
  const asked = new Set(own.map(({ questionId }) => questionId));
  return others.filter(({ questionId }) => asked.has(questionId));
}

/** The broad answers; the narrow ones where there are no broad ones. */
function ofBreadth(answers: readonly ConditionedAnswer[]): readonly ConditionedAnswer[] {
  const broad = answers.filter(({ breadth }) => breadth === "broad");
  return broad.length === 0 ? answers : broad;
}

function compareConditions(one: Condition, other: Condition): number {
  return (
    (one.run ?? "").localeCompare(other.run ?? "") ||
    order.indexOf(one.kind) - order.indexOf(other.kind) ||
    (one.how ?? "").localeCompare(other.how ?? "") ||
    (one.layer ?? -1) - (other.layer ?? -1) ||
    (one.strength ?? 0) - (other.strength ?? 0)
  );
}
