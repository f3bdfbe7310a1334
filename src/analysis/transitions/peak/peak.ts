import { smooth, type SmoothOptions } from "../../series/smooth.js";
import { finiteValues, median, type Interval, type StepSeries } from "../../series/stepSeries.js";

export interface SeriesPeak {
  readonly step: number;
  /** Of the smoothed series. */
  readonly value: number;
  /** Steps around the peak where the smoothed series stays above half its prominence. */
  readonly halfHeight: Interval;
  /** Median of the first and of the last tenth of the series (at least three values each). */
  readonly initialLevel: number;
  readonly finalLevel: number;
  /** Lowest smoothed value before and after the peak. */
  readonly lowestBefore: number;
  readonly lowestAfter: number;
  /** Peak less the higher of the two. */
  readonly prominence: number;
}

/** Fewest values that can show a peak. */
export const fewestForPeak = 12;

/**
 * The highest point of a smoothed series. Null for fewer than twelve finite values.
 *
 * Smoothing moves the top of a peak with one steep side away from that side by half a window. The step is
 * therefore that of the largest unsmoothed value within half a window of the smoothed maximum.
 */
export function seriesPeak(series: StepSeries, options: SmoothOptions): SeriesPeak | null {
  const { steps } = series;
  const smoothed = smooth(series, options);
  const finite = finiteValues(smoothed);
  if (finite.length < fewestForPeak) return null;
  const endCount = Math.max(3, Math.round(finite.length / 10));
  const position = largestPosition(smoothed);
  const value = smoothed[position] ?? NaN;
  const { lowestBefore, lowestAfter, prominence } = prominenceAt(smoothed, position);
  const step = largestNear(series, steps[position] ?? NaN, options.window / 2);
  const half = value - prominence / 2;
  return {
    step,
    value,
    halfHeight: [
      Math.min(step, furthestAbove(steps, smoothed, position, -1, half)),
      Math.max(step, furthestAbove(steps, smoothed, position, 1, half)),
    ],
    initialLevel: median(finite.slice(0, endCount)),
    finalLevel: median(finite.slice(-endCount)),
    lowestBefore,
    lowestAfter,
    prominence,
  };
}

/** How far a value rises over the higher of the lowest finite values before and after it. */
export function prominenceAt(
  values: ArrayLike<number>,
  position: number,
): { readonly lowestBefore: number; readonly lowestAfter: number; readonly prominence: number } {
  const lowestBetween = (from: number, to: number): number => {
    let lowest = Infinity;
    for (let index = from; index <= to; index++) {
      const value = values[index] ?? NaN;
      if (value < lowest) lowest = value;
    }
    return lowest;
  };
  const lowestBefore = lowestBetween(0, position);
  const lowestAfter = lowestBetween(position, values.length - 1);
  return {
    lowestBefore,
    lowestAfter,
    prominence: (values[position] ?? NaN) - Math.max(lowestBefore, lowestAfter),
  };
}

/** Position of the largest finite value; −1 when there is none. */
export function largestPosition(values: ArrayLike<number>): number {
  let largest = -1;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? NaN;
    if (Number.isFinite(value) && (largest < 0 || value > (values[largest] ?? NaN))) largest = index;
  }
  return largest;
}

/** The last step, going one way from a position, that still lies at or above a level; gaps are passed over. */
function furthestAbove(
  steps: readonly number[],
  values: readonly number[],
  position: number,
  direction: -1 | 1,
  level: number,
): number {
  let furthest = steps[position] ?? NaN;
  for (let index = position + direction; ; index += direction) {
    const step = steps[index];
    const value = values[index];
    if (step === undefined || value === undefined || value < level) return furthest;
    if (Number.isFinite(value)) furthest = step;
  }
}

/** The step of the largest value within a distance of a step. */
function largestNear({ steps, values }: StepSeries, centre: number, distance: number): number {
  let best = centre;
  let largest = -Infinity;
  for (const [index, step] of steps.entries()) {
    const value = values[index] ?? NaN;
    if (Math.abs(step - centre) <= distance && value > largest) [best, largest] = [step, value];
  }
  return best;
}
