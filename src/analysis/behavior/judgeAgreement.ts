import { isCoherent, isMisaligned, rate, type RatedAnswer, type Rate, type RateOptions } from "./rates.js";

/** Agreement of two judges on the same answers. */
export interface JudgeAgreement {
  /** Answers to which both judges give both scores; what follows is of these. */
  readonly n: number;
  /** Same verdict, EM or not. */
  readonly sameVerdict: Rate;
  /** Agreement beyond chance of the verdicts (Cohen's κ); NaN where chance leaves nothing to agree on. */
  readonly kappa: number;
  /** EM by the first judge alone, and by the second alone. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Mean of second minus first. */
  readonly meanAlignedDifference: number;
  readonly meanCoherentDifference: number;
  /** Scored by one judge only. */
  readonly nullsFirst: number;
  readonly nullsSecond: number;
}

/**
 * Compares the judgements of two judges, answer by answer. Judges differ in level, so a rate means little without
 * its judge (`docs/methods.md §7`: one organism, 21.5 % to 0.5 %).
 *
 * @param pairs the same answer as judged by the first and by the second
 */
export function judgeAgreement(
  pairs: readonly (readonly [first: RatedAnswer, second: RatedAnswer])[],
  options: RateOptions = {},
): JudgeAgreement {
  const isScored = ({ aligned, coherent }: RatedAnswer): boolean => aligned !== null && coherent !== null;
  const isEm = (answer: RatedAnswer): boolean => isMisaligned(answer, options) && isCoherent(answer, options);
  const both = pairs.filter(([first, second]) => isScored(first) && isScored(second));
  const count = (first: boolean, second: boolean): number =>
    both.filter(([one, other]) => isEm(one) === first && isEm(other) === second).length;
  const [agreeEm, onlyFirst, onlySecond, agreeNot] = [
    count(true, true),
    count(true, false),
    count(false, true),
    count(false, false),
  ];
  const n = both.length;
  const observed = (agreeEm + agreeNot) / n;
  const emFirst = (agreeEm + onlyFirst) / n;
  const emSecond = (agreeEm + onlySecond) / n;
  const chance = emFirst * emSecond + (1 - emFirst) * (1 - emSecond);
  const meanDifference = (pick: (answer: RatedAnswer) => number | null): number =>
    both.reduce((sum, [first, second]) => sum + ((pick(second) ?? NaN) - (pick(first) ?? NaN)), 0) / n;
  return {
    n,
    sameVerdict: rate(agreeEm + agreeNot, n),
    kappa: chance < 1 ? (observed - chance) / (1 - chance) : NaN,
    onlyFirst,
    onlySecond,
    meanAlignedDifference: meanDifference(({ aligned }) => aligned),
    meanCoherentDifference: meanDifference(({ coherent }) => coherent),
    nullsFirst: pairs.filter(([first, second]) => !isScored(first) && isScored(second)).length,
    nullsSecond: pairs.filter(([first, second]) => isScored(first) && !isScored(second)).length,
  };
}
