import type { AdapterNorms } from "./adapterVector.js";
import type { LandscapeNorm, TrainedKind } from "./landscapeSettings.js";
import {
  efficiencyDifference,
  lossCurve,
  type EfficiencyDifference,
  type LossPoint,
  type Rescaling,
} from "./efficiency.js";
import { lossesAt, type Estimate, type MeasuredLandscape } from "./measuredLandscape.js";
import { combine, estimate, lossPool, type LossPool } from "./pooledLoss.js";
import {
  degradationCurve,
  meanDegradation,
  stabilityDifference,
  type DegradationPoint,
} from "./stability.js";

/** Fewest conversations of which a verdict is given: of fewer, resamples tell too little. */
export const fewestConversations = 10;
/** Fewest seeds of the noise of which a verdict on stability is given. */
export const fewestSeeds = 5;
/**
 * How far solutions may be apart for a verdict, in norm for efficiency, in what they take off the loss for stability: at
 * a small share of its norm a solution is another one, and noise on a solution that has barely begun says nothing of it
 * when it has gone as far as the other.
 */
export const farthestApart = 5;

/** Efficiency and stability of one run. */
export interface RunLandscape {
  readonly name: string;
  readonly step: number;
  readonly norms: AdapterNorms;
  readonly parameters: number;
  readonly sample: MeasuredLandscape["sample"];
  readonly conversations: number;
  readonly tokens: number;
  /** Loss of the base, nats per answer token. */
  readonly base: Estimate;
  /** Loss of the run. */
  readonly loss: Estimate;
  /** Loss of the base less that of the run. */
  readonly fall: Estimate;
  /** Loss at multiples of the run's own norm. */
  readonly own: readonly LossPoint[];
  /** Degradation by size of the noise; empty where no noise was measured. */
  readonly degradation: readonly DegradationPoint[];
  /** Its mean over the sizes; null where no noise was measured. */
  readonly meanDegradation: Estimate | null;
  /** Number of seeds of the noise. */
  readonly seeds: number;
}

/** What a comparison says of the first run. */
export type LandscapeVerdict = "more" | "less" | "cannotTell";

/** The first run held against another. */
export interface LandscapeComparison {
  readonly run: string;
  readonly other: string;
  /** True where losses of both are of the same conversations. */
  readonly isPaired: boolean;
  /** Norm of both at multiple 1: that of the shorter, so that neither is stretched up to there. */
  readonly commonLength: number;
  /** Loss of both at multiples of it. */
  readonly losses: { readonly run: readonly LossPoint[]; readonly other: readonly LossPoint[] };
  readonly efficiency: EfficiencyDifference & {
    readonly verdict: LandscapeVerdict;
    /** Why nothing can be told; null where something can. */
    readonly reason: string | null;
  };
  /** Null where no noise was measured. */
  readonly stability: {
    readonly difference: Estimate;
    readonly verdict: LandscapeVerdict;
    readonly reason: string | null;
  } | null;
}

/** Efficiency and stability of runs, the first held against each other one. */
export interface LandscapeReport {
  readonly norm: LandscapeNorm;
  /** What all of them trained. */
  readonly trained: TrainedKind;
  readonly runs: readonly RunLandscape[];
  readonly comparisons: readonly LandscapeComparison[];
  /** Coverage of the intervals that verdicts rest on, all of them together 95 %, those of other reports too. */
  readonly coverage: number;
}

/** Settings of a report. */
export interface LandscapeOptions {
  readonly norm: LandscapeNorm;
  readonly multiples: readonly number[];
  /** Seed of the resamples of conversations. @default 0 */
  readonly seed?: number;
  /** Number of reports, this one among them, whose verdicts are about all at once. @default 1 */
  readonly reports?: number;
}

/** Length that two runs are brought to: that of the shorter. */
export function commonLength(
  one: { readonly norms: AdapterNorms },
  other: { readonly norms: AdapterNorms },
  norm: LandscapeNorm,
): number {
  return Math.min(one.norms[norm], other.norms[norm]);
}

/**
 * Makes the report of what was measured around the solutions of runs (2602.07852; `docs/methods.md §5.13`). Verdicts are
 * about all comparisons at once: their intervals cover 1 − 0.05/m with m verdicts (Bonferroni).
 */
export function compareLandscapes(
  landscapes: readonly MeasuredLandscape[],
  { norm, multiples, seed = 0, reports = 1 }: LandscapeOptions,
): LandscapeReport {
  const pooled = landscapes.map((each): [MeasuredLandscape, LossPool] => [each, lossPool(each, { seed })]);
  const rescaling: Rescaling = { norm, multiples };
  const runs = pooled.map((each) => runLandscape(each, rescaling));
  const [first, ...others] = pooled;
  const disturbed = landscapes.every((each) => each.disturbed.length > 0);
  const coverage = 1 - 0.05 / Math.max(1, others.length * (disturbed ? 2 : 1) * reports);
  const comparisons =
    first === undefined ? [] : others.map((other) => comparison(first, other, rescaling, coverage));
  return { norm, trained: landscapes[0]?.trained ?? "adapters", runs, comparisons, coverage };
}

function runLandscape(
  [landscape, pool]: readonly [MeasuredLandscape, LossPool],
  rescaling: Rescaling,
): RunLandscape {
  const { name, step, norms, parameters, sample, tokens, disturbed } = landscape;
  const [base, loss] = [pool(lossesAt(landscape, 0)), pool(lossesAt(landscape, 1))];
  return {
    ...{ name, step, norms, parameters, sample },
    conversations: tokens.length,
    tokens: tokens.reduce((sum, count) => sum + count, 0),
    base: estimate(base),
    loss: estimate(loss),
    fall: estimate(combine([base, loss], (before = NaN, after = NaN) => before - after)),
    own: lossCurve(landscape, pool, rescaling),
    degradation: degradationCurve(landscape, pool),
    meanDegradation: disturbed.length === 0 ? null : meanDegradation(landscape, pool),
    seeds: new Set(disturbed.map((each) => each.seed)).size,
  };
}

function comparison(
  one: readonly [MeasuredLandscape, LossPool],
  other: readonly [MeasuredLandscape, LossPool],
  { norm, multiples }: Rescaling,
  coverage: number,
): LandscapeComparison {
  const both = [one, other];
  const length = commonLength(one[0], other[0], norm);
  const rescaling = { norm, multiples, length };
  const efficiency = efficiencyDifference(one, other, rescaling, coverage);
  const tooFew = tooFewReason(both);
  const apart = tooFew ?? normReason(both, norm);
  const isDisturbed = both.every(([{ disturbed }]) => disturbed.length > 0);
  const unstable = tooFew ?? noiseReason(both, coverage);
  const difference = isDisturbed ? stabilityDifference(one, other, coverage) : null;
  return {
    run: one[0].name,
    other: other[0].name,
    isPaired: one[0].sample.sha256 === other[0].sample.sha256,
    commonLength: length,
    losses: { run: lossCurve(...one, rescaling), other: lossCurve(...other, rescaling) },
    efficiency: { ...efficiency, verdict: verdictOf(efficiency.mean, 1, apart), reason: apart },
    stability: difference && { difference, verdict: verdictOf(difference, -1, unstable), reason: unstable },
  };
}

type PooledRuns = readonly (readonly [MeasuredLandscape, LossPool])[];

/** Why resamples tell too little; null where they do not. */
function tooFewReason(runs: PooledRuns): string | null {
  const fewest = Math.min(...runs.map(([{ tokens }]) => tokens.length));
  return fewest < fewestConversations
    ? `expected ${fewestConversations} conversations or more, found ${fewest}`
    : null;
}

/** Why losses at equal norm cannot be compared; null where they can. */
function normReason(runs: PooledRuns, norm: LandscapeNorm): string | null {
  const ratio = apartBy(runs.map(([{ norms }]) => norms[norm]));
  return ratio > farthestApart
    ? `the norms are ${times(ratio)} apart, and at a small share of its norm a solution is another one`
    : null;
}

/** Why degradations cannot be compared; null where they can. */
function noiseReason(runs: PooledRuns, coverage: number): string | null {
  const falls = runs.map(([landscape, pool]) => {
    const [base, loss] = [pool(lossesAt(landscape, 0)), pool(lossesAt(landscape, 1))];
    return estimate(
      combine([base, loss], (before = NaN, after = NaN) => before - after),
      coverage,
    );
  });
  const without = runs.find((_, place) => !((falls[place]?.interval[0] ?? NaN) > 0));
  if (without !== undefined)
    return `${without[0].name} does not surely take anything off the loss of the base`;
  const seeds = Math.min(...runs.map(([{ disturbed }]) => new Set(disturbed.map(({ seed }) => seed)).size));
  if (seeds < fewestSeeds) return `expected ${fewestSeeds} seeds of the noise or more, found ${seeds}`;
  const ratio = apartBy(falls.map(({ value }) => value));
  return ratio > farthestApart
    ? `one takes ${times(ratio)} as much off the loss as the other, and a solution that has barely begun takes noise otherwise`
    : null;
}

/** Ratio of the largest to the smallest. */
function apartBy(values: readonly number[]): number {
  return Math.max(...values) / Math.min(...values);
}

function times(ratio: number): string {
  return `${Number(ratio.toPrecision(2))} times`;
}

/** @param better sign of a difference in favour of the first */
function verdictOf(
  { interval: [low, high] }: Estimate,
  better: 1 | -1,
  reason: string | null,
): LandscapeVerdict {
  const sign = low > 0 ? 1 : high < 0 ? -1 : 0;
  if (reason !== null || sign === 0) return "cannotTell";
  return sign === better ? "more" : "less";
}
