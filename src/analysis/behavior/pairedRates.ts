import { normalQuantile } from "../statistics/normalQuantile.js";
import { wilsonInterval } from "../statistics/wilson.js";
import { meanOfQuestions, type MeanEstimate } from "./meanOfQuestions.js";
import { answersByQuestion } from "./questionResampling.js";
import { answerRates, type AnswerRates, type RatedAnswer, type RateOptions } from "./rates.js";

/** Names of the rates of a set of answers. */
export type RateName = "em" | "coherent" | "ungated";

/**
 * Differences of a percentage between two sets of answers, one a question that both were asked, in percent points; NaN
 * where one of them has no scored answer.
 */
export function questionDifferences(
  own: readonly RatedAnswer[],
  other: readonly RatedAnswer[],
  options: RateOptions = {},
  rate: RateName = "em",
): number[] {
  const others = answersByQuestion(other);
  return [...answersByQuestion(own)].map(
    ([question, asked]) =>
      answerRates(asked, options)[rate].percent -
      answerRates(others.get(question) ?? [], options)[rate].percent,
  );
}

/** Difference of two percentages, and how its interval was found. */
export interface RateDifference extends MeanEstimate {
  /**
   * `questions`: by resampling questions, paired; `scores`: no question differs, so that resamples show nothing, and the
   * interval is that of two independent proportions.
   */
  readonly method: "questions" | "scores";
}

/**
 * Difference of a percentage between two sets of answers to the same questions, in percent points, with an interval that
 * is paired over questions. Where every question has the same difference, resampling would call it certain; there the
 * interval is Newcombe's for the difference of two independent proportions (Newcombe 1998, method 10), which is wider.
 *
 * @param options.coverage of the interval. @default 0.95
 */
export function rateDifference(
  own: readonly RatedAnswer[],
  other: readonly RatedAnswer[],
  options: RateOptions & {
    readonly rate?: RateName;
    readonly coverage?: number;
    readonly resamples?: number;
  } = {},
): RateDifference {
  const { rate = "em", coverage = 0.95, resamples, ...rule } = options;
  const differences = questionDifferences(own, other, rule, rate).filter(Number.isFinite);
  const [first] = differences;
  if (differences.length > 1 && differences.some((each) => each !== first)) {
    const settings = { coverage, ...(resamples === undefined ? {} : { resamples }) };
    return { ...meanOfQuestions(differences, settings), method: "questions" };
  }
  const [one, two] = [answerRates(own, rule), answerRates(other, rule)];
  return {
    value: first ?? NaN,
    interval: newcombe(one[rate], two[rate], normalQuantile(coverage)),
    n: differences.length,
    method: "scores",
  };
}

type Counts = Pick<AnswerRates["em"], "count" | "n">;

function newcombe(one: Counts, two: Counts, z: number): [number, number] {
  const [p, q] = [one.count / one.n, two.count / two.n];
  const [lowP, highP] = wilsonInterval(one.count, one.n, z);
  const [lowQ, highQ] = wilsonInterval(two.count, two.n, z);
  const difference = p - q;
  return [
    100 * (difference - Math.hypot(p - lowP, highQ - q)),
    100 * (difference + Math.hypot(highP - p, q - lowQ)),
  ];
}
