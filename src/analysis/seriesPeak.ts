import type { Random } from "../tensor/random.js";
import { drawLevel, levelNull, levelScale } from "./levelNull.js";
import { residualBootstrap } from "./residualBootstrap.js";
import { smooth, type SmoothOptions } from "./smooth.js";
import {
  finiteValues,
  median,
  quantile,
  stepSpacing,
  type Interval,
  type StepSeries,
  wholeSteps,
} from "./stepSeries.js";

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
  const lowestBefore = Math.min(...finiteValues(smoothed.slice(0, position + 1)));
  const lowestAfter = Math.min(...finiteValues(smoothed.slice(position)));
  const prominence = value - Math.max(lowestBefore, lowestAfter);
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

/** Whether a peak stands out of noise. */
export interface PeakTest {
  /** Prominence over how much the series moves within ten observations, and what the null model reaches (95 %). */
  readonly statistic: number;
  readonly limit: number;
  /** Variances of the null model's walk and noise. */
  readonly walkVariance: number;
  readonly noiseVariance: number;
}

/**
 * Compares the prominence of the highest point with the null model: a random walk plus independent noise of the
 * series' own size (`levelNull`), simulated and smoothed in the same way. Both are divided by how much the series
 * moves within ten observations, so that the uncertainty of the noise enters the limit.
 */
export function peakTest(
  series: StepSeries,
  peak: SeriesPeak,
  options: SmoothOptions & { readonly draws: number; readonly random: Random },
): PeakTest {
  const model = levelNull(finiteValues(series.values));
  const statisticOf = (prominence: number, values: readonly number[]): number =>
    prominence / Math.max(levelScale(values), Number.MIN_VALUE);
  const statistics = Array.from({ length: options.draws }, () => {
    const drawn = drawLevel(model, series.steps.length, options.random);
    const values = drawn.map((value, index) => (Number.isFinite(series.values[index]) ? value : NaN));
    const found = seriesPeak({ steps: series.steps, values }, options);
    return statisticOf(found?.prominence ?? NaN, finiteValues(values));
  });
  return {
    statistic: statisticOf(peak.prominence, finiteValues(series.values)),
    limit: quantile(statistics, 0.95),
    ...model,
  };
}

/**
 * The 95 % interval of a peak's step: how far from the top of the smoothed series the same estimate falls when its
 * residuals are resampled with their autocorrelation (`residualBootstrap`), widened by the spacing of the steps.
 */
export function peakInterval(
  series: StepSeries,
  peak: SeriesPeak,
  options: SmoothOptions & { readonly resamples: number; readonly random: Random },
): Interval {
  const spacing = stepSpacing(series.steps);
  const smoothed = smooth(series, options);
  // The smoothed series has a top that noise made too sharp; resampling around a smoother one does not inherit it.
  const smoother = smooth(
    { steps: series.steps, values: smoothed },
    { method: "mean", window: 2 * options.window },
  );
  const top = series.steps[largestPosition(smoother)] ?? NaN;
  const kept = series.values.flatMap((value, index) => (Number.isFinite(value) ? [index] : []));
  const residuals = kept.map((index) => (series.values[index] ?? NaN) - (smoothed[index] ?? NaN));
  // A window of m values leaves 1/m of them as parameters.
  const parameters = Math.round((kept.length * spacing) / Math.max(spacing, options.window));
  const bootstrap = residualBootstrap(residuals, parameters);
  const deviations = Array.from({ length: options.resamples }, () => {
    const noise = bootstrap.draw(options.random);
    const values = [...smoother];
    for (const [place, index] of kept.entries()) {
      values[index] = (smoother[index] ?? NaN) + (noise[place] ?? NaN);
    }
    return (seriesPeak({ steps: series.steps, values }, options)?.step ?? NaN) - top;
  });
  return wholeSteps(
    Math.min(peak.step, peak.step - quantile(deviations, 0.975)) - spacing,
    Math.max(peak.step, peak.step - quantile(deviations, 0.025)) + spacing,
    series.steps,
  );
}

function largestPosition(values: readonly number[]): number {
  let largest = -1;
  for (const [index, value] of values.entries()) {
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
