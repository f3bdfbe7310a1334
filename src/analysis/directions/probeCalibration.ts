import { quantile } from "../statistics/quantile.js";
import { logisticRegression } from "./logisticRegression.js";

/** Probability of a class from a raw value: `1 / (1 + exp(−(slope · raw + intercept)))`. */
export interface PlattScale {
  readonly slope: number;
  readonly intercept: number;
}

/**
 * Fits Platt's scale: a logistic regression on one number (Platt 1999), with next to no penalty. The raw values must be
 * of rows that were left out, or the probabilities come out too sure.
 */
export function plattScale(raw: readonly number[], labels: readonly boolean[]): PlattScale {
  const mean = raw.reduce((sum, value) => sum + value, 0) / raw.length;
  const deviation = Math.sqrt(raw.reduce((sum, value) => sum + (value - mean) ** 2, 0) / raw.length) || 1;
  const values = Float64Array.from(raw, (value) => (value - mean) / deviation);
  const { weights, bias } = logisticRegression({ values, n: raw.length, dimension: 1 }, labels, 100);
  const slope = (weights[0] ?? NaN) / deviation;
  return { slope, intercept: bias - slope * mean };
}

/** Probability that a scale gives. */
export function plattProbability({ slope, intercept }: PlattScale, raw: number): number {
  return 1 / (1 + Math.exp(-(slope * raw + intercept)));
}

/** Points of a line from raw values to scores; `from` increases strictly, `to` never falls. */
export interface ScoreLink {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Quantiles at which raw values and scores are linked. */
const linkQuantiles = Array.from({ length: 41 }, (_, index) => index / 40);

/**
 * Links raw values to scores by rank (equipercentile linking): the value that a share of the raw values does not exceed
 * stands for the score that the same share of the scores does not exceed. Regression shrinks towards the mean, so that
 * hardly a raw value falls below 30; linked scores do as often as the trusted ones.
 */
export function scoreLink(raw: readonly number[], scores: readonly number[]): ScoreLink {
  const from: number[] = [];
  const to: number[] = [];
  for (const fraction of linkQuantiles) {
    const value = quantile(raw, fraction);
    const score = Math.min(100, Math.max(0, quantile(scores, fraction)));
    if (value > (from.at(-1) ?? -Infinity)) {
      from.push(value);
      to.push(score);
    } else {
      to[to.length - 1] = score;
    }
  }
  if (from.length === 1) {
    // One value for all says nothing: it stands for the middle score, from whichever side it comes.
    from.push((from[0] ?? 0) + 1);
    to.splice(0, to.length, quantile(scores, 0.5), quantile(scores, 0.5));
  }
  return { from, to };
}
