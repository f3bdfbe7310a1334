/**
 * Two-sided quantile of the standard normal distribution: the z within which a share `coverage` of it lies, 1.96 for
 * 0.95. By Abramowitz and Stegun's rational approximation 26.2.23, off by less than 0.00045.
 *
 * @param coverage between 0 and 1
 */
export function normalQuantile(coverage: number): number {
  const t = Math.sqrt(-2 * Math.log((1 - coverage) / 2));
  const above = 2.515517 + 0.802853 * t + 0.010328 * t ** 2;
  const below = 1 + 1.432788 * t + 0.189269 * t ** 2 + 0.001308 * t ** 3;
  return t - above / below;
}
