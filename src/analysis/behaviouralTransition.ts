import type { BehaviourCurve } from "./behaviour.js";
import {
  binomialLogLikelihood,
  fitLevels,
  logisticRate,
  pooledRate,
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
/** Share of the fitted rise that must have happened by the last step for its middle to be known. */
const completedShare = 0.8;
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
  const fit = summariseFit(counts, profile, bestCurve(profile));
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
  const completed = 1 / (1 + Math.exp(((fit.midpoint - last) * tenToNinety) / fit.width));
  if (completed < completedShare) {
    return refuse(
      `the rate is still rising at the last evaluated step (${last}), so that the level it rises to is not known`,
    );
  }
  return {
    fit,
    verdict: found({
      ...where,
      step: Math.round(fit.midpoint),
      // Whole steps, rounded outwards: the interval is never made to look sharper than it is.
      interval: [Math.floor(fit.interval[0]), Math.ceil(fit.interval[1])],
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

/** The likelihood maximised over everything but the midpoint. */
interface Profile {
  /** Searches the widths near that of a curve with a similar midpoint. */
  readonly near: (midpoint: number, similar: LogisticCurve) => LogisticCurve;
  readonly first: number;
  readonly last: number;
  /** Curves on an even grid over the run, each the best of all widths. */
  readonly grid: readonly LogisticCurve[];
}

/** Widths tried, evenly spaced on a logarithmic scale. */
const widthCount = 20;

function profileOverMidpoint(counts: StepCounts): Profile {
  const first = counts.steps[0] ?? NaN;
  const last = counts.steps.at(-1) ?? NaN;
  const spacing = stepSpacing(counts.steps);
  // Half a spacing from 10 to 90 % is as sharp as the evaluated steps can tell.
  const narrowest = spacing / 2 / tenToNinety;
  const widest = (last - first) / 2;
  const ratio = (widest / narrowest) ** (1 / (widthCount - 1));
  const start = { floor: 0.02, plateau: 0.9 };
  const at = (midpoint: number): LogisticCurve => {
    let best = fitLevels(counts, midpoint, narrowest, start);
    // Neighbouring widths have similar levels: each fit starts where the last one ended.
    let previous = best;
    for (let index = 1; index < widthCount; index++) {
      previous = fitLevels(counts, midpoint, narrowest * ratio ** index, previous);
      if (previous.logLikelihood > best.logLikelihood) best = previous;
    }
    return best;
  };
  const near = (midpoint: number, similar: LogisticCurve): LogisticCurve => {
    let best = fitLevels(counts, midpoint, similar.width, similar);
    for (const factor of [ratio, 1 / ratio]) {
      for (
        let width = best.width * factor;
        width > 0.99 * narrowest && width < 1.01 * widest;
        width *= factor
      ) {
        const next = fitLevels(counts, midpoint, width, best);
        if (next.logLikelihood <= best.logLikelihood) break;
        best = next;
      }
    }
    return best;
  };
  const points = Math.min(160, Math.max(60, Math.round((2 * (last - first)) / spacing)));
  const grid = Array.from({ length: points + 1 }, (_, point) =>
    at(first + ((last - first) * point) / points),
  );
  return { near, first, last, grid };
}

/** The best curve: the best of the grid, refined by golden-section search between its neighbours. */
function bestCurve(profile: Profile): LogisticCurve {
  const onGrid = profile.grid.reduce((best, each) => (each.logLikelihood > best.logLikelihood ? each : best));
  const gridSpacing = (profile.last - profile.first) / (profile.grid.length - 1);
  let low = Math.max(profile.first, onGrid.midpoint - gridSpacing);
  let high = Math.min(profile.last, onGrid.midpoint + gridSpacing);
  const ratio = (Math.sqrt(5) - 1) / 2;
  for (let iteration = 0; iteration < 12; iteration++) {
    const [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
    const [leftCurve, rightCurve] = [profile.near(left, onGrid), profile.near(right, onGrid)];
    if (leftCurve.logLikelihood >= rightCurve.logLikelihood) high = right;
    else low = left;
  }
  const refined = profile.near((low + high) / 2, onGrid);
  return refined.logLikelihood > onGrid.logLikelihood ? refined : onGrid;
}

/** How far from the best midpoint the profile likelihood stays above a limit, going one way. */
function profileBound(profile: Profile, best: LogisticCurve, limit: number, direction: -1 | 1): number {
  const outward = direction < 0 ? [...profile.grid].reverse() : profile.grid;
  let inside = best;
  let outside = NaN;
  for (const curve of outward) {
    if (direction * (curve.midpoint - best.midpoint) <= 0) continue;
    if (curve.logLikelihood < limit) {
      outside = curve.midpoint;
      break;
    }
    inside = curve;
  }
  if (Number.isNaN(outside)) return direction < 0 ? profile.first : profile.last;
  for (let iteration = 0; iteration < 10; iteration++) {
    const middle = profile.near((inside.midpoint + outside) / 2, inside);
    if (middle.logLikelihood >= limit) inside = middle;
    else outside = middle.midpoint;
  }
  return inside.midpoint;
}

function summariseFit(counts: StepCounts, profile: Profile, best: LogisticCurve): BehaviouralFit {
  const dispersion = pearsonDispersion(counts, best);
  const limit = best.logLikelihood - (chiSquared95 / 2) * Math.max(1, dispersion);
  // Between two evaluated steps a sharp rise fits equally well anywhere: take the middle of what fits best.
  const tied = best.logLikelihood - 0.05;
  const midpoint = (profileBound(profile, best, tied, -1) + profileBound(profile, best, tied, 1)) / 2;
  const constantRate = pooledRate(counts);
  const constant = binomialLogLikelihood(counts, () => constantRate);
  const likelihoodRatio = 2 * (best.logLikelihood - constant);
  return {
    midpoint,
    interval: [profileBound(profile, best, limit, -1), profileBound(profile, best, limit, 1)],
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
