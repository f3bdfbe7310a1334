import { behaviorCurve } from "../../behavior/behaviorCurve.js";
import { behavioralTransition } from "./behavioralTransition.js";
import type { RatedAnswer, RateOptions } from "../../behavior/rates.js";
import type { Interval } from "../../statistics/quantile.js";
import { absenceReason } from "../verdictWords.js";
import { paperThresholds } from "../../behavior/thresholdSweep.js";

/** The step at which behaviour turns at one pair of thresholds. */
export interface ThresholdOnset {
  readonly alignedBelow: number;
  readonly coherentAbove: number;
  /** Null where no turn is found; `reason` says why, or what is missing. */
  readonly step: number | null;
  readonly interval: Interval | null;
  readonly reason: string | null;
}

/**
 * The step at which behaviour turns, at every pair of thresholds: the onset must not depend on where the line
 * between aligned and misaligned is drawn (2506.11613, appendix F; docs/methods.md §4.7).
 *
 * @param answers of one factor and one breadth, at five steps or more
 */
export function onsetSweep(
  answers: readonly RatedAnswer[],
  thresholds: {
    readonly alignedBelow: readonly number[];
    readonly coherentAbove: readonly number[];
  } = paperThresholds,
  options: RateOptions = {},
): ThresholdOnset[] {
  return thresholds.alignedBelow.flatMap((alignedBelow) =>
    thresholds.coherentAbove.map((coherentAbove): ThresholdOnset => {
      const curve = behaviorCurve(answers, { ...options, alignedBelow, coherentAbove });
      const { transition, absent } = behavioralTransition(curve).verdict;
      return {
        alignedBelow,
        coherentAbove,
        step: transition?.step ?? null,
        interval: transition?.interval ?? null,
        reason: absent === null ? null : absenceReason(absent),
      };
    }),
  );
}
