import { Random } from "../../tensor/random.js";
import { quantile, type Interval } from "../statistics/quantile.js";

/** A mean with its interval, 95 % unless its maker was asked for another. */
export interface MeanEstimate {
  readonly value: number;
  readonly interval: Interval;
  readonly n: number;
}

/**
 * Mean of what was measured of several questions, with an interval from resampling questions (percentile bootstrap).
 * Of differences between two steps, or between a run and its control, it is the paired interval.
 *
 * @param values one a question; those that are not finite are left out
 * @param options.resamples @default 2000
 * @param options.coverage of the interval. @default 0.95
 */
export function meanOfQuestions(
  values: readonly number[],
  {
    resamples = 2000,
    seed = 0,
    coverage = 0.95,
  }: { readonly resamples?: number; readonly seed?: number; readonly coverage?: number } = {},
): MeanEstimate {
  const finite = values.filter(Number.isFinite);
  const n = finite.length;
  const mean = finite.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { value: n === 0 ? NaN : mean, interval: [NaN, NaN], n };
  const random = new Random(seed).fork("mean of questions");
  const draws = Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let index = 0; index < n; index++) sum += finite[random.integer(n)] ?? NaN;
    return sum / n;
  });
  const tail = (1 - coverage) / 2;
  return { value: mean, interval: [quantile(draws, tail), quantile(draws, 1 - tail)], n };
}
