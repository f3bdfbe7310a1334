import { autocorrelation, correctedAutocorrelation } from "../../statistics/autoregression.js";

/** How rates scatter about a fitted curve. */
export interface RateNoise {
  /** Variance over the binomial one. */
  readonly dispersion: number;
  /** Between neighbouring steps, corrected for what the fit took; 0 where rates scatter no more than binomially. */
  readonly correlation: number;
  /** By how much the curve's place and width are known less: 1 where rates scatter no more than binomially. */
  readonly longRunVariance: number;
}

/** Where neighbours are more alike than this, the run is too short to say how much more. */
const mostCorrelation = 0.9;

/**
 * The noise in Pearson residuals, one a step in order. Checkpoints asked with the same random numbers, and weights that move
 * little by little, make neighbouring rates alike, so that many steps say less than their number. The excess over the binomial
 * variance is taken as a first-order autoregression, whose long-run variance is (1 + ρ)/(1 − ρ) times its own.
 *
 * @param parameters of the fitted curve
 */
export function rateNoise(residuals: readonly number[], parameters: number): RateNoise {
  const count = residuals.length;
  const squares = residuals.reduce((sum, value) => sum + value * value, 0);
  const dispersion = squares / Math.max(1, count - parameters);
  if (!(dispersion > 1)) return { dispersion, correlation: 0, longRunVariance: 1 };
  const correlation = correctedAutocorrelation(autocorrelation(residuals), parameters, count);
  // The binomial part is independent and dilutes the correlation of the rest.
  const ofRest = Math.min(mostCorrelation, (correlation * dispersion) / (dispersion - 1));
  const longRunVariance = 1 + ((dispersion - 1) * (1 + ofRest)) / (1 - ofRest);
  return { dispersion, correlation, longRunVariance };
}
