import { Random } from "../../tensor/random.js";
import {
  drawCounts,
  meanOverQuestions,
  ratios,
  type ResampledValue,
} from "../behavior/questionResampling.js";
import { quantile } from "../statistics/quantile.js";
import type { AnswerLosses, Estimate, MeasuredLandscape } from "./measuredLandscape.js";

/** Makes of the losses of each conversation the loss over all their tokens, as it is and in every resample. */
export type LossPool = (losses: AnswerLosses) => ResampledValue;

/**
 * Makes the pool of a sample of conversations: nats per answer token, all tokens alike as in training, with resamples of
 * whole conversations. Samples that are the same are resampled in the same way, so that differences of runs are paired.
 * @param options.resamples @default 2000
 */
export function lossPool(
  { tokens, sample }: Pick<MeasuredLandscape, "tokens" | "sample">,
  { resamples = 2000, seed = 0 }: { readonly resamples?: number; readonly seed?: number } = {},
): LossPool {
  const random = new Random(seed).fork(`resamples of conversations ${sample.sha256}`);
  const draws = drawCounts(tokens.length, resamples, random);
  const counted = meanOverQuestions(tokens, draws);
  const known = new Map<AnswerLosses, ResampledValue>();
  return (losses) => {
    const found = known.get(losses);
    if (found !== undefined) return found;
    const [pooled = { value: NaN, resampled: [] }] = ratios([meanOverQuestions(losses, draws)], [counted]);
    known.set(losses, pooled);
    return pooled;
  };
}

/** Combines values, resample by resample. */
export function combine(
  values: readonly ResampledValue[],
  combined: (...each: readonly number[]) => number,
): ResampledValue {
  const [first] = values;
  return {
    value: combined(...values.map(({ value }) => value)),
    resampled: (first?.resampled ?? []).map((_, draw) =>
      combined(...values.map(({ resampled }) => resampled[draw] ?? NaN)),
    ),
  };
}

/** Averages values, resample by resample. */
export function average(values: readonly ResampledValue[]): ResampledValue {
  return combine(values, (...each) => each.reduce((sum, value) => sum + value, 0) / each.length);
}

/** Value with the range of its resamples. @param coverage @default 0.95 */
export function estimate({ value, resampled }: ResampledValue, coverage = 0.95): Estimate {
  const tail = (1 - coverage) / 2;
  return { value, interval: [quantile(resampled, tail), quantile(resampled, 1 - tail)] };
}

/** Standard deviation of the resamples. */
export function resampledDeviation({ resampled }: ResampledValue): number {
  const mean = resampled.reduce((sum, value) => sum + value, 0) / resampled.length;
  const squares = resampled.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (resampled.length - 1));
}
