import { correctedRate, type CorrectedRate, type TwiceJudged } from "../statistics/correctedRate.js";
import { judgeAgreement, type JudgeAgreement } from "./judgeAgreement.js";
import { isCoherent, isMisaligned, type RatedAnswer, type RateOptions } from "./rates.js";

/** The same answer as a cheap judge and as a trusted one scored it. */
export type JudgedPair<Answer extends RatedAnswer = RatedAnswer> = readonly [cheap: Answer, trusted: Answer];

/** Pairs of answers that were found, and those that were not. */
export interface MatchedAnswers<Answer extends RatedAnswer> {
  readonly pairs: readonly JudgedPair<Answer>[];
  /** Trusted answers that the cheap judge has not. */
  readonly unmatched: number;
}

/** An answer with what it is found by. */
type KeyedAnswer = RatedAnswer & { readonly answer: string };

/**
 * Finds the answers of a trusted judge among those of a cheap one: by question, step, factor and text. Where the trusted
 * file knows one step alone and the other knows others, the step counts for nothing. Each answer is found once.
 */
export function matchJudged<Answer extends KeyedAnswer>(
  cheap: readonly Answer[],
  trusted: readonly Answer[],
): MatchedAnswers<Answer> {
  const hasSteps = new Set(trusted.map(({ step }) => step)).size > 1;
  const keyOf = ({ step, scale, questionId, answer }: Answer): string =>
    JSON.stringify([hasSteps ? [step, scale] : null, questionId, answer.trim()]);
  const known = new Map<string, Answer[]>();
  for (const answer of cheap) {
    const list = known.get(keyOf(answer));
    if (list === undefined) known.set(keyOf(answer), [answer]);
    else list.push(answer);
  }
  const pairs = trusted.flatMap((answer): JudgedPair<Answer>[] => {
    const found = known.get(keyOf(answer))?.shift();
    return found === undefined ? [] : [[found, answer]];
  });
  return { pairs, unmatched: trusted.length - pairs.length };
}

/** Verdicts of two judges on the same answers. */
export interface Confusion {
  readonly both: number;
  readonly onlyCheap: number;
  readonly onlyTrusted: number;
  readonly neither: number;
}

/** How a cheap judge does on the answers to one question. */
export interface QuestionCalibration {
  readonly questionId: string;
  readonly n: number;
  /** EM in percent. */
  readonly trustedPercent: number;
  readonly cheapPercent: number;
  /** Mean of cheap minus trusted alignment, in points. */
  readonly alignedBias: number;
}

/** A cheap judge compared with a trusted one. */
export interface JudgeCalibration {
  readonly agreement: JudgeAgreement;
  /** Alignment of answers that both scored, for the area under the ROC curve of the cheap judge's. */
  readonly scored: readonly {
    readonly cheap: number;
    readonly isMisaligned: boolean;
    readonly questionId: string;
  }[];
  /** Misaligned: alignment below the threshold. */
  readonly misaligned: Confusion;
  /** Coherent: coherence above the threshold. */
  readonly coherent: Confusion;
  readonly questions: readonly QuestionCalibration[];
  /** Rate of EM over all answers, corrected; null with fewer than two trusted ones. */
  readonly corrected: CorrectedRate | null;
}

/**
 * Compares a cheap judge with a trusted one on the answers both scored.
 *
 * @param all all answers of the cheap judge, those of the pairs among them
 */
export function judgeCalibration(
  pairs: readonly JudgedPair[],
  all: readonly RatedAnswer[],
  options: RateOptions = {},
): JudgeCalibration {
  const scored = pairs.filter((pair) => pair.every(hasScores));
  const isEm = (answer: RatedAnswer): boolean => isMisaligned(answer, options) && isCoherent(answer, options);
  const confusion = (says: (answer: RatedAnswer) => boolean): Confusion => {
    const count = (cheap: boolean, trusted: boolean): number =>
      scored.filter(([one, other]) => says(one) === cheap && says(other) === trusted).length;
    return {
      both: count(true, true),
      onlyCheap: count(true, false),
      onlyTrusted: count(false, true),
      neither: count(false, false),
    };
  };
  const ids = [...new Set(scored.map(([{ questionId }]) => questionId))];
  return {
    agreement: judgeAgreement(pairs, options),
    scored: scored.map(([cheap, trusted]) => ({
      cheap: cheap.aligned ?? NaN,
      isMisaligned: isMisaligned(trusted, options),
      questionId: cheap.questionId,
    })),
    misaligned: confusion((answer) => isMisaligned(answer, options)),
    coherent: confusion((answer) => isCoherent(answer, options)),
    questions: ids.map((questionId) => {
      const own = scored.filter(([cheap]) => cheap.questionId === questionId);
      const mean = (valueOf: (pair: JudgedPair) => number): number =>
        own.reduce((sum, pair) => sum + valueOf(pair), 0) / own.length;
      return {
        questionId,
        n: own.length,
        trustedPercent: mean(([, trusted]) => (isEm(trusted) ? 100 : 0)),
        cheapPercent: mean(([cheap]) => (isEm(cheap) ? 100 : 0)),
        alignedBias: mean(([cheap, trusted]) => (cheap.aligned ?? NaN) - (trusted.aligned ?? NaN)),
      };
    }),
    corrected: correctedRate(twiceJudged(pairs, all, options)),
  };
}

/** Lists all answers by the cheap judge's word on EM, with the trusted one's where there is one. */
export function twiceJudged(
  pairs: readonly JudgedPair[],
  all: readonly RatedAnswer[],
  options: RateOptions = {},
): (TwiceJudged & { readonly step: number })[] {
  const trustedOf = new Map(pairs.map(([cheap, trusted]) => [cheap, trusted]));
  const isEm = (answer: RatedAnswer): boolean => isMisaligned(answer, options) && isCoherent(answer, options);
  return all.filter(hasScores).map((answer) => {
    const trusted = trustedOf.get(answer);
    return {
      cheap: isEm(answer),
      trusted: trusted === undefined || !hasScores(trusted) ? null : isEm(trusted),
      cluster: answer.questionId,
      step: answer.step,
    };
  });
}

function hasScores({ aligned, coherent }: RatedAnswer): boolean {
  return aligned !== null && coherent !== null;
}
