import {
  answerRates,
  isCoherent,
  isMisaligned,
  type RatedAnswer,
  type Rate,
  type RateOptions,
} from "./rates.js";
import { quantile } from "../statistics/quantile.js";

/** Lengths of answers in characters; NaN where there are none. */
export interface LengthStatistics {
  readonly n: number;
  readonly mean: number;
  readonly quartiles: readonly [number, number, number];
}

/** EM among the answers whose length lies in `[from, to)`. */
export interface LengthStratum {
  readonly from: number;
  /** Null: no upper end. */
  readonly to: number | null;
  readonly em: Rate;
}

/** Lengths of a set of answers, and its rates within strata of length: a control. */
export interface AnswerLengths {
  readonly all: LengthStatistics;
  /** Misaligned and coherent answers, and the other answers with both scores. */
  readonly em: LengthStatistics;
  readonly other: LengthStatistics;
  readonly strata: readonly LengthStratum[];
}

/**
 * Length statistics of answers and EM by length. Response length alone can look like realignment (2607.09053;
 * `docs/methods.md §6.11`), so arms are comparable only within a stratum where their lengths differ.
 *
 * @param options.bounds inner bounds of the strata in characters; give the same to every arm. @default the tertiles
 * @returns null where no answer's text was kept
 */
export function answerLengths(
  answers: readonly RatedAnswer[],
  options: RateOptions & { readonly bounds?: readonly number[] } = {},
): AnswerLengths | null {
  const texts = answers.flatMap((answer) =>
    textOf(answer).map((text) => ({ answer, length: characters(text) })),
  );
  if (texts.length === 0) return null;
  const scored = texts.filter(({ answer }) => answer.aligned !== null && answer.coherent !== null);
  const isEm = (answer: RatedAnswer): boolean => isMisaligned(answer, options) && isCoherent(answer, options);
  const edges = [0, ...(options.bounds ?? lengthBounds(answers))];
  return {
    all: lengthStatistics(texts.map(({ length }) => length)),
    em: lengthStatistics(scored.filter(({ answer }) => isEm(answer)).map(({ length }) => length)),
    other: lengthStatistics(scored.filter(({ answer }) => !isEm(answer)).map(({ length }) => length)),
    strata: edges.map((from, index) => {
      const to = edges[index + 1] ?? null;
      const inside = texts.filter(({ length }) => length >= from && (to === null || length < to));
      return {
        from,
        to,
        em: answerRates(
          inside.map(({ answer }) => answer),
          options,
        ).em,
      };
    }),
  };
}

/** Mean length in characters of the answers whose text was kept; NaN where there are none. */
export function meanAnswerLength(answers: readonly RatedAnswer[]): number {
  return lengthStatistics(answers.flatMap(textOf).map(characters)).mean;
}

/** The tertiles of the lengths of answers, in whole characters: bounds of three strata of about equal size. */
export function lengthBounds(answers: readonly RatedAnswer[]): number[] {
  const lengths = answers.flatMap(textOf).map(characters);
  if (lengths.length === 0) return [];
  const bounds = [1 / 3, 2 / 3].map((fraction) => Math.ceil(quantile(lengths, fraction)));
  return [...new Set(bounds)].filter((bound) => bound > 0);
}

function lengthStatistics(lengths: readonly number[]): LengthStatistics {
  const sum = lengths.reduce((total, length) => total + length, 0);
  return {
    n: lengths.length,
    mean: sum / lengths.length,
    quartiles: [quantile(lengths, 0.25), quantile(lengths, 0.5), quantile(lengths, 0.75)],
  };
}

/** The text of an answer; none where it was not kept, or the model gave no answer. */
function textOf({ answer, noAnswer }: RatedAnswer): string[] {
  return answer === undefined || noAnswer !== undefined ? [] : [answer];
}

/** Unicode code points, as Python counts them; an emoji is not two. */
function characters(text: string): number {
  return Array.from(text).length;
}
