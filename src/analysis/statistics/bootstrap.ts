import type { Random } from "../../tensor/random.js";
import { autocorrelation, correctedAutocorrelation, autoregressive } from "./autoregression.js";

export interface ResidualBootstrap {
  /** Lag-one autocorrelation, corrected for the bias of fitting. */
  readonly correlation: number;
  /** Mean block length for what the autocorrelation leaves. */
  readonly blockLength: number;
  /** One resample, as long as the residuals. */
  readonly draw: (random: Random) => Float64Array;
}

/** Steps left out at the beginning of a recoloured series, where it still depends on how it began. */
const burnIn = 50;

/**
 * Resamples the residuals of a fit so that they keep their autocorrelation: they are whitened by a first-order
 * autoregression, the remainders resampled in blocks (`stationaryBootstrap`), and coloured again (the post-blackened
 * bootstrap, Davison and Hinkley 1997, section 8.2.3). Blocks alone break slow noise at their seams and make
 * intervals too short.
 *
 * @param parameters how many the fit has: residuals are scaled up and their autocorrelation is corrected for it.
 */
export function residualBootstrap(residuals: readonly number[], parameters: number): ResidualBootstrap {
  const count = residuals.length;
  const scale = Math.sqrt(count / Math.max(1, count - parameters));
  const correlation = correctedAutocorrelation(autocorrelation(residuals), parameters, count);
  const whitened = residuals.slice(1).map((value, index) => value - correlation * (residuals[index] ?? NaN));
  const mean = whitened.reduce((sum, value) => sum + value, 0) / whitened.length;
  const innovations = whitened.map((value) => scale * (value - mean));
  const meanLength = blockLength(innovations);
  return {
    correlation,
    blockLength: meanLength,
    draw: (random) => {
      const values = new Float64Array(count);
      let level = 0;
      let left = burnIn;
      while (left > -count) {
        for (const position of stationaryBootstrap(innovations.length, meanLength, random)) {
          level = correlation * level + (innovations[position] ?? NaN);
          left--;
          if (left < 0 && left >= -count) values[-left - 1] = level;
        }
      }
      return values;
    },
  };
}

/**
 * Positions of one resample of a stationary series: blocks that begin anywhere, run on, wrap at the end, and have
 * geometric lengths (the stationary bootstrap, Politis and Romano 1994, JASA 89). Neighbours stay neighbours
 * within a block, so that autocorrelation survives.
 *
 * @param count length of the series.
 * @param meanLength mean length of a block, at least 1; 1 is the ordinary bootstrap.
 * @param length of the resample. @default that of the series
 */
export function stationaryBootstrap(
  count: number,
  meanLength: number,
  random: Random,
  length: number = count,
): Int32Array {
  const positions = new Int32Array(length);
  let position = 0;
  for (let index = 0; index < length; index++) {
    const begins = index === 0 || random.uniform() * meanLength < 1;
    position = begins ? random.integer(count) : (position + 1) % count;
    positions[index] = position;
  }
  return positions;
}

/**
 * The mean block length that suits the autocorrelation of a series (Politis and White 2004, Econometric Reviews 23,
 * as corrected by Patton, Politis and White 2009): autocovariances up to twice the lag beyond which five or more
 * autocorrelations in a row are insignificant, in a flat-top window. Between 1 and the smaller of 3√n and n/3; 1 for
 * a series that does not vary.
 */
function blockLength(values: readonly number[]): number {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const centered = values.map((value) => value - mean);
  const covarianceAt = (lag: number): number => {
    let sum = 0;
    for (let index = lag; index < count; index++) {
      sum += (centered[index] ?? NaN) * (centered[index - lag] ?? NaN);
    }
    return sum / count;
  };
  const variance = covarianceAt(0);
  if (!(variance > 0)) return 1;
  const run = Math.max(5, Math.ceil(Math.sqrt(Math.log10(count))));
  const furthest = Math.min(count - 1, Math.ceil(Math.sqrt(count)) + run);
  const threshold = 2 * Math.sqrt(Math.log10(count) / count);
  const covariances = Array.from({ length: furthest + 1 }, (_, lag) => covarianceAt(lag));
  const isSignificant = covariances.map((each) => Math.abs(each / variance) > threshold);
  let last = 0;
  for (let lag = 1; lag <= furthest - run + 1; lag++) {
    if (isSignificant.slice(lag, lag + run).some(Boolean)) last = lag;
    else break;
  }
  const bandwidth = Math.min(furthest, 2 * Math.max(1, last));
  let slope = 0;
  let spectrum = variance;
  for (let lag = 1; lag <= bandwidth; lag++) {
    const share = lag / bandwidth;
    const weight = share <= 0.5 ? 1 : 2 * (1 - share);
    const covariance = covariances[lag] ?? 0;
    slope += 2 * weight * lag * covariance;
    spectrum += 2 * weight * covariance;
  }
  if (!(spectrum > 0)) return 1;
  const optimal = ((2 * slope ** 2) / (2 * spectrum ** 2)) ** (1 / 3) * count ** (1 / 3);
  return Math.max(1, Math.min(optimal, Math.ceil(Math.min(3 * Math.sqrt(count), count / 3))));
}

/**
 * Resamples the residuals of a fit where they are: each is multiplied by a normal number, and neighbours' numbers are
 * correlated as the residuals are (the dependent wild bootstrap, Shao 2010, JASA 105). Unlike blocks it never carries
 * residuals elsewhere, so that what a fit misses of a sharp peak, or noise that is larger in one place, stays there.
 *
 * @param parameters how many the fit has: residuals are scaled up and their autocorrelation is corrected for it.
 */
export function wildBootstrap(
  residuals: readonly number[],
  parameters: number,
): (random: Random) => number[] {
  const count = residuals.length;
  const scale = Math.sqrt(count / Math.max(1, count - parameters));
  const correlation = correctedAutocorrelation(autocorrelation(residuals), parameters, count);
  return (random) =>
    autoregressive(count, correlation, scale, random).map(
      (factor, index) => factor * (residuals[index] ?? NaN),
    );
}
