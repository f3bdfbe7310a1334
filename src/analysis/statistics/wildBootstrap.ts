import type { Random } from "../../tensor/random.js";
import { autocorrelation, autoregressive, correctedAutocorrelation } from "./autoregression.js";

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
