import { Random } from "../../tensor/random.js";
import type { Analysis } from "../analysisRecord.js";
import type { DirectionAnalysis } from "../geometry/adapterRecord.js";
import type { DirectionTrajectory } from "../geometry/trajectory.js";
import {
  areComparable,
  changeDraws,
  dispositionCurve,
  type DispositionReading,
} from "../directions/disposition.js";
import type { CoefficientRecord } from "../learningCoefficient/coefficientRecord.js";
import { positionsByStep, type StepSeries } from "../series/stepSeries.js";
import { spread } from "../series/spread.js";
import { quantile, type Interval } from "../statistics/quantile.js";
import { studentQuantile95 } from "../statistics/studentQuantile.js";
import { localCosineDraws, seriesDraws } from "./curveNoise.js";

/** A run that is compared: its record, and the paths that its transitions were looked for in. */
export interface JudgedRun {
  readonly name: string;
  readonly analysis: Analysis;
  readonly paths: readonly DirectionTrajectory[];
  /** Prompts along a direction; null where they were not read. */
  readonly disposition: DispositionReading | null;
  /** Local learning coefficients along training. @default none were measured */
  readonly learningCoefficient?: CoefficientRecord | null;
}

/** A curve that a run and its controls both have. */
export interface ControlCurve {
  readonly quantity: "localCosine" | "norm" | "cosineToFinal" | "gradientNorm" | "disposition";
  /** Module path, or the name of the whole update; null for what belongs to the run. */
  readonly adapter: string | null;
  /** Half-window of a local cosine, in steps; null for all else. */
  readonly k: number | null;
  /** Steps that all have. */
  readonly steps: readonly number[];
  /** Means where there are several. */
  readonly run: readonly number[];
  readonly control: readonly number[];
  /** Run less control. */
  readonly difference: readonly number[];
  /** Of the difference, 95 %, at every step by itself. */
  readonly interval: readonly Interval[];
  /** Kind of the interval, in words. */
  readonly method: string;
}

/** Settings of the noise within one run. */
interface NoiseOptions {
  readonly resamples: number;
  readonly seed: number;
}

/** A curve of one run, with what its noise is drawn from. */
interface Curve extends Pick<ControlCurve, "quantity" | "adapter" | "k">, StepSeries {
  readonly draws: () => readonly Float64Array[];
  /** What is drawn, in words. @default noise within the runs */
  readonly noise?: string;
}

/**
 * Curves of a run beside those of its controls, with the difference and its interval.
 *
 * One run and one control: within-run noise alone, resampled in blocks about the smooth course of each. One run and
 * several controls: Student's interval for one more run among the controls. As many runs as controls: Student's interval of the
 * mean over pairs. Signs are the paper's: local cosines are −1 where straight.
 */
export function controlCurves(
  runs: readonly JudgedRun[],
  controls: readonly JudgedRun[],
  options: NoiseOptions,
): ControlCurve[] {
  const readings = [...runs, ...controls].flatMap(({ disposition }) => disposition ?? []);
  const areAlike = readings.every((each) => readings[0] !== undefined && areComparable(readings[0], each));
  const read = (run: JudgedRun): JudgedRun => (areAlike ? run : { ...run, disposition: null });
  const [first, ...others] = runs.map((run) => curvesOf(read(run), "run", options));
  const against = controls.map((control) => curvesOf(read(control), "control", options));
  const same = (curve: Curve) => (other: Curve) =>
    other.quantity === curve.quantity && other.adapter === curve.adapter && other.k === curve.k;
  return (first ?? []).flatMap((curve): ControlCurve[] => {
    const own = [curve, ...others.flatMap((each) => each.find(same(curve)) ?? [])];
    const theirs = against.flatMap((each) => each.find(same(curve)) ?? []);
    if (own.length < runs.length || theirs.length < controls.length || theirs.length === 0) return [];
    return [comparedCurve(own, theirs)];
  });
}

function comparedCurve(own: readonly Curve[], theirs: readonly Curve[]): ControlCurve {
  const [curve, ...others] = [...own, ...theirs];
  const steps = (curve?.steps ?? []).filter((step) => others.every((each) => each.steps.includes(step)));
  const aligned = ({ steps: stored }: StepSeries, values: ArrayLike<number>): number[] => {
    const positions = positionsByStep(stored);
    return steps.map((step) => values[positions.get(step) ?? -1] ?? NaN);
  };
  const runRows = own.map((each) => aligned(each, each.values));
  const controlRows = theirs.map((each) => aligned(each, each.values));
  const [run, control] = [meanOf(runRows, steps), meanOf(controlRows, steps)];
  const difference = run.map((value, index) => value - (control[index] ?? NaN));
  const [onlyRun, onlyControl] = [own[0], theirs[0]];
  const shape = {
    quantity: curve?.quantity ?? "norm",
    adapter: curve?.adapter ?? null,
    k: curve?.k ?? null,
    steps,
    run,
    control,
    difference,
  };
  if (own.length === 1 && theirs.length === 1 && onlyRun !== undefined && onlyControl !== undefined) {
    const runDraws = onlyRun.draws().map((row) => aligned(onlyRun, row));
    const controlDraws = onlyControl.draws().map((row) => aligned(onlyControl, row));
    const interval = steps.map((_, index): Interval => {
      const differences = runDraws.map(
        (row, draw) => (row[index] ?? NaN) - (controlDraws[draw]?.[index] ?? NaN),
      );
      return [quantile(differences, 0.025), quantile(differences, 0.975)];
    });
    const noise = onlyRun.noise ?? `noise within the two runs, ${runDraws.length} resamples in blocks`;
    const method = `${noise}; what differs between seeds is not in it`;
    return { ...shape, interval, method };
  }
  const isPaired = own.length === theirs.length;
  const rows = isPaired
    ? runRows.map((row, pair) => row.map((value, index) => value - (controlRows[pair]?.[index] ?? NaN)))
    : controlRows;
  const n = rows.length;
  const interval = steps.map((_, index): Interval => {
    const { standardDeviation } = spread(rows.map((row) => row[index] ?? NaN));
    const half = studentQuantile95(n - 1) * standardDeviation * Math.sqrt(isPaired ? 1 / n : 1 + 1 / n);
    return [(difference[index] ?? NaN) - half, (difference[index] ?? NaN) + half];
  });
  const method = isPaired
    ? `Student's interval of the mean over ${n} pairs`
    : `Student's interval for one more run among ${n} controls`;
  return { ...shape, interval, method };
}

function meanOf(rows: readonly (readonly number[])[], steps: readonly number[]): number[] {
  return steps.map((_, index) => rows.reduce((sum, row) => sum + (row[index] ?? NaN), 0) / rows.length);
}

function curvesOf(
  { analysis, paths, disposition }: JudgedRun,
  name: string,
  { resamples, seed }: NoiseOptions,
): Curve[] {
  const random = new Random(seed).fork(`curves of the ${name}`);
  const series = (shape: Pick<Curve, "quantity" | "adapter">, { steps, values }: StepSeries): Curve => ({
    ...shape,
    k: null,
    steps,
    values,
    draws: () =>
      seriesDraws(
        { steps, values },
        { resamples, random: random.fork(`${shape.quantity} ${shape.adapter ?? ""}`) },
      ),
  });
  const curves = paths.flatMap((path): Curve[] => {
    const record = pathRecord(analysis, path.name);
    if (record === undefined) return [];
    const windows = Object.keys(record.localCosine).map(Number);
    let known: ReadonlyMap<number, readonly Float64Array[]> | undefined;
    const drawn = (): ReadonlyMap<number, readonly Float64Array[]> =>
      (known ??= localCosineDraws(path, windows, { resamples, random: random.fork(`path ${path.name}`) }));
    return [
      ...windows.map((k): Curve => {
        // Recomputed from the bend, whose meaning does not depend on the sign of the record.
        const values = (record.localCosine[k]?.bendDegrees ?? []).map(
          (bend) => -Math.cos((bend * Math.PI) / 180),
        );
        const shape = { quantity: "localCosine", adapter: path.name, k, steps: path.steps, values } as const;
        return { ...shape, draws: () => drawn().get(k) ?? [] };
      }),
      series({ quantity: "norm", adapter: path.name }, record.norm),
      series({ quantity: "cosineToFinal", adapter: path.name }, record.cosineToFinal),
    ];
  });
  return [
    ...curves,
    ...(analysis.gradNorm === null
      ? []
      : [series({ quantity: "gradientNorm", adapter: null }, analysis.gradNorm)]),
    ...(disposition === null ? [] : [readCurve(disposition, { resamples, seed })]),
  ];
}

/** A disposition as a curve; run and control draw the same questions. */
function readCurve(reading: DispositionReading, { resamples, seed }: NoiseOptions): Curve {
  const { steps, values } = dispositionCurve(reading, { resamples: 0 });
  const first = values[0] ?? NaN;
  return {
    ...{ quantity: "disposition", adapter: null, k: null, steps, values },
    draws: () =>
      changeDraws(reading.values, resamples, new Random(seed).fork("questions of both")).map((change) =>
        Float64Array.from(change, (value) => first + value),
      ),
    noise: `${resamples} resamples of the questions, the same for both`,
  };
}

function pathRecord({ whole, adapters }: Analysis, name: string): DirectionAnalysis | undefined {
  if (whole !== null) return whole.path;
  return adapters.find((adapter) => adapter.name === name)?.B;
}
