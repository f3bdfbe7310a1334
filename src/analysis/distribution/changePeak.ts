import type { ResampledValue } from "../behavior/questionResampling.js";
import { largestPosition } from "../series/stepSeries.js";
import { quantile, type Interval } from "../statistics/quantile.js";

/** The place where a change from window to window is largest, with its interval. */
export interface ChangePeak {
  readonly step: number;
  readonly value: number;
  /** 95 % of resampled questions, out to the checkpoints around: between two of them no place can be told apart. */
  readonly interval: Interval;
  /** The smallest values before and after the peak; null where there are none on that side. */
  readonly valleyBefore: { readonly step: number; readonly value: number } | null;
  readonly valleyAfter: { readonly step: number; readonly value: number } | null;
  /** True where the peak lies above both valleys with simultaneous 95 % confidence over all places. */
  readonly standsOut: boolean;
  /** Height above the higher valley that would be enough for that; NaN where a valley is missing. */
  readonly needed: number;
}

/**
 * The peak of a change along training. That it stands out is judged with a band that holds the whole curve at once
 * (studentised maximum over the places), so that having looked for the largest value is paid for.
 *
 * @param places where the values belong, in order
 * @param checkpoints steps of the checkpoints, in order
 * @returns null without a finite value
 */
export function changePeak(
  places: readonly { readonly step: number }[],
  checkpoints: readonly number[],
  all: readonly ResampledValue[],
): ChangePeak | null {
  const values = all.map(({ value }) => value);
  const peak = largestPosition(values);
  if (peak < 0) return null;
  const draws = all[0]?.resampled.length ?? 0;
  const steps = places.map(({ step }) => step);
  const peaks = Array.from(
    { length: draws },
    (_, draw) => steps[largestPosition(all.map(({ resampled }) => resampled[draw] ?? NaN))] ?? NaN,
  );
  const margins = simultaneousMargins(all, draws);
  const valley = (from: number, to: number): number =>
    largestPosition(values.map((value, index) => (index >= from && index < to ? -value : NaN)));
  const sides = [valley(0, peak), valley(peak + 1, values.length)];
  const lower = (index: number): number => (values[index] ?? NaN) - (margins[index] ?? NaN);
  const upper = (index: number): number => (values[index] ?? NaN) + (margins[index] ?? NaN);
  const point = (index = -1): { step: number; value: number } | null =>
    index < 0 ? null : { step: steps[index] ?? NaN, value: values[index] ?? NaN };
  return {
    step: steps[peak] ?? NaN,
    value: values[peak] ?? NaN,
    interval: [
      checkpointsAround(checkpoints, quantile(peaks, 0.025))[0],
      checkpointsAround(checkpoints, quantile(peaks, 0.975))[1],
    ],
    valleyBefore: point(sides[0]),
    valleyAfter: point(sides[1]),
    standsOut: sides.every((side) => side >= 0 && lower(peak) > upper(side)),
    needed: (margins[peak] ?? NaN) + Math.max(...sides.map((side) => margins[side] ?? NaN)),
  };
}

/** Half-widths of a band that holds all places at once in 95 % of the resamples; NaN without resamples. */
function simultaneousMargins(all: readonly ResampledValue[], draws: number): number[] {
  const deviations = all.map(({ value, resampled }) =>
    Math.sqrt(resampled.reduce((sum, each) => sum + (each - value) ** 2, 0) / Math.max(1, draws)),
  );
  const largest = Array.from({ length: draws }, (_, draw) =>
    Math.max(
      0,
      ...all.map(({ value, resampled }, index) => {
        const deviation = deviations[index] ?? NaN;
        return deviation > 0 ? Math.abs((resampled[draw] ?? NaN) - value) / deviation : 0;
      }),
    ),
  );
  const critical = quantile(largest, 0.95);
  return deviations.map((deviation) => critical * deviation);
}

/** The last checkpoint before a place and the first one after it. */
export function checkpointsAround(checkpoints: readonly number[], place: number): Interval {
  return [
    checkpoints.findLast((step) => step < place) ?? NaN,
    checkpoints.find((step) => step > place) ?? NaN,
  ];
}
