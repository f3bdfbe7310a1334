import type { Random } from "../../tensor/random.js";
import { autocorrelation, correctedAutocorrelation } from "./autoregression.js";
import { blockLength, stationaryBootstrap } from "./stationaryBootstrap.js";

export interface ResidualBootstrap {
  /** Lag-one autocorrelation, corrected for the bias of fitting. */
  readonly correlation: number;
  /** Mean block length for what the autocorrelation leaves. */
  readonly blockLength: number;
  /** One resample, as long as the residuals. */
  readonly draw: (random: Random) => Float64Array;
}

/** Steps left out at the beginning of a recoloured series, where it still depends on how it began. */
const burnIn = 50;

/**
 * Resamples the residuals of a fit so that they keep their autocorrelation: they are whitened by a first-order
 * autoregression, the remainders resampled in blocks (`stationaryBootstrap`), and coloured again (the post-blackened
 * bootstrap, Davison and Hinkley 1997, section 8.2.3). Blocks alone break slow noise at their seams and make
 * intervals too short.
 *
 * @param parameters how many the fit has: residuals are scaled up and their autocorrelation is corrected for it.
 */
export function residualBootstrap(residuals: readonly number[], parameters: number): ResidualBootstrap {
  const count = residuals.length;
  const scale = Math.sqrt(count / Math.max(1, count - parameters));
  const correlation = correctedAutocorrelation(autocorrelation(residuals), parameters, count);
  const whitened = residuals.slice(1).map((value, index) => value - correlation * (residuals[index] ?? NaN));
  const mean = whitened.reduce((sum, value) => sum + value, 0) / whitened.length;
  const innovations = whitened.map((value) => scale * (value - mean));
  const meanLength = blockLength(innovations);
  return {
    correlation,
    blockLength: meanLength,
    draw: (random) => {
      const values = new Float64Array(count);
      let level = 0;
      let left = burnIn;
      while (left > -count) {
        for (const position of stationaryBootstrap(innovations.length, meanLength, random)) {
          level = correlation * level + (innovations[position] ?? NaN);
          left--;
          if (left < 0 && left >= -count) values[-left - 1] = level;
        }
      }
      return values;
    },
  };
}
