import { Random } from "../../../tensor/random.js";
import type { Interval } from "../../statistics/quantile.js";
import { cannotTell, doesNotTurn, found, type VerdictOf } from "../phaseTransition.js";
import { fewestForPeak, peakInterval, peakTest, seriesPeak, type PeakTest, type SeriesPeak } from "./peak.js";
import { smooth } from "../../series/smooth.js";
import { stepSpacing, type StepSeries } from "../../series/stepSeries.js";

/** Settings of the peak of the gradient norm. */
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

/** The smoothed gradient norm, and its highest point whether or not that counts as a peak. */
export interface GradientNormCurve {
  readonly smoothed: readonly number[];
  readonly window: number;
  readonly method: "median" | "mean";
  /** Null when there are too few values. */
  readonly peak: SeriesPeak | null;
}

/** The numbers behind a peak of the gradient norm. */
export interface GradientNormEvidence extends PeakTest {
  /** Smoothed, at the peak. */
  readonly value: number;
  /** Median of the first and of the last tenth. */
  readonly initialLevel: number;
  readonly finalLevel: number;
  /** Lowest smoothed values on either side. */
  readonly lowestBefore: number;
  readonly lowestAfter: number;
  /** Steps around the peak that stay above half its prominence. */
  readonly halfHeight: Interval;
}

/** Smooths the gradient norm and finds its highest point. */
export function gradientNormCurve(
  series: StepSeries,
  { method = "median", window = defaultGradientWindow(series.steps) }: GradientNormPeakOptions = {},
): GradientNormCurve {
  const smoothing = { method, window };
  return { smoothed: smooth(series, smoothing), window, method, peak: seriesPeak(series, smoothing) };
}

/** The width of the window, in steps, that smooths a gradient norm logged at some steps: seven entries of the log. */
export function defaultGradientWindow(steps: readonly number[]): number {
  return 7 * stepSpacing(steps);
}

/**
 * Finds the peak of the global gradient norm as logged (2506.11613, section 4.1; docs/methods.md §4.5).
 *
 * The test works on the logarithm, because the noise of a norm is proportional to it: the peak must stand out over
 * the lowest smoothed value on either side by more than a random walk with noise of the series' own size does, and
 * by a factor of `minimumRatio`. A decay from a high start has nothing lower before it and is no peak. The interval
 * is a 95 % bootstrap of the peak's step; how prolonged the peak is, `halfHeight` says.
 */
export function gradientNormPeak(
  series: StepSeries,
  options: GradientNormPeakOptions = {},
): VerdictOf<"gradientNorm", GradientNormEvidence> {
  const { minimumRatio = 1.5, draws = 999, resamples = 199, seed = 0 } = options;
  const { method = "median", window = defaultGradientWindow(series.steps) } = options;
  const indicator = "gradientNorm";
  const logarithms = {
    steps: series.steps,
    values: series.values.map((value) => (value > 0 ? Math.log(value) : NaN)),
  };
  const peak = seriesPeak(logarithms, { method, window });
  if (peak === null) {
    return cannotTell({
      indicator,
      reason: `fewer than ${fewestForPeak} logged gradient norms`,
      remedy: "log the gradient norm at every step",
    });
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
    ...test,
  };
  const detectable = Math.max(minimumRatio, Math.exp(test.limit * test.scale));
  if (!(ratio >= minimumRatio)) {
    const side = peak.lowestBefore > peak.lowestAfter ? "before" : "after";
    const reason =
      `the largest smoothed value (step ${peak.step}) is ${ratio.toFixed(1)} times the lowest ${side} it, ` +
      `a peak needs ${minimumRatio}`;
    const event = `a peak of ${detectable.toFixed(1)} times`;
    return doesNotTurn({
      indicator,
      reason,
      sensitivity: { event, size: detectable, percent: null },
      evidence,
    });
  }
  if (!(test.statistic > test.limit)) {
    const reason =
      `the largest smoothed value (step ${peak.step}) stands out by a factor of ${ratio.toFixed(1)}, ` +
      `no more than a random walk with this noise does (${detectable.toFixed(1)})`;
    const remedy = "log every step, train with larger batches, or compare runs of several seeds";
    return cannotTell({ indicator, reason, remedy, evidence });
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
