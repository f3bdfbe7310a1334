import { Random } from "../../../tensor/random.js";
import {
  localCosineWindows,
  type MovementGate,
  applyGate,
  bendDegrees,
  gateThreshold,
  localCosineSimilarity,
} from "../../geometry/localCosineSimilarity.js";
import { driftAndNoise } from "./driftAndNoise.js";
import { straightPathBends, type StraightPathBends } from "./straightPath.js";
import { rotationInterval } from "./rotationInterval.js";
import { rotationSensitivity } from "./rotationSensitivity.js";
import { cannotTell, doesNotTurn, found, type Sensitivity, type VerdictOf } from "../phaseTransition.js";
import { type Interval, median } from "../../statistics/quantile.js";
import { stepSpacing, largestPosition } from "../../series/stepSeries.js";
import { type DirectionTrajectory, vectorAt } from "../../geometry/trajectory.js";
import { cosineBetween, degreesFromCosine } from "../../linalg/innerProduct.js";

/** Settings of the test of whether a direction turns. */
export interface RotationOptions {
  /** Half-windows in steps. @default {5, 10, 15}, or multiples of the spacing where those are not */
  readonly windows?: readonly number[];
  /**
   * Steps whose movement is at most this fraction of the run's largest are numerically frozen and not searched.
   * @default 0.02
   */
  readonly frozenBelow?: number;
  /** Replaces `frozenBelow`, for instance by a length. @default { relative: frozenBelow } */
  readonly gate?: MovementGate;
  /** Smallest bend that counts, in degrees. @default 10 */
  readonly minimumBend?: number;
  /** Smallest rise of the bend over its median over the run, in degrees. @default 6 */
  readonly minimumProminence?: number;
  /** No other bend of the run may reach this share of the event's excess over the null model. @default 0.8 */
  readonly rivalShare?: number;
  /** Simulated runs of the null model. @default 99 */
  readonly draws?: number;
  /** Resamples behind the interval. @default 199 */
  readonly resamples?: number;
  /** @default 0 */
  readonly seed?: number;
}

/** The numbers behind a rotation; where there is none, `windows` alone. */
export interface RotationEvidence {
  readonly bendDegrees: number;
  /** Angle between the movement before and after. */
  readonly persistentBendDegrees: number;
  /** Half-windows that agree, in steps. */
  readonly agreeing: readonly number[];
  /** Union of their half-prominence windows, in steps. */
  readonly halfProminence: Interval;
  readonly windows: readonly RotationAtWindow[];
}

type RotationVerdict = VerdictOf<"rotation", RotationEvidence>;

export interface Rotation {
  readonly windows: readonly RotationAtWindow[];
  readonly verdict: RotationVerdict;
}

/**
 * Finds the step at which a direction turns (methods of 2506.11613, section 4; the detector is ours).
 *
 * For each k the bend is the angle of the local cosine similarity, searched over the whole run except for
 * numerically frozen steps. A straight path with the run's own noise (`straightPathBends`) says how large a
 * bend noise makes at each step; steps where that is 45° or more hold no direction, and the candidate is the
 * remaining step that exceeds it by most. It counts when the bend is large, stands out over the run's median,
 * over the null model and over every other bend, and falls off again on both sides. At least two k must agree
 * within the largest k, and the direction before and after must differ. The interval is a 95 %
 * bootstrap of the step (`rotationInterval`); how long the turn takes, `halfProminence` says, the union of the
 * half-prominence windows of the agreeing k.
 */
export function rotation(trajectory: DirectionTrajectory, options: RotationOptions = {}): Rotation {
  const {
    frozenBelow = 0.02,
    minimumBend = 10,
    minimumProminence = 6,
    rivalShare = 0.8,
    resamples = 199,
    seed = 0,
  } = options;
  const windows = options.windows ?? localCosineWindows(stepSpacing(trajectory.steps));
  const curves = windows.map((k) => bendCurve(trajectory, k, options.gate ?? { relative: frozenBelow }));
  const random = new Random(seed).fork("rotation");
  // A sharp turn of a smooth path looks like noise that remembers, and would hide itself.
  const model = driftAndNoise(trajectory, { hasMemory: false });
  const nulls = straightPathBends(
    model,
    new Map(curves.map((curve) => [curve.k, curve.gated.map((bend) => Number.isFinite(bend))])),
    { random, draws: options.draws },
  );
  const limits = { minimumBend, minimumProminence, rivalShare };
  const results = curves.map((curve) => judgeWindow(curve, nulls.get(curve.k), limits));
  const resampling = { resamples, random: random.fork("interval") };
  const sensitivity = (): Sensitivity | null =>
    rotationSensitivity(model, nulls, {
      minimumBend,
      margin: nullMargin,
      random: random.fork("sensitivity"),
    });
  const judging = { minimumBend, resampling, sensitivity };
  return { windows: results, verdict: judgeAgreement(trajectory, results, judging) };
}

function judgeAgreement(
  trajectory: DirectionTrajectory,
  results: readonly RotationAtWindow[],
  judging: {
    readonly minimumBend: number;
    readonly resampling: { readonly resamples: number; readonly random: Random };
    /** What the test would have found; asked only where it found nothing. */
    readonly sensitivity: () => Sensitivity | null;
  },
): RotationVerdict {
  const { minimumBend, resampling } = judging;
  const indicator = "rotation";
  const adapter = trajectory.name;
  const evidence = { windows: results };
  const untold = (reason: string, remedy: string): RotationVerdict =>
    cannotTell<"rotation", RotationEvidence>({ indicator, reason, remedy, adapter, evidence });
  const straight = (reason: string): RotationVerdict => {
    const sensitivity = judging.sensitivity();
    if (sensitivity === null) return untold(reason, moreCheckpoints(results));
    return doesNotTurn<"rotation", RotationEvidence>({ indicator, reason, sensitivity, adapter, evidence });
  };

  const judged = results.filter((result) => result.candidate !== null);
  if (judged.length === 0) {
    return untold("at no step can a direction be told from noise on both sides", moreCheckpoints(results));
  }
  const accepted = judged.filter((result) => result.refusal === null);
  const agreeing = largestAgreement(accepted, Math.max(...results.map((result) => result.k)));
  if (agreeing.length < 2) {
    const reason = shallowReason(judged, accepted);
    const undated = judged.find((result) => result.standsOut);
    return undated === undefined ? straight(reason) : untold(reason, datingRemedy(undated));
  }

  const steps = agreeing.map((result) => result.candidate?.step ?? NaN).sort((left, right) => left - right);
  const low = Math.min(...agreeing.map((result) => result.window?.[0] ?? NaN));
  const high = Math.max(...agreeing.map((result) => result.window?.[1] ?? NaN));
  const largestK = Math.max(...agreeing.map((result) => result.k));
  const persistent = persistentBend(trajectory, low, high, largestK);
  if (persistent < minimumBend) {
    return straight(
      `the path leaves at step ${low} and returns by step ${high}: the direction before and after differs by ${persistent.toFixed(0)}° only`,
    );
  }
  const bend = Math.max(...agreeing.map((result) => result.candidate?.bend ?? NaN));
  const windows = agreeing.map((result) => result.k);
  const step = steps[Math.floor((steps.length - 1) / 2)] ?? NaN;
  return found({
    indicator,
    adapter,
    step,
    interval: rotationInterval(trajectory, step, { windows, ...resampling }),
    method:
      `largest bend beyond a straight path with the run's noise, agreeing at k = ${windows.join(", ")} steps; ` +
      `interval: 95 % of ${resampling.resamples} resamples of the noise in blocks; prominence: degrees over the median bend`,
    prominence: Math.max(...agreeing.map((result) => (result.candidate?.bend ?? NaN) - result.medianBend)),
    evidence: {
      bendDegrees: bend,
      persistentBendDegrees: persistent,
      agreeing: windows,
      halfProminence: [low, high],
      ...evidence,
    },
  });
}

/** What to record where too few steps can be judged. */
function moreCheckpoints(results: readonly RotationAtWindow[]): string {
  const k = results[1]?.k ?? results[0]?.k;
  if (k === undefined || Number.isNaN(k)) return "keep more checkpoints";
  return (
    `keep checkpoints at even distances, ${k} steps and more before and after the steps in question; ` +
    "where that is so, noise hides the direction: compare runs of several seeds, or keep checkpoints further apart"
  );
}

/** What to record where a bend is larger than noise makes it, but cannot be dated. */
function datingRemedy({ k, window, refusal, candidate }: RotationAtWindow): string {
  if (refusal === null) return "keep more checkpoints around it, or take other half-windows";
  if (window === null) {
    return `keep checkpoints of ${k} steps more before and after step ${candidate?.step ?? NaN}, or take smaller half-windows`;
  }
  return "look at the local cosine: no one step stands for several bends";
}

/** The largest group of results whose steps lie within a distance of one of them. */
function largestAgreement(results: readonly RotationAtWindow[], distance: number): RotationAtWindow[] {
  const groups = results.map((center) =>
    results.filter(
      (other) => Math.abs((other.candidate?.step ?? NaN) - (center.candidate?.step ?? NaN)) <= distance,
    ),
  );
  return groups.reduce<RotationAtWindow[]>((best, group) => (group.length > best.length ? group : best), []);
}

function shallowReason(judged: readonly RotationAtWindow[], accepted: readonly RotationAtWindow[]): string {
  const most = judged.reduce((best, result) =>
    (result.candidate?.bend ?? NaN) > (best.candidate?.bend ?? NaN) ? result : best,
  );
  const bend = (most.candidate?.bend ?? NaN).toFixed(0);
  const step = most.candidate?.step ?? NaN;
  const what = `largest bend ${bend}° at ${step} (k = ${most.k})`;
  const allowed = `null model allows ${(most.expectedBend + most.excessLimit).toFixed(0)}° there`;
  const [dated, ...others] = accepted.map(({ k, candidate }) => `k = ${k} at ${candidate?.step ?? NaN}`);
  if (dated === undefined) return `${what}, ${allowed}; ${most.refusal ?? "only one window can be judged"}`;
  if (others.length > 0) {
    return `${what}, ${allowed}; the windows do not agree on a step: ${[dated, ...others].join(", ")}`;
  }
  const refusals = judged.flatMap(({ k, refusal }) => (refusal === null ? [] : `; at k = ${k} ${refusal}`));
  return `${what}, ${allowed}; only one half-window dates it, ${dated}${refusals.join("")}`;
}

/**
 * Angle between the movement over k steps before an interval and over k steps after it, both outside of the
 * interval, so that a single outlying checkpoint does not count; NaN at the edges of the run.
 */
function persistentBend(trajectory: DirectionTrajectory, low: number, high: number, k: number): number {
  const { steps } = trajectory;
  const leaveStep = steps.filter((step) => step < low).at(-1) ?? NaN;
  const arriveStep = steps.find((step) => step > high) ?? NaN;
  const firstStep = steps.filter((step) => step <= leaveStep - k).at(-1) ?? NaN;
  const lastStep = steps.find((step) => step >= arriveStep + k) ?? NaN;
  const [first, leave, arrive, last] = [firstStep, leaveStep, arriveStep, lastStep].map((step) =>
    vectorAt(trajectory, step),
  );
  if (first === undefined || leave === undefined || arrive === undefined || last === undefined) return NaN;
  return degreesFromCosine(cosineBetween(subtract(leave, first), subtract(last, arrive)));
}

function subtract(to: Float32Array, from: Float32Array): Float64Array {
  return Float64Array.from(to, (value, index) => value - (from[index] ?? NaN));
}

/** An extremum of the local cosine similarity, in the paper's convention and as a bend in degrees. */
export interface RotationExtremum {
  readonly step: number;
  readonly value: number;
  readonly bend: number;
}

/** The findings of one half-window. */
export interface RotationAtWindow {
  readonly k: number;
  /** Extremum over the whole run, null when no value is defined. */
  readonly ungated: RotationExtremum | null;
  /** Extremum over the steps that are not frozen. */
  readonly gated: RotationExtremum | null;
  /** The candidate: the step whose bend exceeds what noise explains by most. */
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
  /** Whether the bend is larger than noise makes it, also where it cannot be dated. */
  readonly standsOut: boolean;
}

/** Limits that a bend must reach to count; see `RotationOptions`. */
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
export const nullMargin = 2;

/** Bends of a path at its stored steps, in degrees; NaN where undefined. */
export interface BendCurve {
  readonly k: number;
  readonly steps: readonly number[];
  readonly ungated: readonly number[];
  readonly gated: readonly number[];
}

/** Bends of a path over one half-window. Gated, steps that hardly move are NaN. */
export function bendCurve(trajectory: DirectionTrajectory, k: number, gate: MovementGate): BendCurve {
  const local = localCosineSimilarity(trajectory, { k });
  const ungated = local.values.map((value) => bendDegrees(value));
  const threshold = gateThreshold(gate, local.gate);
  return { k, steps: local.steps, ungated, gated: applyGate(ungated, local.gate, threshold) };
}

function judgeWindow(
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
    standsOut:
      bend >= minimumBend && (excess[position] ?? NaN) > excessLimit && prominence >= minimumProminence,
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
