import type { ResampledValue } from "../behavior/questionResampling.js";
import { updateFactor } from "./adapterVector.js";
import type { LandscapeNorm } from "./landscapeSettings.js";
import { lossesAt, type Estimate, type MeasuredLandscape } from "./measuredLandscape.js";
import { average, combine, estimate, resampledDeviation, type LossPool } from "./pooledLoss.js";
import { quantile } from "../statistics/quantile.js";

/** Loss of a rescaled solution. */
export interface LossPoint {
  /** Multiple of the norm. */
  readonly multiple: number;
  /** The norm itself. */
  readonly norm: number;
  /** Nats per answer token. */
  readonly loss: Estimate;
}

/** Way of rescaling: the norm that is held, its length at multiple 1, and the multiples. */
export interface Rescaling {
  readonly norm: LandscapeNorm;
  /** Length at multiple 1. @default the run's own */
  readonly length?: number | undefined;
  readonly multiples: readonly number[];
}

/** Factors on ΔW of a rescaling, one a multiple. */
export function factorsOf(
  { norms, trained = "adapters" }: Pick<MeasuredLandscape, "norms" | "trained">,
  { norm, length = norms[norm], multiples }: Rescaling,
): number[] {
  return multiples.map((multiple) => updateFactor(norm, (multiple * length) / norms[norm], trained));
}

/** Loss against norm of one run, with intervals over conversations. */
export function lossCurve(landscape: MeasuredLandscape, pool: LossPool, rescaling: Rescaling): LossPoint[] {
  const { norms } = landscape;
  const { norm, length = norms[norm], multiples } = rescaling;
  return factorsOf(landscape, rescaling).map((factor, place) => {
    const multiple = multiples[place] ?? NaN;
    return { multiple, norm: multiple * length, loss: estimate(pool(lossesAt(landscape, factor))) };
  });
}

/** Difference of what two solutions of equal norm take off the loss of the base; positive: the first takes off more. */
export interface EfficiencyDifference {
  /** Mean over the multiples above 0 up to 1. */
  readonly mean: Estimate;
  /** At each multiple, with intervals that hold at all of them together. */
  readonly points: readonly { readonly multiple: number; readonly difference: Estimate }[];
}

/**
 * Compares the efficiency of two solutions at one norm: nats per answer token that the first takes off the loss of the
 * base beyond the second (2602.07852; `docs/methods.md §5.13`).
 *
 * @param coverage of the interval of the mean, and of all points together
 */
export function efficiencyDifference(
  one: readonly [MeasuredLandscape, LossPool],
  other: readonly [MeasuredLandscape, LossPool],
  rescaling: Rescaling,
  coverage = 0.95,
): EfficiencyDifference {
  const [falls, others] = [fallsOf(...one, rescaling), fallsOf(...other, rescaling)];
  const differences = falls.map((fall, place) =>
    combine([fall, others[place] ?? fall], (own = NaN, theirs = NaN) => own - theirs),
  );
  const within = differences.filter((_, place) => isWithinTrained(rescaling.multiples[place] ?? NaN));
  const intervals = simultaneous(differences, coverage);
  return {
    mean: estimate(average(within), coverage),
    points: differences.map(({ value }, place) => ({
      multiple: rescaling.multiples[place] ?? NaN,
      difference: { value, interval: intervals[place] ?? [NaN, NaN] },
    })),
  };
}

/** Tells whether a multiple is one that efficiency is averaged over: none of the solutions is stretched there. */
function isWithinTrained(multiple: number): boolean {
  return multiple > 0 && multiple <= 1;
}

/** What a rescaled solution takes off the loss of the base, one a multiple. */
function fallsOf(landscape: MeasuredLandscape, pool: LossPool, rescaling: Rescaling): ResampledValue[] {
  const base = pool(lossesAt(landscape, 0));
  return factorsOf(landscape, rescaling).map((factor) =>
    combine([base, pool(lossesAt(landscape, factor))], (before = NaN, after = NaN) => before - after),
  );
}

/** Intervals that hold together: as many standard deviations wide as the farthest of each resample lies away. */
function simultaneous(values: readonly ResampledValue[], coverage: number): (readonly [number, number])[] {
  const deviations = values.map(resampledDeviation);
  const resamples = values[0]?.resampled.length ?? 0;
  const farthest = Array.from({ length: resamples }, (_, draw) =>
    Math.max(
      0,
      ...values.map(({ value, resampled }, place) => {
        const deviation = deviations[place] ?? NaN;
        return deviation > 0 ? Math.abs((resampled[draw] ?? NaN) - value) / deviation : 0;
      }),
    ),
  );
  const width = quantile(farthest, coverage);
  return values.map(({ value }, place) => {
    const half = width * (deviations[place] ?? NaN);
    return [value - half, value + half];
  });
}
