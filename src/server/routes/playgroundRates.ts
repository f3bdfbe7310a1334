import { answerRates, type Rate, type RateOptions, type RatedAnswer } from "../../analysis/behavior/rates.js";
import type { AnswerJudge } from "../../pipeline/playground/answerJudge.js";
import type { Column } from "../../pipeline/playground/playgroundMessages.js";
import type { ServedPlaygroundRate, ServedPlaygroundRates } from "../schemas/playground.js";

type Scored = Pick<RatedAnswer, "aligned" | "coherent">;

/** Rates of the answers in each column, as one after the other is judged. */
export class ColumnRates {
  readonly #rule: RateOptions;
  readonly #scored: Readonly<Record<Column, Scored[]>> = { base: [], chosen: [] };

  constructor(rule: RateOptions) {
    this.#rule = rule;
  }

  /** Takes the scores of one more answer, and gives the rates of its column. */
  add(column: Column, scores: Scored): ServedPlaygroundRates {
    const own = this.#scored[column];
    own.push(scores);
    const { em, coherent } = answerRates(own, this.#rule);
    return { column, em: servedRate(em), coherent: servedRate(coherent) };
  }
}

/** The rule of the judge: the exact one gives no alignment where nothing could be scored; others give none in vain. */
export function ruleOf(judge: AnswerJudge | undefined): RateOptions {
  return { nullAlignment: judge === undefined ? "notMisaligned" : "exclude" };
}

/** A rate as it is served; without numbers where no answer has its scores. */
export function servedRate({ percent, interval: [low, high], count, n }: Rate): ServedPlaygroundRate {
  if (n === 0) return { percent: null, low: null, high: null, count, n };
  return { percent, low, high, count, n };
}
