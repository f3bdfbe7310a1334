import { stepSpacing } from "../../series/stepSeries.js";
import { fairPower, type Sensitivity } from "../phaseTransition.js";
import {
  binomialLogLikelihood,
  fitLine,
  logisticRate,
  pooledRate,
  type LogisticCurve,
  type StepCounts,
} from "./logisticCurve.js";
import { evidenceOverWalk } from "./walkingRate.js";

/** Rises tried, in percentage points. */
const triedRises = [5, 10, 20, 40, 60] as const;

/** Quantile of the normal distribution that `fairPower` percent lie above. */
const fairQuantile = 0.841621;

/**
 * The smallest rise in the middle of the evaluated steps that the test of behaviour finds among as many answers at the same
 * steps; null where not even the largest is found often enough.
 *
 * Nothing is drawn: the test is put to the counts that are expected, and its evidence lowered to what `fairPower` percent
 * of runs exceed. Twice a likelihood ratio of mean L has a deviation of about 2√L.
 *
 * @param noise variance of the counts over the binomial one, and that of their slow movements
 */
export function riseSensitivity(
  counts: StepCounts,
  noise: { readonly dispersion: number; readonly longRunVariance: number },
  limits: {
    readonly minimumEvidence: number;
    readonly minimumEvidenceOverLine: number;
    readonly minimumEvidenceOverWalk: number;
  },
): Sensitivity | null {
  const scatter = Math.max(1, noise.dispersion);
  const price = Math.log(counts.steps.length);
  const base = pooledRate(counts);
  const middle = Math.floor((counts.steps.length - 1) / 2);
  const midpoint = ((counts.steps[middle] ?? NaN) + (counts.steps[middle + 1] ?? NaN)) / 2;
  const exceeded = (mean: number): number => mean - 2 * fairQuantile * Math.sqrt(Math.max(0, mean));
  for (const rise of triedRises) {
    const floor = Math.max(0, Math.min(base, 1 - rise / 100));
    const curve: LogisticCurve = {
      floor,
      plateau: floor + rise / 100,
      midpoint,
      width: stepSpacing(counts.steps) / 20,
      logLikelihood: NaN,
    };
    const rateAt = (step: number): number => logisticRate(curve, step);
    const expected = {
      ...counts,
      successes: counts.steps.map((step, index) => (counts.n[index] ?? NaN) * rateAt(step)),
    };
    const best = binomialLogLikelihood(expected, rateAt);
    const constant = pooledRate(expected);
    const overConstant = (2 * (best - binomialLogLikelihood(expected, () => constant))) / scatter;
    const overLine = (2 * (best - fitLine(expected).logLikelihood)) / noise.longRunVariance;
    const overWalk = evidenceOverWalk(expected, curve) / scatter;
    if (
      exceeded(overConstant) - 3 * price >= limits.minimumEvidence &&
      exceeded(overLine) - 2 * price >= limits.minimumEvidenceOverLine &&
      exceeded(overWalk) >= limits.minimumEvidenceOverWalk
    ) {
      return { event: `a rise of ${rise} points half-way`, size: rise, percent: fairPower };
    }
  }
  return null;
}
