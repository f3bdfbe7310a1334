import type { Interval } from "./quantile.js";
import { studentQuantile95 } from "./studentQuantile.js";

/** A mean with its 95 % interval. */
export interface MeanEstimate {
  readonly value: number;
  readonly interval: Interval;
}

/** Mean of independent values, such as of chains or runs, with its 95 % interval by Student's t; all NaN where a value is. */
export function studentMean(values: readonly number[]): MeanEstimate {
  const value = meanOf(values);
  const squares = values.reduce((sum, each) => sum + (each - value) ** 2, 0);
  const degrees = values.length - 1;
  const half = studentQuantile95(degrees) * Math.sqrt(squares / degrees / values.length);
  return { value, interval: [value - half, value + half] };
}

/** Mean of some numbers; NaN of none. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
