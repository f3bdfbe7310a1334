import type { Random } from "../../tensor/random.js";

/** Lag-one autocorrelation about the mean; 0 for a series that does not vary. */
export function autocorrelation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let product = 0;
  let squared = 0;
  for (let index = 0; index < values.length; index++) {
    const here = (values[index] ?? NaN) - mean;
    squared += here * here;
    if (index > 0) product += here * ((values[index - 1] ?? NaN) - mean);
  }
  return squared > 0 ? product / squared : 0;
}

/**
 * A series of first-order autoregressive normal noise, begun in its stationary distribution; with a correlation of
 * 1, a random walk from 0 whose increments have the given deviation.
 */
export function autoregressive(
  count: number,
  correlation: number,
  deviation: number,
  random: Random,
): number[] {
  const innovation = correlation === 1 ? deviation : deviation * Math.sqrt(1 - correlation ** 2);
  let level = correlation === 1 ? 0 : deviation * random.normal();
  return Array.from({ length: count }, (_, index) => {
    if (index > 0) level = correlation * level + innovation * random.normal();
    return level;
  });
}

/**
 * The autocorrelation of noise from that of the residuals of a fit with k parameters, which is lower by about
 * (k + (k + 2)ρ)/n. Between 0 and 0.98.
 */
export function correctedAutocorrelation(measured: number, parameters: number, count: number): number {
  return Math.min(0.98, Math.max(0, measured + (parameters + (parameters + 2) * measured) / count));
}
