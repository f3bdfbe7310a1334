import { cannotTell, doesNotTurn, found, type VerdictOf } from "../phaseTransition.js";
import type { ChangePeak } from "../../distribution/changePeak.js";

/** The numbers behind the peak of the change of the distribution of answers. */
export interface DistributionChangeEvidence extends Pick<
  ChangePeak,
  "value" | "valleyBefore" | "valleyAfter"
> {
  /** Length of either window, in steps. */
  readonly window: number;
}

/** Judges the peak of the change as a transition: found where it lies inside the run and stands out. */
export function distributionChangeVerdict(
  peak: ChangePeak | null,
  window: number,
  scale: number,
): VerdictOf<"distributionChange", DistributionChangeEvidence> {
  const where = { indicator: "distributionChange", scale } as const;
  if (peak === null) {
    return cannotTell({
      ...where,
      reason: "no two windows of checkpoints lie inside the run",
      remedy: "score the answers of more checkpoints, or choose shorter windows",
    });
  }
  const { step, value, interval, valleyBefore, valleyAfter, needed } = peak;
  const evidence = { value, window, valleyBefore, valleyAfter };
  if (valleyBefore === null || valleyAfter === null) {
    const [place, more] = valleyBefore === null ? ["first", "earlier"] : ["last", "later"];
    return cannotTell({
      ...where,
      evidence,
      reason: `the change is largest at the ${place} pair of windows`,
      remedy: `evaluate ${more} checkpoints, or choose shorter windows`,
    });
  }
  if (!peak.standsOut) {
    const reason = "no peak stands out of the uncertainty over questions";
    // A distance lies between 0 and 1.
    if (needed > 0.5) {
      const remedy = `ask more questions: only a peak of ${needed.toFixed(2)} would stand out`;
      return cannotTell({ ...where, evidence, reason, remedy });
    }
    const event = Number.isFinite(needed)
      ? `a peak of ${needed.toFixed(2)} above the valleys`
      : "a peak above that uncertainty";
    return doesNotTurn({ ...where, evidence, reason, sensitivity: { event, size: needed, percent: null } });
  }
  return found({
    ...where,
    step,
    interval,
    method:
      `largest total variation distance between the answers of neighbouring windows of ${window} steps; interval: ` +
      "95 % of resampled questions, out to the checkpoints around; prominence: distance above the higher valley",
    prominence: value - Math.max(valleyBefore.value, valleyAfter.value),
    evidence,
  });
}
