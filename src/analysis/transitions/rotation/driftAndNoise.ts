import { cosineBetween, innerProduct } from "../../linalg/innerProduct.js";
import { median } from "../../statistics/quantile.js";
import type { DirectionTrajectory } from "../../geometry/trajectory.js";
import { stepSpacing } from "../../series/stepSeries.js";
import {
  covarianceOf,
  incrementCorrelation,
  jitterStructure,
  walkStructure,
  type Combination,
  type StructureFunction,
} from "./noiseMemory.js";

/** Movement between two neighbouring checkpoints, taken apart: what is directed, and two kinds of noise. */
export interface DriftAndNoise {
  /** The stored steps; all lists below have one entry less, one for each interval between them. */
  readonly steps: readonly number[];
  /** Length of every interval in units of the usual spacing: above 1 where a step is missing. */
  readonly units: readonly number[];
  /** Length of the directed movement over the interval. */
  readonly directed: readonly number[];
  /** Variance (summed over dimensions), in one unit, of noise that accumulates, as in a random walk. */
  readonly walkVariance: readonly number[];
  /** Of the accumulating noise of one unit with that of the unit before. */
  readonly walkCorrelation: number;
  /** Variance (summed over dimensions) of noise about the path that does not accumulate. */
  readonly jitterVariance: readonly number[];
  /** Number of dimensions over which the noise is spread. */
  readonly noiseDimension: number;
}

/** Intervals averaged on either side to estimate the directed movement. */
const halfWidth = 3;

/** Intervals on either side whose median gives the local size of the noise. */
const noiseHalfWidth = 10;

/** Options of the split. */
export interface DriftAndNoiseOptions {
  /** Whether an increment of the noise may be like the one before. @default true */
  readonly hasMemory?: boolean;
}

/**
 * Splits the movement of a trajectory into a smooth part and noise, interval by interval.
 *
 * The smooth part is the mean displacement over seven intervals. Of what remains, only the part across the
 * direction of movement counts as noise: a run that speeds up or slows down leaves a remainder along it. Its angles
 * say how much the increments of the noise remember (`incrementCorrelation`). Its variance and its covariance between
 * neighbours separate noise that accumulates from jitter, whose increments undo each other (`separated`). Medians over
 * twenty-one intervals keep a single event, such as the turn itself, from counting as noise.
 *
 * What smoothing does to either noise is worked out for the steps that are stored, so that missing ones are allowed for.
 */
export function driftAndNoise(
  trajectory: DirectionTrajectory,
  { hasMemory = true }: DriftAndNoiseOptions = {},
): DriftAndNoise {
  const { steps } = trajectory;
  const movement = smoothMovement(trajectory);
  const residuals = movement.map(({ residual }) => residual);
  const [start = 0] = steps;
  const spacing = stepSpacing(steps);
  const places = steps.map((step) => (step - start) / spacing);
  const combinations = movement.map(({ first, last }, index) =>
    residualCombination(places, index, first, last),
  );
  // One dimension more than across the movement, and as much noise in it as in each of the others.
  const acrossDimension = spreadOfNoise(residuals, trajectory.vectors[0]?.length ?? 0);
  const noiseDimension = acrossDimension + 1;
  // The median of a sum of n squared normal deviates lies below its mean by about this factor.
  const medianFactor = (1 - 2 / (9 * acrossDimension)) ** 3 * (acrossDimension / noiseDimension);
  const walkCorrelation = hasMemory ? incrementCorrelation(residuals, combinations, acrossDimension) : 0;
  const walk = walkStructure(walkCorrelation);
  const shares = separation(combinations, walk);
  const squares = residuals.map(
    (residual, index) => innerProduct(residual, residual) / (medianFactor * (shares.scale[index] ?? NaN)),
  );
  const products = residuals.map((residual, index) => {
    const next = residuals[index + 1];
    if (next === undefined) return NaN;
    const scale = Math.sqrt((shares.scale[index] ?? NaN) * (shares.scale[index + 1] ?? NaN));
    return (innerProduct(residual, next) * noiseDimension) / (acrossDimension * scale);
  });
  const noises = residuals.map((_, index) =>
    separated(localMedian(squares, index), localMedian(products, index), {
      ofJitter: localMean(shares.ofJitter, index),
      walkProduct: localMean(shares.walkProduct, index),
      jitterProduct: localMean(shares.jitterProduct, index),
    }),
  );
  const directed = movement.map(({ smooth, first, last }, index) => {
    const noise = noises[index] ?? { walk: 0, jitter: 0 };
    const length = (places[last] ?? NaN) - (places[first] ?? NaN);
    const share = ((places[index + 1] ?? NaN) - (places[index] ?? NaN)) / length;
    const ofNoise = noise.walk * walk(length) + noise.jitter * jitterStructure(length);
    return Math.sqrt(Math.max(0, innerProduct(smooth, smooth) - share ** 2 * ofNoise));
  });
  return {
    steps,
    units: places.slice(1).map((place, index) => place - (places[index] ?? NaN)),
    directed,
    walkVariance: noises.map((noise) => noise.walk),
    walkCorrelation,
    jitterVariance: noises.map((noise) => noise.jitter),
    noiseDimension,
  };
}

/** What is left of an interval's movement when its share of the movement between two stored steps is taken away. */
function residualCombination(
  places: readonly number[],
  index: number,
  first: number,
  last: number,
): Combination {
  const [from = NaN, to = NaN] = [places[index], places[index + 1]];
  const [begin = NaN, end = NaN] = [places[first], places[last]];
  const share = (to - from) / (end - begin);
  return [
    { weight: 1, at: to },
    { weight: -1, at: from },
    { weight: -share, at: end },
    { weight: share, at: begin },
  ];
}

/** What the variance of a residual, and its covariance with the next one, are made of; over the variance by a walk. */
interface Separation {
  /** Variance that a walk of variance 1 leaves: at least half an interval's, where there is nothing to smooth. */
  readonly scale: readonly number[];
  readonly ofJitter: readonly number[];
  readonly walkProduct: readonly number[];
  readonly jitterProduct: readonly number[];
}

function separation(combinations: readonly Combination[], walk: StructureFunction): Separation {
  const scale = combinations.map((each) => {
    const [to, from] = each;
    const whole = walk(Math.abs((to?.at ?? NaN) - (from?.at ?? NaN)));
    return Math.max(covarianceOf(walk, each, each), smallestShare * whole);
  });
  const product = (structure: StructureFunction): number[] =>
    combinations.slice(1).map((each, index) => {
      const before = combinations[index] ?? each;
      return (
        covarianceOf(structure, before, each) / Math.sqrt((scale[index] ?? NaN) * (scale[index + 1] ?? NaN))
      );
    });
  return {
    scale,
    ofJitter: combinations.map(
      (each, index) => covarianceOf(jitterStructure, each, each) / (scale[index] ?? NaN),
    ),
    walkProduct: product(walk),
    jitterProduct: product(jitterStructure),
  };
}

/** Of an interval's variance, what smoothing is taken to leave at least. */
const smallestShare = 0.02;

/**
 * Variances of accumulating noise w and of jitter j from the variance w + a·j and the covariance between neighbours
 * b·w + c·j of what smoothing leaves. Neither is negative.
 */
function separated(
  variance: number,
  covariance: number,
  shares: { readonly ofJitter: number; readonly walkProduct: number; readonly jitterProduct: number },
): { walk: number; jitter: number } {
  const { ofJitter, walkProduct, jitterProduct } = shares;
  const determinant = jitterProduct - ofJitter * walkProduct;
  const jitter = (covariance - walkProduct * variance) / determinant;
  const walk = variance - ofJitter * jitter;
  // Of few increments the two cannot be told apart; accumulating noise is the more cautious reading.
  if (!(determinant < 0) || !(jitter >= 0)) return { walk: variance, jitter: 0 };
  return walk <= 0 ? { walk: 0, jitter: variance / ofJitter } : { walk, jitter };
}

/** The movement over one interval between stored steps: its smooth part, and what of the rest lies across it. */
export interface SmoothMovement {
  readonly smooth: Float64Array;
  readonly residual: Float64Array;
  /** Positions in the list of steps between which the movement was averaged. */
  readonly first: number;
  readonly last: number;
}

/** Every interval's movement, its smooth part the mean over seven intervals. */
export function smoothMovement({ steps, vectors }: DirectionTrajectory): SmoothMovement[] {
  return vectors.slice(1).map((to, index) => {
    const from = vectors[index] ?? to;
    const { velocity, first, last } = meanVelocity(steps, vectors, index);
    const duration = (steps[index + 1] ?? NaN) - (steps[index] ?? NaN);
    // Plain loops: mapping arrays takes several times as long, and trajectories have millions of entries.
    const smooth = new Float64Array(to.length);
    const residual = new Float64Array(to.length);
    for (let column = 0; column < smooth.length; column++) {
      const directed = duration * (velocity[column] ?? NaN);
      smooth[column] = directed;
      residual[column] = (to[column] ?? NaN) - (from[column] ?? NaN) - directed;
    }
    removeAlong(residual, velocity);
    return { smooth, residual, first, last };
  });
}

/** Leaves of a vector what is perpendicular to a direction; all of it where the direction is zero. */
function removeAlong(vector: Float64Array, direction: Float64Array): void {
  const squared = innerProduct(direction, direction);
  if (!(squared > 0)) return;
  const share = innerProduct(vector, direction) / squared;
  for (let column = 0; column < vector.length; column++)
    vector[column] = (vector[column] ?? NaN) - share * (direction[column] ?? NaN);
}

/** Mean displacement per step over an interval and its neighbours, and between which positions. */
function meanVelocity(
  steps: readonly number[],
  vectors: readonly Float32Array[],
  index: number,
): { velocity: Float64Array; first: number; last: number } {
  const first = Math.max(0, index - halfWidth);
  const last = Math.min(vectors.length - 1, index + halfWidth + 1);
  const [from, to] = [vectors[first], vectors[last]];
  const duration = (steps[last] ?? NaN) - (steps[first] ?? NaN);
  const velocity = new Float64Array(to?.length ?? 0);
  if (from === undefined || to === undefined) return { velocity, first, last };
  for (let column = 0; column < velocity.length; column++)
    velocity[column] = ((to[column] ?? NaN) - (from[column] ?? NaN)) / duration;
  return { velocity, first, last };
}

function localMedian(values: readonly number[], index: number): number {
  const value = median(values.slice(Math.max(0, index - noiseHalfWidth), index + noiseHalfWidth + 1));
  return Number.isFinite(value) ? value : 0;
}

function localMean(values: readonly number[], index: number): number {
  const near = values.slice(Math.max(0, index - noiseHalfWidth), index + noiseHalfWidth + 1);
  return near.reduce((sum, value) => sum + value, 0) / near.length;
}

/**
 * Number of dimensions D over which the noise is spread: independent directions in D dimensions have a mean
 * squared cosine of 1/D. Bounded to [1, 63]; beyond that the angle hardly fluctuates.
 */
function spreadOfNoise(residuals: readonly Float64Array[], dimension: number): number {
  const distance = 2 * halfWidth + 2;
  // A fixed sample of pairs is enough for a mean and keeps long runs cheap.
  const stride = Math.max(1, Math.ceil(residuals.length / 60));
  let sum = 0;
  let pairs = 0;
  for (let left = 0; left < residuals.length; left += stride) {
    for (let right = left + distance; right < residuals.length; right += stride) {
      const first = residuals[left];
      const second = residuals[right];
      if (first === undefined || second === undefined) continue;
      const cosine = cosineBetween(first, second);
      if (!Number.isFinite(cosine)) continue;
      sum += cosine * cosine;
      pairs++;
    }
  }
  const spread = pairs > 0 ? pairs / sum : dimension;
  return Math.max(1, Math.min(63, Math.round(spread)));
}
