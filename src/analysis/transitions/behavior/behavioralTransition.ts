import type { BehaviorCurve } from "../../behavior/behaviorCurve.js";
import {
  binomialLogLikelihood,
  fitLine,
  logisticRate,
  pooledRate,
  type LogisticCurve,
  type StepCounts,
  bestCurve,
  logisticProfile,
  midpointBound,
  tenToNinety,
  widthBound,
  type LogisticProfile,
} from "./logisticCurve.js";
import { cannotTell, doesNotTurn, found, type Sensitivity, type VerdictOf } from "../phaseTransition.js";
import type { Interval } from "../../statistics/quantile.js";
import { autocorrelation, correctedAutocorrelation } from "../../statistics/autoregression.js";
import { evidenceOverWalk } from "./walkingRate.js";
import { riseSensitivity } from "./riseSensitivity.js";

/** Settings of the test of whether behaviour turns. */
export interface BehavioralTransitionOptions {
  readonly indicator?: "behavior" | "narrowBehavior";
  readonly scale?: number;
  /** Smallest rise that counts, in percentage points. @default 5 */
  readonly minimumRise?: number;
  /** The Bayesian information criterion must prefer the curve to a constant rate by this much. @default 10 */
  readonly minimumEvidence?: number;
  /** And to a straight line by this much: a steady rise is no transition. @default 10 */
  readonly minimumEvidenceOverLine?: number;
  /** And to a rate that wanders: one that goes up and down by itself must have been up somewhere. @default 10 */
  readonly minimumEvidenceOverWalk?: number;
}

export interface BehavioralFit {
  readonly midpoint: number;
  readonly interval: Interval;
  /** Steps from 10 to 90 % of the rise. */
  readonly width: number;
  /** From 0 where the rise may be sharper than the evaluated steps can tell; up to infinity where it may be any. */
  readonly widthInterval: Interval;
  /** In percent. */
  readonly floor: number;
  readonly plateau: number;
  /** Variance over the binomial one; where it is above 1, the intervals are widened by it and by the correlation. */
  readonly dispersion: number;
  /** Between the residuals of neighbouring steps; 0 where answers vary no more than binomially. */
  readonly correlation: number;
  /** Variance of slow movements of the rate over the binomial one: 1 where it scatters no more than binomially. */
  readonly longRunVariance: number;
  /** Twice the gain in log-likelihood over a constant rate, and the difference in BIC (positive: a transition). */
  readonly likelihoodRatio: number;
  readonly evidence: number;
  /** Difference in BIC to the best straight line. */
  readonly evidenceOverLine: number;
  /** And to a rate that wanders as a random walk. */
  readonly evidenceOverWalk: number;
}

export interface BehavioralTransition {
  /** Null when there are fewer than five evaluated steps. */
  readonly fit: BehavioralFit | null;
  readonly verdict: VerdictOf<"behavior" | "narrowBehavior", BehavioralFit>;
}

/** Misaligned answers at each evaluated step, and the answers they are counted among. */
export type EvaluatedCounts = Pick<BehaviorCurve, "steps" | "misaligned" | "n">;

/** Share of the fitted rise that must have happened by the last step for its middle to be known. */
const completedShare = 0.8;
/** 95 % quantile of χ² with one degree of freedom. */
const chiSquared95 = 3.841458820694124;

/**
 * Fits the number of misaligned answers along training by a rising logistic between a floor and a plateau
 * (maximum likelihood, binomial counts) and compares it by the Bayesian information criterion with
 * a constant rate, a straight line and a random walk. The intervals
 * are the 95 % profile likelihoods of midpoint and width, with the likelihood divided by the dispersion and its correlation
 * where answers vary more than binomially.
 */
export function behavioralTransition(
  curve: EvaluatedCounts,
  options: BehavioralTransitionOptions = {},
): BehavioralTransition {
  const { indicator = "behavior", minimumRise = 5, minimumEvidence = 10, scale } = options;
  const { minimumEvidenceOverLine = 10, minimumEvidenceOverWalk = 10 } = options;
  const where = { indicator, ...(scale === undefined ? {} : { scale }) };
  const counts = evaluatedCounts(curve);
  if (counts.steps.length < 5) {
    const reason = `only ${counts.steps.length === 1 ? "1 step was" : `${counts.steps.length} steps were`} evaluated, a fit needs 5`;
    const remedy = "evaluate more checkpoints";
    return { fit: null, verdict: cannotTell({ ...where, reason, remedy }) };
  }
  const profile = logisticProfile(counts);
  const best = bestCurve(profile);
  const fit = summarizeFit(counts, profile, best);
  const evidence = fit;
  const rise = fit.plateau - fit.floor;
  const limits = { minimumEvidence, minimumEvidenceOverLine, minimumEvidenceOverWalk };
  const tested = (reason: string, known?: Sensitivity): BehavioralTransition => {
    const sensitivity = known ?? riseSensitivity(counts, fit, limits);
    if (sensitivity !== null) {
      return { fit, verdict: doesNotTurn({ ...where, reason, sensitivity, evidence }) };
    }
    return untold(reason, "ask for more answers at more checkpoints: of so few no rise would be found");
  };
  const untold = (reason: string, remedy: string): BehavioralTransition => {
    return { fit, verdict: cannotTell({ ...where, reason, remedy, evidence }) };
  };
  if (!(fit.evidence >= minimumEvidence)) {
    return tested(
      `a rising curve explains the answers no better than a constant rate (BIC gain ${fit.evidence.toFixed(1)})`,
    );
  }
  if (!(fit.evidenceOverLine >= minimumEvidenceOverLine)) {
    return tested(
      `a turn explains the answers no better than a steady rise (BIC gain ${fit.evidenceOverLine.toFixed(1)})`,
    );
  }
  if (!(fit.evidenceOverWalk >= minimumEvidenceOverWalk)) {
    return untold(
      `a turn explains the answers no better than a rate that wanders (BIC gain ${fit.evidenceOverWalk.toFixed(1)})`,
      `evaluate more checkpoints around step ${Math.round(fit.midpoint)}, or compare runs of several seeds`,
    );
  }
  if (!(rise >= minimumRise)) {
    const event = `a rise of ${minimumRise} points`;
    return tested(`the rate rises by ${rise.toFixed(1)} points only`, {
      event,
      size: minimumRise,
      percent: null,
    });
  }
  const last = counts.steps.at(-1) ?? NaN;
  const completed = 1 / (1 + Math.exp(((fit.midpoint - last) * tenToNinety) / fit.width));
  if (completed < completedShare) {
    return untold(
      `the rate is still rising at the last evaluated step (${last}), so that the level it rises to is not known`,
      "train on, or evaluate later checkpoints",
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

function evaluatedCounts(curve: EvaluatedCounts): StepCounts {
  const kept = curve.steps.map((_, index) => (curve.n[index] ?? 0) > 0);
  const take = (values: readonly number[]): number[] => values.filter((_, index) => kept[index]);
  return { steps: take(curve.steps), successes: take(curve.misaligned), n: take(curve.n) };
}

function summarizeFit(counts: StepCounts, profile: LogisticProfile, best: LogisticCurve): BehavioralFit {
  const { dispersion, correlation, longRunVariance } = rateNoise(pearsonResiduals(counts, best), 4);
  const limit = best.logLikelihood - (chiSquared95 / 2) * longRunVariance;
  // Between two evaluated steps a sharp rise fits equally well anywhere: take the middle of what fits best.
  const tied = best.logLikelihood - 0.05;
  const midpoint = (midpointBound(profile, best, tied, -1) + midpointBound(profile, best, tied, 1)) / 2;
  const constantRate = pooledRate(counts);
  const constant = binomialLogLikelihood(counts, () => constantRate);
  const likelihoodRatio = 2 * (best.logLikelihood - constant);
  const overLine = 2 * (best.logLikelihood - fitLine(counts).logLikelihood);
  const scatter = Math.max(1, dispersion);
  return {
    midpoint,
    interval: [midpointBound(profile, best, limit, -1), midpointBound(profile, best, limit, 1)],
    width: tenToNinety * best.width,
    widthInterval: [
      tenToNinety * widthBound(profile, best, limit, -1),
      tenToNinety * widthBound(profile, best, limit, 1),
    ],
    floor: 100 * best.floor,
    plateau: 100 * best.plateau,
    dispersion,
    correlation,
    longRunVariance,
    likelihoodRatio,
    // Three more parameters than the constant rate, two more than the line; the steps are the observations.
    evidence: likelihoodRatio / scatter - 3 * Math.log(counts.steps.length),
    // What a line leaves of correlated rates looks like a turn: a line is told from one by slow movements alone.
    evidenceOverLine: overLine / longRunVariance - 2 * Math.log(counts.steps.length),
    evidenceOverWalk: evidenceOverWalk(counts, best),
  };
}

/** What is left of each count, in its binomial deviation. */
function pearsonResiduals(counts: StepCounts, curve: LogisticCurve): number[] {
  return counts.steps.map((step, index) => {
    const n = counts.n[index] ?? NaN;
    const rate = logisticRate(curve, step);
    // Half an answer keeps rates of exactly 0 or 1 from dividing by nothing.
    const probability = (rate * n + 0.5) / (n + 1);
    return ((counts.successes[index] ?? NaN) - n * rate) / Math.sqrt(n * probability * (1 - probability));
  });
}

/** How rates scatter about a fitted curve. */
interface RateNoise {
  /** Variance over the binomial one. */
  readonly dispersion: number;
  /** Between neighbouring steps, corrected for what the fit took; 0 where rates scatter no more than binomially. */
  readonly correlation: number;
  /** By how much the curve's place and width are known less: 1 where rates scatter no more than binomially. */
  readonly longRunVariance: number;
}

/** Where neighbours are more alike than this, the run is too short to say how much more. */
const mostCorrelation = 0.9;

/**
 * The noise in Pearson residuals, one a step in order. Checkpoints asked with the same random numbers, and weights that move
 * little by little, make neighbouring rates alike, so that many steps say less than their number. The excess over the binomial
 * variance is taken as a first-order autoregression, whose long-run variance is (1 + ρ)/(1 − ρ) times its own.
 *
 * @param parameters of the fitted curve
 */
function rateNoise(residuals: readonly number[], parameters: number): RateNoise {
  const count = residuals.length;
  const squares = residuals.reduce((sum, value) => sum + value * value, 0);
  const dispersion = squares / Math.max(1, count - parameters);
  if (!(dispersion > 1)) return { dispersion, correlation: 0, longRunVariance: 1 };
  const correlation = correctedAutocorrelation(autocorrelation(residuals), parameters, count);
  // The binomial part is independent and dilutes the correlation of the rest.
  const ofRest = Math.min(mostCorrelation, (correlation * dispersion) / (dispersion - 1));
  const longRunVariance = 1 + ((dispersion - 1) * (1 + ofRest)) / (1 - ofRest);
  return { dispersion, correlation, longRunVariance };
}
