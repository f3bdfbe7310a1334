import { finiteValues, median, type Interval } from "./stepSeries.js";

export interface SeriesPeak {
  readonly step: number;
  readonly value: number;
  /** Steps around the peak where the series stays above the half height. */
  readonly interval: Interval;
  /** Median of the first and of the last tenth of the series (at least three values each). */
  readonly initialLevel: number;
  readonly finalLevel: number;
  /** Peak over the higher of the two levels. */
  readonly ratio: number;
}

/**
 * The highest point of a smoothed series with its half-height interval, half way between the peak and the higher
 * of the levels at the two ends. Null for fewer than nine finite values.
 *
 * Smoothing moves the top of a peak with one steep side away from that side by half a window. The step is
 * therefore that of the largest unsmoothed value within half a window of the smoothed maximum.
 *
 * @param values smoothed.
 * @param raw the series before smoothing, at the same steps.
 * @param window full width of the smoothing in steps.
 */
export function seriesPeak(
  steps: readonly number[],
  values: readonly number[],
  raw: readonly number[],
  window: number,
): SeriesPeak | null {
  const finite = finiteValues(values);
  if (finite.length < 9) return null;
  const endCount = Math.max(3, Math.round(finite.length / 10));
  const initialLevel = median(finite.slice(0, endCount));
  const finalLevel = median(finite.slice(-endCount));
  const value = Math.max(...finite);
  const position = values.indexOf(value);
  const higher = Math.max(initialLevel, finalLevel);
  const half = (value + higher) / 2;
  const step = largestNear(steps, raw, steps[position] ?? NaN, window / 2);
  const interval: Interval = [
    Math.min(step, furthestAbove(steps, values, position, -1, half)),
    Math.max(step, furthestAbove(steps, values, position, 1, half)),
  ];
  return { step, value, interval, initialLevel, finalLevel, ratio: value / higher };
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
function largestNear(
  steps: readonly number[],
  values: readonly number[],
  centre: number,
  distance: number,
): number {
  let best = centre;
  let largest = -Infinity;
  for (const [index, step] of steps.entries()) {
    const value = values[index] ?? NaN;
    if (Math.abs(step - centre) <= distance && value > largest) [best, largest] = [step, value];
  }
  return best;
}
