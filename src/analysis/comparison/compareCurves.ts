import {
  alignByRelativeStep,
  alignByStep,
  alignByTransition,
  type AlignedSeries,
  type Alignment,
} from "../series/alignSeries.js";
import { spread, spreadSeries } from "../series/spread.js";
import type { StepSeries } from "../series/stepSeries.js";
import type { Interval } from "../statistics/quantile.js";
import { studentQuantile95 } from "../statistics/studentQuantile.js";

/** Kind of band around the mean of several runs: the 95 % interval of the mean, one standard deviation, or the range. */
export type SpreadBand = "interval" | "deviation" | "range";

/** Series of one run, with what places it on a common axis. */
export interface ComparedSeries extends StepSeries {
  /** Of the values, as measured; absent where they have none. */
  readonly intervals?: readonly Interval[];
  /** Step that becomes 0 where runs are aligned by a transition; NaN where the run has no such transition. */
  readonly origin: number;
  /** The run's last step, which becomes 100 %. */
  readonly lastStep: number;
  /**
   * True where the quantity was measured at chosen steps only, so that one between two of them may be read off the line
   * through both. What is stored at every step is never read across a missing one. @default false
   */
  readonly isEvaluated?: boolean;
}

/** A run, or several as one, on the common axis. */
export interface ComparedCurve {
  /** Steps, percent of each run, or steps from a transition; strictly increasing. */
  readonly positions: readonly number[];
  readonly values: readonly number[];
  /** NaN where there is none; null where the quantity has none anywhere. */
  readonly intervals: readonly Interval[] | null;
  /** Number of runs that say something, at each position. */
  readonly n: readonly number[];
}

/** Places one run on the common axis, at its own stored steps: nothing is interpolated. */
export function comparedRun(series: ComparedSeries, alignment: Alignment): ComparedCurve {
  const { values, intervals } = series;
  const isPlaced = alignment !== "transition" || Number.isFinite(series.origin);
  return {
    positions: isPlaced ? placed(series, alignment) : [],
    values: isPlaced ? values : [],
    intervals: intervals === undefined ? null : isPlaced ? intervals : [],
    n: isPlaced ? values.map((value) => (Number.isFinite(value) ? 1 : 0)) : [],
  };
}

/** Positions of the steps of a series on the common axis. */
function placed({ steps, origin, lastStep }: ComparedSeries, alignment: Alignment): number[] {
  if (alignment === "step") return [...steps];
  return steps.map((step) => (alignment === "transition" ? step - origin : (100 * step) / lastStep));
}

/**
 * Several runs as their mean with a band, where all of them say something: a mean over fewer would jump where a run
 * ends. By step nothing is interpolated; otherwise linearly between neighbouring stored steps, never across a gap.
 * What was evaluated at chosen steps is interpolated linearly between them, on the union of the steps.
 *
 * The 95 % interval of the mean is Student's, and takes three runs at least: with two it would span more than twelve
 * standard deviations to either side. Fewer runs leave it undefined.
 */
export function foldedRuns(
  series: readonly ComparedSeries[],
  alignment: Alignment,
  band: SpreadBand = "interval",
): ComparedCurve {
  const folded = spreadSeries(
    series.every(({ isEvaluated }) => isEvaluated === true)
      ? alignedEvaluations(series, alignment)
      : alignedStored(series, alignment),
  );
  const isWhole = folded.n.map((n) => n === series.length);
  return {
    positions: folded.positions,
    values: folded.mean.map((mean, at) => (isWhole[at] === true ? mean : NaN)),
    intervals: folded.mean.map((mean, at): Interval => {
      if (isWhole[at] !== true) return [NaN, NaN];
      const [deviation, n] = [folded.standardDeviation[at] ?? NaN, folded.n[at] ?? 0];
      if (band === "range") return [folded.min[at] ?? NaN, folded.max[at] ?? NaN];
      const half = band === "deviation" ? deviation : meanHalfWidth(deviation, n);
      return [mean - half, mean + half];
    }),
    n: folded.n,
  };
}

function alignedStored(series: readonly ComparedSeries[], alignment: Alignment): AlignedSeries {
  if (alignment === "step") return alignByStep(series);
  if (alignment === "transition") {
    const origins = series.map(({ origin }) => origin);
    return alignByTransition(series, origins);
  }
  const lastSteps = series.map(({ lastStep }) => lastStep);
  const { positions, ...rest } = alignByRelativeStep(series, { lastSteps });
  return { ...rest, positions: positions.map((share) => 100 * share) };
}

/** Aligns evaluations on the union of the positions at which any run was evaluated. */
function alignedEvaluations(series: readonly ComparedSeries[], alignment: Alignment): AlignedSeries {
  const own = series.map((each) => comparedRun(each, alignment));
  const all = new Set(own.flatMap(({ positions }) => positions));
  const positions = [...all].sort((one, other) => one - other);
  return { alignment, positions, values: own.map((curve) => positions.map((at) => lineAt(curve, at))) };
}

/** The line through the neighbouring values; NaN outside of them and beside a gap. */
function lineAt({ positions, values }: ComparedCurve, at: number): number {
  const after = positions.findIndex((position) => position >= at);
  const [right = NaN, left = NaN] = [positions[after], positions[after - 1]];
  if (right === at) return values[after] ?? NaN;
  const weight = (at - left) / (right - left);
  return (1 - weight) * (values[after - 1] ?? NaN) + weight * (values[after] ?? NaN);
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
