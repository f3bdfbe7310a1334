import type { DirectionTrajectory } from "../geometry/trajectory.js";
import type { DispositionCurve } from "../directions/disposition.js";
import type { StepSeries } from "../series/stepSeries.js";
import type {
  AbsentTransition,
  PhaseTransition,
  TransitionIndicator,
  TransitionVerdict,
} from "./detectors.js";
import { verdictsOf } from "./verdictsOf.js";

/** A run as far as it is known. Series only grow. */
export interface ObservedRun {
  readonly gradientNorm?: StepSeries;
  /** B of every adapter, named by module path. */
  readonly directions?: readonly DirectionTrajectory[];
  readonly comp?: StepSeries;
  readonly disposition?: DispositionCurve;
}

export interface TransitionEvent {
  /** The last step that was known when the detector fired. */
  readonly knownAt: number;
  readonly transition: PhaseTransition;
}

/** The state of a watch, as a plain value. */
export interface TransitionWatch {
  /** The last step known at the last look. */
  readonly lookedAt: number;
  /** Finds of the last look that no look before it confirms, by indicator and adapter. */
  readonly pending: Readonly<Record<string, PhaseTransition>>;
  /** Events that have fired, in order. */
  readonly fired: readonly TransitionEvent[];
}

export interface TransitionWatchOptions {
  /** Those that look, of the detectors that watch. @default all for which something is observed */
  readonly indicators?: readonly TransitionIndicator[];
  /** The run must have grown by this share since the last look. @default 0.1 */
  readonly growth?: number;
  /** Simulated series of the null models. @default 99 */
  readonly draws?: number;
}

/** A watch that has seen nothing. */
export const newWatch: TransitionWatch = { lookedAt: 0, pending: {}, fired: [] };

/**
 * One look at a growing run, with the detectors of the finished one.
 *
 * A transition fires once: when two looks in a row find it, each at a step inside the other's interval, so that a
 * passing fluctuation at the end of the run does not count. What has fired never fires again, even when a later
 * look places it elsewhere or takes it back; the analysis of the finished run has the last word. Looks come
 * at a tenth more steps each, which bounds their number and keeps repeated looking from adding up many false alarms.
 *
 * Pure: the same sequence of observations gives the same events.
 */
export function lookAt(
  watch: TransitionWatch,
  observed: ObservedRun,
  options: TransitionWatchOptions = {},
): {
  readonly watch: TransitionWatch;
  readonly events: readonly TransitionEvent[];
  /** What does not turn so far, or of which it cannot be told yet; empty where it was too early to look again. */
  readonly absent: readonly AbsentTransition[];
} {
  const { growth = 0.1 } = options;
  const knownAt = lastStep(observed);
  if (!(knownAt >= watch.lookedAt * (1 + growth)) || knownAt <= watch.lookedAt)
    return { watch, events: [], absent: [] };
  const done = new Set(watch.fired.map(({ transition }) => keyOf(transition)));
  const verdicts = verdictsIn(observed, options, done);
  const found = verdicts.flatMap(({ transition }) => transition ?? []);
  const events = found
    .filter((transition) => {
      const before = watch.pending[keyOf(transition)];
      return before !== undefined && agree(before, transition);
    })
    .map((transition) => ({ knownAt, transition }));
  const firedNow = new Set(events.map(({ transition }) => keyOf(transition)));
  const pending = found.filter((transition) => !firedNow.has(keyOf(transition)));
  return {
    watch: {
      lookedAt: knownAt,
      pending: Object.fromEntries(pending.map((transition) => [keyOf(transition), transition])),
      fired: [...watch.fired, ...events],
    },
    events,
    absent: verdicts.flatMap((verdict) => verdict.absent ?? []),
  };
}

/** What the detectors say now of what has not fired yet. */
function verdictsIn(
  observed: ObservedRun,
  { indicators, draws = 99 }: TransitionWatchOptions,
  done: ReadonlySet<string>,
): TransitionVerdict[] {
  const context = {
    gradientNorm: observed.gradientNorm ?? null,
    directions: observed.directions ?? [],
    comp: observed.comp ?? null,
    scales: [],
    distributionChange: null,
    disposition: observed.disposition ?? null,
    // An interval is only formed for what is found, so that its resamples cost little.
    options: { draws, resamples: 99 },
  };
  return verdictsOf(
    context,
    ({ name, isWatched }, adapter) =>
      isWatched &&
      (indicators === undefined || indicators.includes(name)) &&
      !done.has(keyOf({ indicator: name, adapter })),
  );
}

function agree(one: PhaseTransition, other: PhaseTransition): boolean {
  const holds = ({ interval: [low, high] }: PhaseTransition, step: number): boolean =>
    low <= step && step <= high;
  return holds(one, other.step) && holds(other, one.step);
}

function keyOf({ indicator, adapter }: Pick<PhaseTransition, "indicator" | "adapter">): string {
  return `${indicator} ${adapter ?? ""}`;
}

function lastStep({ gradientNorm, directions = [], comp, disposition }: ObservedRun): number {
  return Math.max(
    gradientNorm?.steps.at(-1) ?? 0,
    comp?.steps.at(-1) ?? 0,
    disposition?.steps.at(-1) ?? 0,
    ...directions.map(({ steps }) => steps.at(-1) ?? 0),
  );
}
