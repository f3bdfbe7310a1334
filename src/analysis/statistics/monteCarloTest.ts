import { finiteValues } from "./quantile.js";

/**
 * Finds the limit that a statistic must exceed to count at a level, from simulations of its null model: the smallest
 * draw that no more than that share of all values, the observed one included, can exceed. The chance that one more
 * draw of the same model exceeds it is at most the level whatever the number of draws (Davison and Hinkley 1997,
 * section 4.2); a plain quantile of 49 draws would be exceeded by 7 % instead of 5 %. Infinity where there are too
 * few finite draws to say.
 *
 * @param level @default 0.05
 */
export function upperLimit(draws: readonly number[], level = 0.05): number {
  const sorted = finiteValues(draws).sort((left, right) => left - right);
  // Rounded, so that 0.95 · 100 is 95 and not a little more.
  const rank = Math.ceil(Number(((1 - level) * (sorted.length + 1)).toFixed(9)));
  return sorted.length === 0 ? NaN : (sorted[rank - 1] ?? Infinity);
}

/** Finds the limit that a statistic must fall below to count at a level; −Infinity where there are too few draws. */
export function lowerLimit(draws: readonly number[], level = 0.05): number {
  return -upperLimit(
    draws.map((value) => -value),
    level,
  );
}

/** Comparison of an observed statistic with simulations of its null model. */
export interface MonteCarloTest {
  /** (1 + draws that reach the observed value) / (1 + draws). */
  readonly pValue: number;
  /** Draws made: fewer than allowed where the rest could not have changed the verdict. */
  readonly draws: number;
  readonly isExceptional: boolean;
}

/**
 * Tests whether no more than a share of all values, the observed one and its simulations, reach the observed one.
 * Simulation ends as soon as more do (Besag and Clifford 1991, Biometrika 78), which is after a dozen draws where
 * nothing is exceptional. Draws that are not finite count as not reaching it.
 *
 * @param options.draws at most. @param options.level the share.
 */
export function monteCarloTest(
  observed: number,
  draw: (index: number) => number,
  options: { readonly draws: number; readonly level: number },
): MonteCarloTest {
  const { draws, level } = options;
  const allowed = Math.floor(Number((level * (draws + 1)).toFixed(9))) - 1;
  let reached = 0;
  let made = 0;
  while (made < draws && reached <= allowed && Number.isFinite(observed)) {
    if (draw(made) >= observed) reached++;
    made++;
  }
  return {
    pValue: (1 + reached) / (1 + made),
    draws: made,
    isExceptional: Number.isFinite(observed) && made === draws && reached <= allowed,
  };
}
