import { finiteValues } from "./stepSeries.js";

/**
 * What a statistic must exceed to count at a level, from simulations of its null model: the smallest draw that no more
 * than that share of all values, the observed one included, can exceed. The chance that one more draw of the same model
 * exceeds it is at most the level whatever the number of draws (Davison and Hinkley 1997, section 4.2); a plain quantile
 * of 49 draws would be exceeded by 7 % instead of 5 %. Infinity where there are too few finite draws to say.
 *
 * @param level @default 0.05
 */
export function upperLimit(draws: readonly number[], level = 0.05): number {
  const sorted = finiteValues(draws).sort((left, right) => left - right);
  // Rounded, so that 0.95 · 100 is 95 and not a little more.
  const rank = Math.ceil(Number(((1 - level) * (sorted.length + 1)).toFixed(9)));
  return sorted.length === 0 ? NaN : (sorted[rank - 1] ?? Infinity);
}

/** The same for a statistic that must fall below: minus Infinity where there are too few draws. */
export function lowerLimit(draws: readonly number[], level = 0.05): number {
  return -upperLimit(
    draws.map((value) => -value),
    level,
  );
}
