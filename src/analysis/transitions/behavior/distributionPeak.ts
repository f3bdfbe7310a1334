import { found, notFound, type VerdictOf } from "../phaseTransition.js";
import { type ChangePeak, changePeakReason } from "../../distribution/changePeak.js";

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
  if (peak === null)
    return notFound({ ...where, reason: "no two windows of checkpoints lie inside the run" });
  const { step, value, interval, valleyBefore, valleyAfter } = peak;
  const evidence = { value, window, valleyBefore, valleyAfter };
  const reason = changePeakReason(peak);
  if (reason !== null) return notFound({ ...where, evidence, reason });
  return found({
    ...where,
    step,
    interval,
    method:
      `largest total variation distance between the answers of neighbouring windows of ${window} steps; interval: ` +
      "95 % of resampled questions, out to the checkpoints around; prominence: distance above the higher valley",
    prominence: value - Math.max(valleyBefore?.value ?? 0, valleyAfter?.value ?? 0),
    evidence,
  });
}
