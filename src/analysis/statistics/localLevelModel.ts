import type { Random } from "../../tensor/random.js";
import { finiteValues, median } from "./quantile.js";

/** A random walk observed with independent noise, the local level model (Harvey 1989, section 2.1). */
export interface LocalLevelModel {
  /** Variance of a step of the walk, and of the observation noise. */
  readonly walkVariance: number;
  readonly noiseVariance: number;
}

/** Differences over this many observations measure the walk. */
const longLag = 10;
const shortLag = 2;

/**
 * The local level model of a series. Differences over L observations have variance L·w + 2e: two lags give the
 * walk's w, second differences the noise e. Medians of absolute differences keep an event that fills less than
 * half of the run from counting as either.
 */
export function localLevelModel(values: readonly number[]): LocalLevelModel {
  const walkVariance = Math.max(
    0,
    (differenceVariance(values, longLag) - differenceVariance(values, shortLag)) / (longLag - shortLag),
  );
  const noiseVariance = Math.max(0, secondDifferenceVariance(values) - walkVariance / 3);
  return { walkVariance, noiseVariance };
}

/** Estimates how much a series moves over ten observations: a standard deviation, from the median. */
export function levelScale(values: ArrayLike<number>): number {
  return Math.sqrt(differenceVariance(values, longLag));
}

/**
 * One series of the model.
 *
 * @param ages how far every observation lies from the one before, in steps of the walk: over what is missing it goes on
 */
export function drawLevel(model: LocalLevelModel, ages: readonly number[], random: Random): Float64Array {
  const walk = Math.sqrt(model.walkVariance);
  const noise = Math.sqrt(model.noiseVariance);
  let level = 0;
  const values = new Float64Array(ages.length);
  for (const [index, age] of ages.entries()) {
    level += Math.sqrt(age) * walk * random.normal();
    values[index] = level + noise * random.normal();
  }
  return values;
}

function differenceVariance(values: ArrayLike<number>, lag: number): number {
  const differences = new Float64Array(Math.max(0, values.length - lag));
  for (let index = 0; index < differences.length; index++) {
    differences[index] = Math.abs((values[index + lag] ?? NaN) - (values[index] ?? NaN));
  }
  differences.sort();
  const middle = (differences.length - 1) / 2;
  const median = ((differences[Math.floor(middle)] ?? NaN) + (differences[Math.ceil(middle)] ?? NaN)) / 2;
  // The median of |N(0, 1)|.
  return (median / 0.6744897501960817) ** 2;
}

/**
 * Variance of the noise of a series whose level moves slowly: from the median absolute second difference, which
 * neither a slope nor single jumps enter. Assumes noise that is independent between observations.
 */
export function secondDifferenceVariance(values: readonly number[]): number {
  const differences = values.map(
    (value, index) => value - 2 * (values[index + 1] ?? NaN) + (values[index + 2] ?? NaN),
  );
  // The median of |N(0, 1)| is 0.6745, and a second difference has six times the variance.
  return (median(finiteValues(differences).map(Math.abs)) / 0.6744897501960817) ** 2 / 6;
}
