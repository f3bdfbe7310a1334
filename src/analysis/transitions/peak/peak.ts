import { smooth, type SmoothOptions, smoother } from "../../series/smooth.js";
import { largestPosition, type StepSeries, stepSpacing, widenedInterval } from "../../series/stepSeries.js";
import { finiteValues, median, type Interval, quantile } from "../../statistics/quantile.js";
import { Random } from "../../../tensor/random.js";
import { drawLevel, localLevelModel, levelScale } from "../../statistics/localLevelModel.js";
import { upperLimit } from "../../statistics/monteCarloTest.js";
import { wildBootstrap } from "../../statistics/bootstrap.js";

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

/** Height of a value over the higher of the lowest finite values before and after it. */
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
function largestNear({ steps, values }: StepSeries, center: number, distance: number): number {
  let best = center;
  let largest = -Infinity;
  for (const [index, step] of steps.entries()) {
    const value = values[index] ?? NaN;
    if (Math.abs(step - center) <= distance && value > largest) [best, largest] = [step, value];
  }
  return best;
}

/** A test of whether a peak stands out of noise. */
export interface PeakTest {
  /** Prominence over how much the series moves within ten observations, and what the null model reaches (95 %). */
  readonly statistic: number;
  readonly limit: number;
  /** How much the series moves within ten observations: a peak of `limit` times as much stands out. */
  readonly scale: number;
  /** Variances of the null model's walk and noise. */
  readonly walkVariance: number;
  readonly noiseVariance: number;
  /** Share of the walk in the variance, rounded up, at which the limit was simulated. */
  readonly walkShare: number;
}

/**
 * Shares of the walk for which limits are simulated. A limit grows with the share, steeply where it is small: rounding
 * up covers the error of its estimate, and a limit serves every series of one length.
 */
const walkShares = [0.03, 0.08, 0.15, 0.3, 0.5, 0.75, 1] as const;

/**
 * What is left of that error: without it some more than 6 % of simulated series of the model pass
 * a limit of 5 %.
 */
const margin = 1.05;

/**
 * Compares the prominence of the highest point with the null model: a random walk plus independent noise (`localLevelModel`),
 * mixed as in the series, simulated and smoothed in the same way. Both are divided by how much the series moves within
 * ten observations, so that the size of the noise drops out.
 *
 * @param options.draws simulated series. They depend on nothing but their steps, so that limits are kept.
 */
export function peakTest(
  series: StepSeries,
  peak: SeriesPeak,
  options: SmoothOptions & { readonly draws: number },
): PeakTest {
  const values = finiteValues(series.values);
  const model = localLevelModel(values);
  const share = model.walkVariance / Math.max(model.walkVariance + model.noiseVariance, Number.MIN_VALUE);
  const walkShare = walkShares.find((each) => each >= share) ?? 1;
  const scale = Math.max(levelScale(values), Number.MIN_VALUE);
  return {
    statistic: peak.prominence / scale,
    limit: margin * limitOf(series, walkShare, options),
    scale,
    ...model,
    walkShare,
  };
}

/** Values simulated for a limit, where that leaves 199 draws. */
const mostSimulated = 2e5;

const knownLimits = new Map<string, number>();

/** Limits kept; a run needs a handful. */
const mostKnown = 200;

function limitOf(
  series: StepSeries,
  walkShare: number,
  options: SmoothOptions & { readonly draws: number },
): number {
  const { method, window } = options;
  // A long series takes longer to simulate, and needs its limit no more exactly than 199 draws give it.
  const draws = Math.min(options.draws, Math.max(199, Math.round(mostSimulated / series.steps.length)));
  const defined = series.steps.filter((_, index) => Number.isFinite(series.values[index]));
  const key = `${walkShare} ${method} ${window} ${draws} ${series.steps.length} ${defined.join(" ")}`;
  const known = knownLimits.get(key);
  if (known !== undefined) return known;
  const random = new Random(defined.length).fork("peak").fork(walkShare);
  const kept = series.values.flatMap((value, index) => (Number.isFinite(value) ? [index] : []));
  const smoothed = smoother(series, { method, window });
  const placed = new Float64Array(series.steps.length).fill(NaN);
  const model = { walkVariance: walkShare, noiseVariance: 1 - walkShare };
  const spacing = stepSpacing(series.steps);
  const ages = defined.map((step, index) => (step - (defined[index - 1] ?? step - spacing)) / spacing);
  const statistics = Array.from({ length: draws }, () => {
    const drawn = drawLevel(model, ages, random);
    for (const [place, index] of kept.entries()) placed[index] = drawn[place] ?? NaN;
    const curve = smoothed(placed);
    return prominenceAt(curve, largestPosition(curve)).prominence / levelScale(drawn);
  });
  const limit = upperLimit(statistics);
  if (knownLimits.size >= mostKnown) knownLimits.clear();
  knownLimits.set(key, limit);
  return limit;
}

/**
 * The 95 % interval of a peak's step: how far from the top of the smoothed series the same estimate falls when its
 * residuals are resampled where they are, with their autocorrelation (`wildBootstrap`), widened by the spacing of the steps.
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
    { method: "mean", window: 3 * options.window },
  );
  const top = series.steps[largestPosition(smoother)] ?? NaN;
  const kept = series.values.flatMap((value, index) => (Number.isFinite(value) ? [index] : []));
  // About the smoother series too: the other follows slow noise, and its residuals would know nothing of it.
  const residuals = kept.map((index) => (series.values[index] ?? NaN) - (smoother[index] ?? NaN));
  // A window of m values leaves 1/m of them as parameters.
  const parameters = Math.round((kept.length * spacing) / Math.max(spacing, 3 * options.window));
  const draw = wildBootstrap(residuals, parameters);
  const deviations = Array.from({ length: options.resamples }, () => {
    const noise = draw(options.random);
    const values = [...smoother];
    for (const [place, index] of kept.entries()) {
      values[index] = (smoother[index] ?? NaN) + (noise[place] ?? NaN);
    }
    return (seriesPeak({ steps: series.steps, values }, options)?.step ?? NaN) - top;
  });
  return widenedInterval(
    Math.min(peak.step, peak.step - quantile(deviations, 0.975)),
    Math.max(peak.step, peak.step - quantile(deviations, 0.025)),
    series.steps,
    kept.map((index) => series.steps[index] ?? NaN),
  );
}
