import { cosineBetween } from "../../linalg/innerProduct.js";

/** A linear combination of positions of a path, whose weights add up to 0. */
export type Combination = readonly {
  readonly weight: number;
  /** Where on the path, in units of its usual spacing. */
  readonly at: number;
}[];

/** Mean square of how far apart two positions of a noise are, as a function of the units between them. */
export type StructureFunction = (units: number) => number;

/**
 * Noise that accumulates in increments of variance 1, each correlated with the one a unit before as in a first-order
 * autoregression.
 */
export function walkStructure(correlation: number): StructureFunction {
  const rest = 1 - correlation;
  return (units) =>
    units === 0
      ? 0
      : (units * (1 + correlation)) / rest - (2 * correlation * (1 - correlation ** units)) / rest ** 2;
}

/** Independent noise of variance 1 about every position. */
export const jitterStructure: StructureFunction = (units) => (units === 0 ? 0 : 2);

/** Covariance of two combinations of positions under a noise. */
export function covarianceOf(structure: StructureFunction, one: Combination, other: Combination): number {
  let sum = 0;
  for (const left of one) {
    for (const right of other) {
      sum -= (left.weight * right.weight * structure(Math.abs(left.at - right.at))) / 2;
    }
  }
  return sum;
}

/** Correlations tried, of neighbouring increments. */
const correlations = Array.from({ length: 20 }, (_, index) => 0.05 * index);

/** Shares of the jitter in the variance of the noise tried. */
const jitterShares = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1];

/** Distances, in intervals, over which residuals are compared. */
const lags = [1, 2, 3];

/** Pairs of residuals compared at a distance, at most. */
const mostPairs = 200;

/**
 * Estimates how much an increment of a path's noise is like the one before it: the correlation of a first-order
 * autoregression, from the angles between residuals one to three intervals apart.
 *
 * What smoothing takes from the residuals is taken into account exactly, steps that are missing included: the angles
 * are compared with those that every correlation and every share of jitter would make of the same combinations. None is
 * assumed where that explains them; else the largest that explains them within their error, which is the cautious one.
 * Angles and not products, so that a single event does not count for more than its few intervals.
 *
 * @param combinations what every residual is made of
 * @param dimension over which the noise is spread
 */
export function incrementCorrelation(
  residuals: readonly Float64Array[],
  combinations: readonly Combination[],
  dimension: number,
): number {
  const stride = Math.max(1, Math.ceil(residuals.length / mostPairs));
  const firsts = residuals.flatMap((_, index) => (index % stride === 0 ? [index] : []));
  const measured = lags.map((lag) => {
    const cosines = firsts.flatMap((index) => {
      const [one, other] = [residuals[index], residuals[index + lag]];
      const cosine = one === undefined || other === undefined ? NaN : cosineBetween(one, other);
      return Number.isFinite(cosine) ? [cosine] : [];
    });
    const mean = cosines.reduce((sum, each) => sum + each, 0) / cosines.length;
    return { lag, correlation: correlationOfCosine(mean, dimension), count: cosines.length };
  });
  if (!measured.every(({ correlation }) => Number.isFinite(correlation))) return 0;
  const ofJitter = covariancesAt(jitterStructure, combinations, firsts);
  const fits = correlations.map((correlation) => {
    const ofWalk = covariancesAt(walkStructure(correlation), combinations, firsts);
    const misfits = jitterShares.map((share) =>
      measured.reduce((sum, each, place) => {
        const expected = expectedCorrelation(ofWalk, ofJitter, share, place);
        return sum + each.count * dimension * (each.correlation - expected) ** 2;
      }, 0),
    );
    return { correlation, misfit: Math.min(...misfits) };
  });
  const least = Math.min(...fits.map(({ misfit }) => misfit));
  // Jitter hides what increments remember: where none explains the angles as well, none is assumed.
  if ((fits[0]?.misfit ?? NaN) <= least + 3) return 0;
  return fits.findLast(({ misfit }) => misfit <= least + 0.5)?.correlation ?? 0;
}

/** Variance of the residuals at some places, and their covariances with those one, two and three intervals on. */
interface Covariances {
  readonly variances: readonly number[];
  readonly later: readonly (readonly number[])[];
  readonly covariances: readonly (readonly number[])[];
}

function covariancesAt(
  structure: StructureFunction,
  combinations: readonly Combination[],
  firsts: readonly number[],
): Covariances {
  const between = (one: number, other: number): number => {
    const [left, right] = [combinations[one], combinations[other]];
    return left === undefined || right === undefined ? NaN : covarianceOf(structure, left, right);
  };
  const variances = combinations.map((_, index) => between(index, index));
  return {
    variances: firsts.map((index) => variances[index] ?? NaN),
    later: lags.map((lag) => firsts.map((index) => variances[index + lag] ?? NaN)),
    covariances: lags.map((lag) => firsts.map((index) => between(index, index + lag))),
  };
}

/** Mean correlation of residuals at one distance, of a noise that is jitter by a share. */
function expectedCorrelation(walk: Covariances, jitter: Covariances, share: number, place: number): number {
  let sum = 0;
  let count = 0;
  for (const [index, variance] of walk.variances.entries()) {
    const mixed = (ofWalk = NaN, ofJitter = NaN): number => (1 - share) * ofWalk + (share * ofJitter) / 2;
    const here = mixed(variance, jitter.variances[index]);
    const there = mixed(walk.later[place]?.[index], jitter.later[place]?.[index]);
    const both = mixed(walk.covariances[place]?.[index], jitter.covariances[place]?.[index]);
    const correlation = both / Math.sqrt(here * there);
    if (!Number.isFinite(correlation)) continue;
    sum += correlation;
    count++;
  }
  return count > 0 ? sum / count : NaN;
}

/**
 * The correlation of two normal vectors, coordinate by coordinate, from the mean cosine between them, which is lower:
 * that of signs in one dimension, and hardly lower in many.
 */
function correlationOfCosine(cosine: number, dimension: number): number {
  if (!Number.isFinite(cosine)) return NaN;
  let [low, high] = [0, 1];
  for (let round = 0; round < 40; round++) {
    const middle = (low + high) / 2;
    if (meanCosine(middle, dimension) < Math.abs(cosine)) low = middle;
    else high = middle;
  }
  return Math.sign(cosine) * low;
}

/** Mean cosine between two normal vectors whose coordinates are correlated (Gauss's hypergeometric series). */
function meanCosine(correlation: number, dimension: number): number {
  let term = 1;
  let sum = 0;
  for (let order = 0; order < 200 && term > 1e-9; order++) {
    sum += term;
    term *= ((order + 0.5) ** 2 / ((order + dimension / 2 + 1) * (order + 1))) * correlation ** 2;
  }
  return correlation * leadingFactor(dimension) * sum;
}

/** (2/D)·(Γ((D + 1)/2)/Γ(D/2))², by recursion from D = 1 and D = 2. */
function leadingFactor(dimension: number): number {
  let ratio = dimension % 2 === 1 ? 1 / Math.sqrt(Math.PI) : Math.sqrt(Math.PI) / 2;
  for (let each = dimension % 2 === 1 ? 1 : 2; each < dimension; each += 2) ratio *= (each + 1) / each;
  return (2 / dimension) * ratio ** 2;
}
