import { Random } from "../../../tensor/random.js";
import { bicPenalty, optimalPartition, secondDifferenceVariance } from "../../statistics/optimalPartition.js";
import { found, notFound, type PlainValue, type TransitionVerdict } from "../phaseTransition.js";
import { constantCost } from "../../statistics/segmentCost.js";
import { peakInterval, peakTest, fewestForPeak, seriesPeak, type SeriesPeak } from "./peak.js";
import { smooth } from "../../series/smooth.js";
import { stepSpacing, type StepSeries } from "../../series/stepSeries.js";

export interface GradientNormPeakOptions {
  /** @default "median" */
  readonly method?: "median" | "mean";
  /** Full width of the centred smoothing window in steps. @default 7 × the spacing of the log */
  readonly window?: number;
  /** The smoothed peak must be at least this many times the lowest value on either side. @default 1.5 */
  readonly minimumRatio?: number;
  /** Simulated series of the null model. @default 999 */
  readonly draws?: number;
  /** Resamples behind the interval. @default 199 */
  readonly resamples?: number;
  /** @default 0 */
  readonly seed?: number;
}

export interface GradientNormPeak {
  readonly smoothed: readonly number[];
  readonly method: "median" | "mean";
  readonly window: number;
  /** The highest smoothed point, whether or not it counts as a peak; null when there are too few values. */
  readonly peak: SeriesPeak | null;
  readonly verdict: TransitionVerdict;
}

/** The width of the window, in steps, that smooths a gradient norm logged at some steps: seven entries of the log. */
export function defaultGradientWindow(steps: readonly number[]): number {
  return 7 * stepSpacing(steps);
}

/**
 * Peak of the global gradient norm as logged (2506.11613, section 4.1; methods §4.5).
 *
 * The test works on the logarithm, because the noise of a norm is proportional to it: the peak must stand out over
 * the lowest smoothed value on either side by more than a random walk with noise of the series' own size does, and
 * by a factor of `minimumRatio`. A decay from a high start has nothing lower before it and is no peak. The interval
 * is a 95 % bootstrap of the peak's step; how prolonged the peak is, `halfHeight` says, and `plateau`, the
 * piecewise-constant segment (PELT, BIC penalty) that holds it.
 */
export function gradientNormPeak(
  series: StepSeries,
  options: GradientNormPeakOptions = {},
): GradientNormPeak {
  const { method = "median" } = options;
  const window = options.window ?? defaultGradientWindow(series.steps);
  const smoothed = smooth(series, { method, window });
  const peak = seriesPeak(series, { method, window });
  return { smoothed, method, window, peak, verdict: judge(series, method, window, options) };
}

function judge(
  series: StepSeries,
  method: "median" | "mean",
  window: number,
  options: GradientNormPeakOptions,
): TransitionVerdict {
  const { minimumRatio = 1.5, draws = 999, resamples = 199, seed = 0 } = options;
  const indicator = "gradientNorm";
  const logarithms = {
    steps: series.steps,
    values: series.values.map((value) => (value > 0 ? Math.log(value) : NaN)),
  };
  const peak = seriesPeak(logarithms, { method, window });
  if (peak === null) {
    return notFound({ indicator, reason: `fewer than ${fewestForPeak} logged gradient norms` });
  }
  const random = new Random(seed).fork("gradientNorm");
  const test = peakTest(logarithms, peak, { method, window, draws });
  const ratio = Math.exp(peak.prominence);
  const evidence = {
    value: Math.exp(peak.value),
    initialLevel: Math.exp(peak.initialLevel),
    finalLevel: Math.exp(peak.finalLevel),
    lowestBefore: Math.exp(peak.lowestBefore),
    lowestAfter: Math.exp(peak.lowestAfter),
    halfHeight: peak.halfHeight,
    plateau: plateauAround(logarithms, peak.step),
    ...test,
  };
  if (!(ratio >= minimumRatio)) {
    const side = peak.lowestBefore > peak.lowestAfter ? "before" : "after";
    const reason =
      `the largest smoothed value (step ${peak.step}) is ${ratio.toFixed(1)} times the lowest ${side} it, ` +
      `a peak needs ${minimumRatio}`;
    return notFound({ indicator, reason, evidence });
  }
  if (!(test.statistic > test.limit)) {
    const reason =
      `the largest smoothed value (step ${peak.step}) stands out by a factor of ${ratio.toFixed(1)}, ` +
      "no more than a random walk with this noise does";
    return notFound({ indicator, reason, evidence });
  }
  return found({
    indicator,
    step: peak.step,
    interval: peakInterval(logarithms, peak, {
      method,
      window,
      resamples,
      random: random.fork("interval"),
    }),
    method:
      `largest value beside the maximum of the centred ${method} over ${window} steps, beyond a random walk with noise; ` +
      `interval: 95 % of ${resamples} resamples of the residuals, each where it is; prominence: times the lowest value on the higher side`,
    prominence: ratio,
    evidence,
  });
}

/** First and last step of the piecewise-constant segment that holds a step. */
function plateauAround(logarithms: StepSeries, step: number): PlainValue {
  const steps = logarithms.steps.filter((_, index) => Number.isFinite(logarithms.values[index]));
  const values = logarithms.values.filter((value) => Number.isFinite(value));
  const cost = constantCost(values.map((value) => [value]));
  const variance = Math.max(secondDifferenceVariance(values), Number.MIN_VALUE);
  const { changePoints } = optimalPartition(cost, { penalty: bicPenalty(cost, variance), minimumLength: 3 });
  const begins = [0, ...changePoints];
  const segment = begins.findLastIndex((index) => (steps[index] ?? NaN) <= step);
  return [steps[begins[segment] ?? -1] ?? NaN, steps[(begins[segment + 1] ?? steps.length) - 1] ?? NaN];
}
