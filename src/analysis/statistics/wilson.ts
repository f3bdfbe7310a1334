import type { Interval } from "./quantile.js";

/** Two-sided 95 % quantile of the standard normal distribution. */
export const normal95 = 1.959963984540054;

/**
 * Wilson score interval of a binomial proportion, in [0, 1] (Wilson 1927); `[NaN, NaN]` when n is 0.
 *
 * @param z standard normal quantile. @default 1.96 (95 %)
 */
export function wilsonInterval(successes: number, n: number, z: number = normal95): Interval {
  if (n === 0) return [NaN, NaN];
  const proportion = successes / n;
  const denominator = 1 + z ** 2 / n;
  const center = (proportion + z ** 2 / (2 * n)) / denominator;
  const half = (z * Math.sqrt((proportion * (1 - proportion)) / n + z ** 2 / (4 * n ** 2))) / denominator;
  // At 0 and n of n one bound is exact; subtraction would leave a rounding error of about 1e-17.
  return [successes === 0 ? 0 : center - half, successes === n ? 1 : center + half];
}
