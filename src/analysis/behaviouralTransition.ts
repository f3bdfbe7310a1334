import type { BehaviourCurve } from "./behaviour.js";
import {
  binomialLogLikelihood,
  fitLevels,
  logisticRate,
  type LogisticCurve,
  type StepCounts,
} from "./logisticCurve.js";
import { found, notFound, type TransitionVerdict } from "./phaseTransition.js";
import { stepSpacing, type Interval } from "./stepSeries.js";

export interface BehaviouralTransitionOptions {
  readonly indicator?: "behaviour" | "narrowBehaviour";
  readonly scale?: number;
  /** Smallest rise that counts, in percentage points. @default 5 */
  readonly minimumRise?: number;
  /** The Bayesian information criterion must prefer the curve to a constant rate by this much. @default 10 */
  readonly minimumEvidence?: number;
}

export interface BehaviouralFit {
  readonly midpoint: number;
  readonly interval: Interval;
  /** Steps from 10 to 90 % of the rise. */
  readonly width: number;
  /** In percent. */
  readonly floor: number;
  readonly plateau: number;
  /** Variance over the binomial one; the interval is widened by it when above 1. */
  readonly dispersion: number;
  /** Twice the gain in log-likelihood over a constant rate, and the difference in BIC (positive: a transition). */
  readonly likelihoodRatio: number;
  readonly evidence: number;
}

export interface BehaviouralTransition {
  /** Null when there are fewer than five evaluated steps. */
  readonly fit: BehaviouralFit | null;
  readonly verdict: TransitionVerdict;
}

/** 10 to 90 % of a logistic of scale 1. */
const tenToNinety = 2 * Math.log(9);
/** 95 % quantile of χ² with one degree of freedom. */
const chiSquared95 = 3.841458820694124;

/**
 * Fits the number of misaligned answers along training by a rising logistic between a floor and a plateau
 * (maximum likelihood, binomial counts) and compares it with a constant rate. The interval is the 95 % profile
 * likelihood of the midpoint, with the likelihood divided by the dispersion where answers vary more than
 * binomially.
 */
export function behaviouralTransition(
  curve: BehaviourCurve,
  options: BehaviouralTransitionOptions = {},
): BehaviouralTransition {
  const { indicator = "behaviour", minimumRise = 5, minimumEvidence = 10, scale } = options;
  const where = { indicator, ...(scale === undefined ? {} : { scale }) };
  const counts = evaluatedCounts(curve);
  if (counts.steps.length < 5) {
    const reason = `only ${counts.steps.length} steps were evaluated, a fit needs 5`;
    return { fit: null, verdict: notFound({ ...where, reason }) };
  }
  const profile = profileOverMidpoint(counts);
  const best = profile.reduce((highest, each) =>
    each.logLikelihood > highest.logLikelihood ? each : highest,
  );
  const fit = summariseFit(counts, profile, best);
  const evidence = { ...fit };
  const rise = fit.plateau - fit.floor;
  const refuse = (reason: string): BehaviouralTransition => {
    return { fit, verdict: notFound({ ...where, reason, evidence }) };
  };
  if (!(fit.evidence >= minimumEvidence)) {
    return refuse(
      `a rising curve explains the answers no better than a constant rate (BIC gain ${fit.evidence.toFixed(1)})`,
    );
  }
  if (!(rise >= minimumRise)) {
    return refuse(`the rate rises by ${rise.toFixed(1)} points only`);
  }
  const last = counts.steps.at(-1) ?? NaN;
  if (fit.midpoint >= last - stepSpacing(counts.steps) / 2) {
    return refuse(`the rate is still rising at the last evaluated step (${last})`);
  }
  return {
    fit,
    verdict: found({
      ...where,
      step: Math.round(fit.midpoint),
      interval: fit.interval,
      method:
        "midpoint of a binomial logistic fit; interval: 95 % profile likelihood; prominence: rise in percentage points",
      prominence: rise,
      evidence,
    }),
  };
}

function evaluatedCounts(curve: BehaviourCurve): StepCounts {
  const kept = curve.steps.map((_, index) => (curve.n[index] ?? 0) > 0);
  const take = (values: readonly number[]): number[] => values.filter((_, index) => kept[index]);
  return { steps: take(curve.steps), successes: take(curve.misaligned), n: take(curve.n) };
}

/** The best curve for every midpoint on a fine grid over the run. */
function profileOverMidpoint(counts: StepCounts): LogisticCurve[] {
  const first = counts.steps[0] ?? NaN;
  const last = counts.steps.at(-1) ?? NaN;
  const spacing = stepSpacing(counts.steps);
  const points = Math.min(400, Math.max(80, Math.round((4 * (last - first)) / spacing)));
  // Half a spacing from 10 to 90 % is as sharp as the evaluated steps can tell.
  const narrowest = spacing / 2 / tenToNinety;
  const widest = (last - first) / 2;
  const widthCount = 14;
  return Array.from({ length: points + 1 }, (_, point) => {
    const midpoint = first + ((last - first) * point) / points;
    const start = { floor: 0.02, plateau: 0.9 };
    let best: LogisticCurve | null = null;
    for (let index = 0; index < widthCount; index++) {
      const width = narrowest * (widest / narrowest) ** (index / (widthCount - 1));
      const curve = fitLevels(counts, midpoint, width, best ?? start);
      if (best === null || curve.logLikelihood > best.logLikelihood) best = curve;
    }
    return best ?? { ...start, midpoint, width: widest, logLikelihood: -Infinity };
  });
}

function summariseFit(
  counts: StepCounts,
  profile: readonly LogisticCurve[],
  best: LogisticCurve,
): BehaviouralFit {
  const dispersion = pearsonDispersion(counts, best);
  const limit = best.logLikelihood - (chiSquared95 / 2) * Math.max(1, dispersion);
  const inside = profile.filter((curve) => curve.logLikelihood >= limit).map((curve) => curve.midpoint);
  // Between two evaluated steps a sharp rise fits equally well anywhere: take the middle of what fits best.
  const ties = profile
    .filter((curve) => curve.logLikelihood > best.logLikelihood - 0.01)
    .map((curve) => curve.midpoint);
  const total = counts.n.reduce((sum, n) => sum + n, 0);
  const constantRate = counts.successes.reduce((sum, count) => sum + count, 0) / total;
  const constant = binomialLogLikelihood(counts, () => constantRate);
  const likelihoodRatio = 2 * (best.logLikelihood - constant);
  return {
    midpoint: ((ties[0] ?? NaN) + (ties.at(-1) ?? NaN)) / 2,
    interval: [inside[0] ?? NaN, inside.at(-1) ?? NaN],
    width: tenToNinety * best.width,
    floor: 100 * best.floor,
    plateau: 100 * best.plateau,
    dispersion,
    likelihoodRatio,
    // Three more parameters than the constant rate; the steps are the observations.
    evidence: likelihoodRatio / Math.max(1, dispersion) - 3 * Math.log(counts.steps.length),
  };
}

/** Pearson's χ² over its degrees of freedom. */
function pearsonDispersion(counts: StepCounts, curve: LogisticCurve): number {
  let sum = 0;
  for (const [index, step] of counts.steps.entries()) {
    const n = counts.n[index] ?? NaN;
    // Half an answer keeps rates of exactly 0 or 1 from dividing by nothing.
    const probability = (logisticRate(curve, step) * n + 0.5) / (n + 1);
    sum +=
      ((counts.successes[index] ?? NaN) - n * logisticRate(curve, step)) ** 2 /
      (n * probability * (1 - probability));
  }
  return sum / Math.max(1, counts.steps.length - 4);
}
