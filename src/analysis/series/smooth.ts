import { stepSpacing, type StepSeries } from "./stepSeries.js";

/** Settings of centred smoothing. */
export interface SmoothOptions {
  readonly method: "median" | "mean";
  /** Full width of the centred window in optimiser steps. */
  readonly window: number;
}

/**
 * Centred smoothing. A window never reaches across a gap (a NaN, or a distance of more than one and a half
 * times the usual spacing); at the ends and beside gaps it shrinks to what is there. NaN stays NaN.
 */
export function smooth(series: StepSeries, options: SmoothOptions): number[] {
  return Array.from(smoother(series, options)(series.values));
}

/**
 * The smoothing of any values at the steps of a series that are undefined where the series is: windows are found once,
 * which makes smoothing a thousand simulated series cheap.
 */
export function smoother(
  series: StepSeries,
  { method, window }: SmoothOptions,
): (values: ArrayLike<number>) => Float64Array {
  const { starts, ends } = windowsOf(series, window / 2);
  const sorted = new Float64Array(
    ends.reduce((most, end, index) => Math.max(most, end - (starts[index] ?? 0)), 0),
  );
  return (values) => {
    const smoothed = new Float64Array(starts.length);
    for (let index = 0; index < starts.length; index++) {
      const start = starts[index] ?? 0;
      const end = ends[index] ?? 0;
      const count = end - start;
      if (count === 0) smoothed[index] = NaN;
      else if (method === "median") smoothed[index] = medianBetween(values, start, end, sorted);
      else {
        let sum = 0;
        for (let other = start; other < end; other++) sum += values[other] ?? NaN;
        smoothed[index] = sum / count;
      }
    }
    return smoothed;
  };
}

/** First position of every window and the one after its last; the same where the value is undefined. */
function windowsOf({ steps, values }: StepSeries, half: number): { starts: number[]; ends: number[] } {
  const largestDistance = 1.5 * stepSpacing(steps);
  const starts: number[] = [];
  const ends: number[] = [];
  for (const [index, center] of steps.entries()) {
    const isDefined = Number.isFinite(values[index]);
    const reach = (direction: -1 | 1): number => {
      let last = index;
      for (let other = index + direction; ; other += direction) {
        const [step, previous] = [steps[other], steps[other - direction]];
        if (step === undefined || previous === undefined || !Number.isFinite(values[other])) return last;
        if (Math.abs(step - previous) > largestDistance || Math.abs(step - center) > half) return last;
        last = other;
      }
    };
    starts.push(isDefined ? reach(-1) : index);
    ends.push(isDefined ? reach(1) + 1 : index);
  }
  return { starts, ends };
}

/** Windows up to this many values are sorted by insertion. */
const shortWindow = 32;

/** Median of finite values, sorted in a buffer. */
function medianBetween(values: ArrayLike<number>, start: number, end: number, sorted: Float64Array): number {
  for (let index = start; index < end; index++) {
    const value = values[index] ?? NaN;
    let place = index - start;
    if (end - start <= shortWindow) {
      for (; place > 0 && (sorted[place - 1] ?? NaN) > value; place--)
        sorted[place] = sorted[place - 1] ?? NaN;
    }
    sorted[place] = value;
  }
  if (end - start > shortWindow) sorted.subarray(0, end - start).sort();
  const middle = (end - start - 1) / 2;
  const low = sorted[Math.floor(middle)] ?? NaN;
  return low + ((sorted[Math.ceil(middle)] ?? NaN) - low) * (middle % 1);
}
