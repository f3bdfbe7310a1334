import { alignByRelativeStep, alignByStep, alignByTransition, type Alignment } from "./alignSeries.js";
import { spread, spreadSeries } from "./spread.js";
import type { Interval, StepSeries } from "./stepSeries.js";
import { studentQuantile95 } from "./studentQuantile.js";

/** What the band around the mean of several runs is: the 95 % interval of the mean, one standard deviation, or the range. */
export type SpreadBand = "interval" | "deviation" | "range";

/** One run's quantity, and what places it on a common axis. */
export interface ComparedSeries extends StepSeries {
  /** Of the values, as measured; absent where they have none. */
  readonly intervals?: readonly Interval[];
  /** Step that becomes 0 where runs are aligned by a transition; NaN where the run has no such transition. */
  readonly origin: number;
  /** The run's last step, which becomes 100 %. */
  readonly lastStep: number;
}

/** A run, or several as one, on the common axis. */
export interface ComparedCurve {
  /** Steps, percent of each run, or steps from a transition; strictly increasing. */
  readonly positions: readonly number[];
  readonly values: readonly number[];
  /** NaN where there is none; null where the quantity has none anywhere. */
  readonly intervals: readonly Interval[] | null;
  /** How many runs say something, at each position. */
  readonly n: readonly number[];
}

/** One run on the common axis, at its own stored steps: nothing is interpolated. */
export function comparedRun(series: ComparedSeries, alignment: Alignment): ComparedCurve {
  const { steps, values, intervals, origin, lastStep } = series;
  const place = (step: number): number => {
    if (alignment === "step") return step;
    return alignment === "transition" ? step - origin : (100 * step) / lastStep;
  };
  const isPlaced = alignment !== "transition" || Number.isFinite(origin);
  return {
    positions: isPlaced ? steps.map(place) : [],
    values: isPlaced ? values : [],
    intervals: intervals === undefined ? null : isPlaced ? intervals : [],
    n: isPlaced ? values.map((value) => (Number.isFinite(value) ? 1 : 0)) : [],
  };
}

/**
 * Several runs as their mean with a band. By step nothing is interpolated; otherwise linearly between neighbouring
 * stored steps, never across a gap.
 *
 * The 95 % interval of the mean is Student's, and takes three runs at least: with two it would span more than twelve
 * standard deviations to either side. Fewer runs leave it undefined.
 */
export function foldedRuns(
  series: readonly ComparedSeries[],
  alignment: Alignment,
  band: SpreadBand = "interval",
): ComparedCurve {
  const aligned =
    alignment === "step"
      ? alignByStep(series)
      : alignment === "relativeStep"
        ? alignByRelativeStep(series, { lastSteps: series.map(({ lastStep }) => lastStep) })
        : alignByTransition(
            series,
            series.map(({ origin }) => origin),
          );
  const folded = spreadSeries(aligned);
  const factor = alignment === "relativeStep" ? 100 : 1;
  return {
    positions: folded.positions.map((position) => factor * position),
    values: folded.mean,
    intervals: folded.mean.map((mean, at): Interval => {
      const [deviation, n] = [folded.standardDeviation[at] ?? NaN, folded.n[at] ?? 0];
      if (band === "range") return [folded.min[at] ?? NaN, folded.max[at] ?? NaN];
      const half = band === "deviation" ? deviation : meanHalfWidth(deviation, n);
      return [mean - half, mean + half];
    }),
    n: folded.n,
  };
}

/** Mean of one number over runs with its 95 % interval, undefined for fewer than three runs. */
export function meanOverRuns(values: readonly number[]): {
  readonly n: number;
  readonly mean: number;
  readonly interval: Interval;
} {
  const { n, mean, standardDeviation } = spread(values);
  const half = meanHalfWidth(standardDeviation, n);
  return { n, mean, interval: [mean - half, mean + half] };
}

function meanHalfWidth(standardDeviation: number, n: number): number {
  return n < 3 ? NaN : (studentQuantile95(n - 1) * standardDeviation) / Math.sqrt(n);
}
