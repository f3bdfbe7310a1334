import type { Random } from "../../../tensor/random.js";
import { largestPosition, seriesPeak, type SeriesPeak } from "./peak.js";
import { smooth, type SmoothOptions } from "../../series/smooth.js";
import {
  quantile,
  stepSpacing,
  type Interval,
  type StepSeries,
  wholeSteps,
} from "../../series/stepSeries.js";
import { wildBootstrap } from "../../statistics/wildBootstrap.js";

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
  return wholeSteps(
    Math.min(peak.step, peak.step - quantile(deviations, 0.975)) - spacing,
    Math.max(peak.step, peak.step - quantile(deviations, 0.025)) + spacing,
    series.steps,
  );
}
