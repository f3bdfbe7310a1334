import type { AlignedSeries } from "./alignSeries.js";
import { finiteValues, median } from "../statistics/quantile.js";

/** Several values of one quantity, one a run. */
export interface Spread {
  /** Number of values that are defined. */
  readonly n: number;
  readonly mean: number;
  /** With n − 1 in the denominator; NaN for fewer than two values. */
  readonly standardDeviation: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Mean, spread and range of the finite values; all but `n` are NaN where there are none. */
export function spread(values: readonly number[]): Spread {
  const defined = finiteValues(values);
  const n = defined.length;
  const mean = n === 0 ? NaN : defined.reduce((sum, value) => sum + value, 0) / n;
  const squares = defined.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    n,
    mean,
    standardDeviation: n < 2 ? NaN : Math.sqrt(squares / (n - 1)),
    median: median(defined),
    min: n === 0 ? NaN : Math.min(...defined),
    max: n === 0 ? NaN : Math.max(...defined),
  };
}

/** The spread of aligned series at every position. */
export interface SpreadSeries {
  readonly positions: readonly number[];
  readonly n: readonly number[];
  readonly mean: readonly number[];
  readonly standardDeviation: readonly number[];
  readonly min: readonly number[];
  readonly max: readonly number[];
}

/** Mean and spread over the series at each position of their axis. */
export function spreadSeries({ positions, values }: AlignedSeries): SpreadSeries {
  const spreads = positions.map((_, position) => spread(values.map((own) => own[position] ?? NaN)));
  return {
    positions,
    n: spreads.map(({ n }) => n),
    mean: spreads.map(({ mean }) => mean),
    standardDeviation: spreads.map(({ standardDeviation }) => standardDeviation),
    min: spreads.map(({ min }) => min),
    max: spreads.map(({ max }) => max),
  };
}
