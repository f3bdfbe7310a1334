import type { Random } from "../../tensor/random.js";
import { smoother, type SmoothOptions } from "../series/smooth.js";
import { largestPosition, stepSpacing, type StepSeries } from "../series/stepSeries.js";
import { residualBootstrap } from "../statistics/bootstrap.js";
import type { Interval } from "../statistics/quantile.js";
import { fewestForPeak, prominenceAt } from "../transitions/peak/peak.js";
import type { HeldAgainst, SizeKind } from "./heldAgainst.js";
import { shareOf, type SizeNear } from "./shareVerdict.js";

/** An event of a series, and how it is held against a control. */
export interface PeakAgainstOptions {
  readonly kind: SizeKind;
  /** Interval of the run's step. */
  readonly interval: Interval;
  readonly smoothing: SmoothOptions;
  /** Height of the event at every value of a smoothed series. */
  readonly sizesOf: (smoothed: ArrayLike<number>, steps: readonly number[]) => readonly number[];
  readonly resamples: number;
  readonly random: Random;
}

/**
 * Holds an event of a series, such as the peak of the gradient norm, against the same series of a control: the largest
 * height of the smoothed series, among the steps of the run's interval and half a window beyond, in both. What smoothing
 * leaves is resampled in blocks and added once more; a draw is 2·observed − resampled, and the rule is that of `shareOf`.
 */
export function peakAgainst(
  run: StepSeries,
  control: StepSeries | null,
  options: PeakAgainstOptions,
): HeldAgainst {
  const { kind, interval, smoothing, random } = options;
  const [low, high] = [interval[0] - smoothing.window / 2, interval[1] + smoothing.window / 2];
  const own = sizeNear(run, [low, high], options, random.fork("run"));
  const other = control === null ? null : sizeNear(control, [low, high], options, random.fork("control"));
  if (own === null || other === null)
    return {
      verdict: "cannotTell",
      reason: `the control has no such curve between steps ${Math.ceil(low)} and ${Math.floor(high)}`,
      measured: null,
    };
  const share = shareOf(own, other);
  const measured = { ...share, kind, k: null, searched: [Math.ceil(low), Math.floor(high)] as const };
  if (share.half === "more")
    return { verdict: "shared", reason: "the control has more than half as much there", measured };
  if (share.half === "less")
    return { verdict: "specific", reason: "the control has less than half as much there", measured };
  return { verdict: "cannotTell", reason: "the control may have half as much there, or not", measured };
}

function sizeNear(
  series: StepSeries,
  [low, high]: Interval,
  { smoothing, sizesOf, resamples }: PeakAgainstOptions,
  random: Random,
): SizeNear | null {
  const { steps, values } = series;
  const defined = values.flatMap((value, index) => (Number.isFinite(value) ? [index] : []));
  if (defined.length < fewestForPeak) return null;
  const smoothed = smoother(series, smoothing);
  const largest = (of: ArrayLike<number>): { readonly step: number; readonly size: number } => {
    const sizes = sizesOf(of, steps).map((size, index) => {
      const step = steps[index] ?? NaN;
      return step >= low && step <= high ? size : NaN;
    });
    const position = largestPosition(sizes);
    return { step: steps[position] ?? NaN, size: sizes[position] ?? NaN };
  };
  const curve = smoothed(values);
  const observed = largest(curve);
  if (!Number.isFinite(observed.size)) return null;
  const residuals = defined.map((index) => (values[index] ?? NaN) - (curve[index] ?? NaN));
  const inWindow = smoothing.window / stepSpacing(steps);
  const { draw } = residualBootstrap(residuals, Math.round(defined.length / inWindow));
  const draws = Array.from({ length: resamples }, () => {
    const noisy = values.slice();
    const noise = draw(random);
    for (const [place, index] of defined.entries())
      noisy[index] = (noisy[index] ?? NaN) + (noise[place] ?? NaN);
    return Math.max(0, 2 * observed.size - largest(smoothed(noisy)).size);
  });
  return { step: observed.step, draws };
}

/** How high every value stands over the higher of the lowest before and after it. */
export function prominences(values: ArrayLike<number>): number[] {
  return Array.from(values, (_, position) => prominenceAt(values, position).prominence);
}

/**
 * The change of slope at every value, between the mean slopes over a distance before and after.
 *
 * @param reach in steps
 * @param sign of the run's own change: that of the other kind counts as none
 */
export function slopeChanges(
  values: ArrayLike<number>,
  steps: readonly number[],
  reach: number,
  sign: number,
): number[] {
  return steps.map((step, index) => {
    const before = steps.findLastIndex((each) => each <= step - reach);
    const after = steps.findIndex((each) => each >= step + reach);
    const slope = (from: number, to: number): number =>
      ((values[to] ?? NaN) - (values[from] ?? NaN)) / ((steps[to] ?? NaN) - (steps[from] ?? NaN));
    return sign * (slope(index, after) - slope(before, index));
  });
}
