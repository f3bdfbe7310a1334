import {
  applyGate,
  bendDegrees,
  gateThreshold,
  localCosineSimilarity,
  type MovementGate,
} from "../../geometry/localCosineSimilarity.js";
import { largestPosition } from "../../series/stepSeries.js";
import { median, type Interval } from "../../statistics/quantile.js";
import type { StraightPathBends } from "./straightPathNull.js";
import type { DirectionTrajectory } from "../../geometry/trajectory.js";

/** Where the local cosine similarity is extreme: paper's convention, and the same as a bend in degrees. */
export interface RotationExtremum {
  readonly step: number;
  readonly value: number;
  readonly bend: number;
}

/** What one half-window says. */
export interface RotationAtWindow {
  readonly k: number;
  /** Extremum over the whole run, null when no value is defined. */
  readonly ungated: RotationExtremum | null;
  /** Extremum over the steps that are not frozen. */
  readonly gated: RotationExtremum | null;
  /** Where the bend exceeds what noise explains by most: the candidate. */
  readonly candidate: RotationExtremum | null;
  /** Median bend over the steps at which noise leaves a direction. */
  readonly medianBend: number;
  /** Bend that the null model expects at the candidate, and the excess it allows anywhere (95 %, with a margin). */
  readonly expectedBend: number;
  readonly excessLimit: number;
  /** Largest bend of a straight run with this noise (95 %). */
  readonly nullLargestBend: number;
  /** Largest excess elsewhere: outside the window widened by k on both sides. */
  readonly rival: RotationExtremum | null;
  /** Steps around the candidate whose bend stays above half its prominence; null when a side stays open. */
  readonly window: Interval | null;
  /** Why this k does not count; null when it does. */
  readonly refusal: string | null;
}

/** What a bend must reach to count; see `RotationOptions`. */
export interface RotationLimits {
  readonly minimumBend: number;
  readonly minimumProminence: number;
  readonly rivalShare: number;
}

/**
 * The null model's noise is estimated from the run it judges, which makes its 95 % limit too low: with a margin
 * of 1.5, up to 11 of 100 straight runs whose movement fades into noise were called turns. With 2, at most 2 of
 * 100 were, over 52 combinations of path, noise and dimension (4 to 64).
 */
const nullMargin = 2;

export interface BendCurve {
  readonly k: number;
  readonly steps: readonly number[];
  readonly ungated: readonly number[];
  readonly gated: readonly number[];
}

export function bendCurve(trajectory: DirectionTrajectory, k: number, gate: MovementGate): BendCurve {
  const local = localCosineSimilarity(trajectory, { k });
  const ungated = local.values.map((value) => bendDegrees(value));
  const threshold = gateThreshold(gate, local.gate);
  return { k, steps: local.steps, ungated, gated: applyGate(ungated, local.gate, threshold) };
}

export function judgeWindow(
  curve: BendCurve,
  nullModel: StraightPathBends | undefined,
  limits: RotationLimits,
): RotationAtWindow {
  const { minimumBend, minimumProminence, rivalShare } = limits;
  const expected = nullModel?.expected ?? [];
  const determined = nullModel?.determined ?? [];
  const excess = curve.gated.map((bend, index) =>
    determined[index] === true ? bend - (expected[index] ?? NaN) : NaN,
  );
  const position = largestPosition(excess);
  const bend = curve.gated[position] ?? NaN;
  // Only where noise leaves a direction: a long frozen tail would hide every turn behind its own noise.
  const medianBend = median(curve.gated.map((each, index) => (determined[index] === true ? each : NaN)));
  const prominence = bend - medianBend;
  const excessLimit = nullMargin * (nullModel?.excessLimit ?? NaN);
  const window = halfProminenceWindow(curve, position, bend - prominence / 2);
  const [low, high] = window ?? [NaN, NaN];
  const elsewhere = excess.map((value, index) => {
    const step = curve.steps[index] ?? NaN;
    return step < low - curve.k || step > high + curve.k ? value : NaN;
  });
  const rivalPosition = largestPosition(elsewhere);
  return {
    k: curve.k,
    ungated: extremum(curve.steps, curve.ungated, largestPosition(curve.ungated)),
    gated: extremum(curve.steps, curve.gated, largestPosition(curve.gated)),
    candidate: extremum(curve.steps, curve.gated, position),
    medianBend,
    expectedBend: expected[position] ?? NaN,
    excessLimit,
    nullLargestBend: nullModel?.largestBend ?? NaN,
    rival: extremum(curve.steps, curve.gated, rivalPosition),
    window,
    refusal: refusalOf(),
  };

  function refusalOf(): string | null {
    const searched = curve.gated.filter((value) => Number.isFinite(value)).length;
    if (determined.filter(Boolean).length < searched / 4) return "noise hides the direction at most steps";
    if (!Number.isFinite(bend)) return "no step at which noise leaves a direction";
    if (bend < minimumBend) return `bend below ${minimumBend}°`;
    if ((excess[position] ?? NaN) <= excessLimit) return "no larger than noise makes a straight path bend";
    if (prominence < minimumProminence) return `less than ${minimumProminence}° above the median of the run`;
    if (window === null) return "the bend does not fall off again on both sides";
    if ((excess[rivalPosition] ?? -Infinity) >= rivalShare * (excess[position] ?? NaN)) {
      return `another bend is about as large (step ${curve.steps[rivalPosition] ?? NaN})`;
    }
    return null;
  }
}

function extremum(
  steps: readonly number[],
  bends: readonly number[],
  position: number,
): RotationExtremum | null {
  const step = steps[position];
  const bend = bends[position];
  if (step === undefined || bend === undefined) return null;
  return { step, value: -Math.cos((bend * Math.PI) / 180), bend };
}

/** Steps around a position whose bend stays at or above a level; null when a side never falls below it. */
function halfProminenceWindow(curve: BendCurve, position: number, level: number): Interval | null {
  const sides = [-1, 1].map((direction) => {
    let furthest = curve.steps[position] ?? NaN;
    for (let index = position + direction; ; index += direction) {
      const step = curve.steps[index];
      const bend = curve.gated[index];
      if (step === undefined || bend === undefined) return NaN;
      if (bend < level) return furthest;
      if (Number.isFinite(bend)) furthest = step;
    }
  });
  const [low = NaN, high = NaN] = sides;
  return Number.isFinite(low) && Number.isFinite(high) ? [low, high] : null;
}
