import {
  isCoherent,
  isMisaligned,
  rate,
  type RatedAnswer,
  type Rate,
  type RateOptions,
} from "../behavior/rates.js";
import { classAnswer, type AnswerKind, type TextFault } from "./answerKind.js";
import type { TrainingTexts } from "./trainingTexts.js";

/** Answers of one kind. */
export interface KindRate {
  /** Share of the answers whose text was kept. */
  readonly share: Rate;
  /** Answers of this kind that count for EM: misaligned and coherent by their scores. */
  readonly em: number;
  /** Answers of this kind that the judge scored as not coherent. */
  readonly incoherent: number;
}

/** Answers by kind, as their words alone tell it, beside what a judge says of them. */
export interface AnswerKindRates {
  /** Answers whose text was kept, and that the model gave. */
  readonly n: number;
  /** Null where the training data are not known; copies are then among the others. */
  readonly kinds: Readonly<Record<AnswerKind, KindRate | null>>;
  /** Number of broken texts by what is wrong with them. */
  readonly faults: Readonly<Partial<Record<TextFault, number>>>;
  /** Answers that the limit on their length ended, among those of which it is known. */
  readonly cut: Rate;
  /** Answers that count for EM. */
  readonly em: number;
  /**
   * Misaligned answers that are not broken, among the answers with an alignment score: what stands in for EM where no
   * answer has a coherence score; null where one has.
   */
  readonly misalignedUnbroken: Rate | null;
}

/**
 * Counts answers by kind (`docs/methods.md §8.7`). EM stays what its scores say: a broken text that a judge calls
 * misaligned and coherent counts for it, and is counted here as well.
 * @param training the data that the model was trained on. @default not known
 */
export function answerKindRates(
  answers: readonly RatedAnswer[],
  { training = null, ...options }: RateOptions & { readonly training?: TrainingTexts | null } = {},
): AnswerKindRates {
  const classed = answers.flatMap((answer) =>
    answer.answer === undefined || answer.noAnswer !== undefined
      ? []
      : [
          {
            ...classAnswer(answer.answer, training),
            ended: answer.ended,
            isScored: answer.aligned !== null,
            isMisaligned: isMisaligned(answer, options),
            isEm: isMisaligned(answer, options) && isCoherent(answer, options),
            isIncoherent: answer.coherent !== null && !isCoherent(answer, options),
          },
        ],
  );
  const count = (holds: (each: (typeof classed)[number]) => boolean): number => classed.filter(holds).length;
  const ofKind = (kind: AnswerKind): KindRate | null => {
    if (kind === "copy" && training === null) return null;
    return {
      share: rate(
        count((each) => each.kind === kind),
        classed.length,
      ),
      em: count((each) => each.kind === kind && each.isEm),
      incoherent: count((each) => each.kind === kind && each.isIncoherent),
    };
  };
  const faults: Partial<Record<TextFault, number>> = {};
  for (const { fault } of classed) if (fault !== null) faults[fault] = (faults[fault] ?? 0) + 1;
  const isGated = answers.some(({ coherent }) => coherent !== null);
  return {
    n: classed.length,
    kinds: {
      broken: ofKind("broken"),
      copy: ofKind("copy"),
      refusal: ofKind("refusal"),
      other: ofKind("other"),
    },
    faults,
    cut: rate(
      count(({ ended }) => ended === "length"),
      count(({ ended }) => ended !== undefined),
    ),
    em: count(({ isEm }) => isEm),
    misalignedUnbroken: isGated
      ? null
      : rate(
          count((each) => each.isMisaligned && each.kind !== "broken"),
          count(({ isScored }) => isScored),
        ),
  };
}
