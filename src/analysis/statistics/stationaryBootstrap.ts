import type { Random } from "../../tensor/random.js";

/**
 * Positions of one resample of a stationary series: blocks that begin anywhere, run on, wrap at the end, and have
 * geometric lengths (the stationary bootstrap, Politis and Romano 1994, JASA 89). Neighbours stay neighbours
 * within a block, so that autocorrelation survives.
 *
 * @param count length of the series and of the resample.
 * @param meanLength mean length of a block, at least 1; 1 is the ordinary bootstrap.
 */
export function stationaryBootstrap(count: number, meanLength: number, random: Random): Int32Array {
  const positions = new Int32Array(count);
  let position = 0;
  for (let index = 0; index < count; index++) {
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
export function blockLength(values: readonly number[]): number {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const centred = values.map((value) => value - mean);
  const covarianceAt = (lag: number): number => {
    let sum = 0;
    for (let index = lag; index < count; index++) {
      sum += (centred[index] ?? NaN) * (centred[index - lag] ?? NaN);
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
