import type { Random } from "../../tensor/random.js";
import { quantile, type Interval } from "../statistics/quantile.js";

/** A value, and what it becomes in every resample. */
export interface ResampledValue {
  readonly value: number;
  readonly resampled: readonly number[];
}

/** A quantity at every place where two windows meet, with its 95 % interval from resampling whole questions. */
export interface EstimatedSeries {
  readonly values: readonly number[];
  readonly interval: readonly Interval[];
}

/** How often each question is drawn, one list a resample. */
export function drawCounts(questions: number, resamples: number, random: Random): Uint16Array[] {
  return Array.from({ length: resamples }, () => {
    const counts = new Uint16Array(questions);
    for (let draw = 0; draw < questions; draw++) {
      const drawn = random.integer(questions);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    return counts;
  });
}

/** The mean over the questions that have a value (the others are NaN), as they are and resampled. */
export function meanOverQuestions(values: readonly number[], draws: readonly Uint16Array[]): ResampledValue {
  const known = values.flatMap((value, question) => (Number.isNaN(value) ? [] : [{ value, question }]));
  const once = known.reduce((sum, { value }) => sum + value, 0) / known.length;
  const resampled = draws.map((counts) => {
    let [sum, count] = [0, 0];
    for (const { value, question } of known) {
      const times = counts[question] ?? 0;
      sum += times * value;
      count += times;
    }
    return sum / count;
  });
  return { value: once, resampled };
}

/** Part by whole, resample by resample; NaN where the whole is nothing. */
export function ratios(
  parts: readonly ResampledValue[],
  wholes: readonly ResampledValue[],
): ResampledValue[] {
  const ratio = (part: number, whole = NaN): number => (whole > 0 ? part / whole : NaN);
  return parts.map(({ value, resampled }, place) => ({
    value: ratio(value, wholes[place]?.value),
    resampled: resampled.map((each, draw) => ratio(each, wholes[place]?.resampled[draw])),
  }));
}

/**
 * Values with the range of 95 % of their resamples.
 *
 * On a family with known D, that misses 5 to 8 % of the time with 60 questions where D is above 0.1, and up to 11 % of
 * the time where it is less; with 24 questions 5 to 11 %, and up to 24 %. Most misses lie below the truth: where D is
 * small, few answers make it up, and answers that happen to hold none of those tell no way of resampling of them.
 */
export function estimatedSeries(all: readonly ResampledValue[]): EstimatedSeries {
  return {
    values: all.map(({ value }) => value),
    interval: all.map(({ value, resampled }): Interval => {
      // Resampling adds noise to what cannot be negative: near 0 all resamples may lie above the estimate.
      const bounds = [quantile(resampled, 0.025), quantile(resampled, 0.975)] as const;
      return [Math.min(value, bounds[0]), Math.max(value, bounds[1])];
    }),
  };
}
