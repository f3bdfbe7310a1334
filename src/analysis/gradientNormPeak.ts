import { found, notFound, type TransitionVerdict } from "./phaseTransition.js";
import { seriesPeak, type SeriesPeak } from "./seriesPeak.js";
import { smooth } from "./smooth.js";
import { stepSpacing, type StepSeries } from "./stepSeries.js";

export interface GradientNormPeakOptions {
  /** @default "median" */
  readonly method?: "median" | "mean";
  /** Full width of the centred smoothing window in steps. @default 7 × the spacing of the log */
  readonly window?: number;
  /** The smoothed peak must be at least this many times the level at either end. @default 2 */
  readonly minimumRatio?: number;
}

export interface GradientNormPeak {
  readonly smoothed: readonly number[];
  readonly method: "median" | "mean";
  readonly window: number;
  /** The highest smoothed point, whether or not it counts as a peak; null when there are too few values. */
  readonly peak: SeriesPeak | null;
  readonly verdict: TransitionVerdict;
}

/**
 * Peak of the global gradient norm as logged (2506.11613, section 4.1), on a smoothed series. The interval is
 * the width at half height, not a confidence interval; the prominence is the peak over the final level.
 */
export function gradientNormPeak(
  series: StepSeries,
  options: GradientNormPeakOptions = {},
): GradientNormPeak {
  const { method = "median", minimumRatio = 2 } = options;
  const window = options.window ?? 7 * stepSpacing(series.steps);
  const smoothed = smooth(series, { method, window });
  const peak = seriesPeak(series.steps, smoothed, series.values, window);
  return { smoothed, method, window, peak, verdict: judge(peak, method, window, minimumRatio) };
}

function judge(
  peak: SeriesPeak | null,
  method: string,
  window: number,
  minimumRatio: number,
): TransitionVerdict {
  const indicator = "gradientNorm";
  if (peak === null) return notFound({ indicator, reason: "fewer than nine logged gradient norms" });
  const evidence = { value: peak.value, initialLevel: peak.initialLevel, finalLevel: peak.finalLevel };
  if (!(peak.ratio >= minimumRatio)) {
    const end = peak.initialLevel > peak.finalLevel ? "initial" : "final";
    const reason =
      `the largest smoothed value (step ${peak.step}) is ${peak.ratio.toFixed(1)} times the ${end} level, ` +
      `a peak needs ${minimumRatio}`;
    return notFound({ indicator, reason, evidence });
  }
  return found({
    indicator,
    step: peak.step,
    interval: peak.interval,
    method: `largest value beside the maximum of the centred ${method} over ${window} steps; interval: width at half height; prominence: times the final level`,
    prominence: peak.value / peak.finalLevel,
    evidence,
  });
}
