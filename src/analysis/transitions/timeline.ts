import type { LogLikelihoodGap } from "../behavior/logLikelihoodGap.js";
import type { AbsentTransition, EventName, PhaseTransition } from "./detectors.js";
import { eventRows } from "./events.js";
import { type Interval, quantile } from "../statistics/quantile.js";

/** One event on the time line. */
export interface TimelineEvent {
  readonly event: EventName;
  readonly step: number;
  readonly interval: Interval;
  readonly method: string;
  /** A description has a step in every curve, also in one without any turn; a transition passed a test. */
  readonly kind: "transition" | "description";
  readonly adapter?: string;
  readonly scale?: number;
}

/** The events of a run on one time line, the indicators without one, and the lags between events. */
export interface Timeline {
  readonly events: readonly TimelineEvent[];
  readonly absent: readonly AbsentTransition[];
  readonly lags: readonly TransitionLag[];
}

/**
 * One event an indicator: the first, so that of several adapters the first that turns counts. Transitions are those at
 * one factor on the adapter. That events agree is never assumed: what does not turn is listed with its reason.
 *
 * @param paired the same events in resamples of the same questions, for those that share them
 */
export function timeline(
  transitions: readonly Omit<PhaseTransition, "evidence">[],
  absent: readonly AbsentTransition[],
  likelihood: LogLikelihoodGap | null = null,
  paired: ReadonlyMap<EventName, readonly Interval[]> = new Map<EventName, readonly Interval[]>(),
): Timeline {
  const order = eventRows().map(({ name }) => name);
  const events = order.flatMap((event): TimelineEvent[] => {
    if (event === "likelihood") return likelihoodEvent(likelihood);
    const chosen = transitions.find(({ indicator }) => indicator === event);
    if (chosen === undefined) return [];
    const { step, interval, method, adapter, scale } = chosen;
    return [
      {
        event,
        step,
        interval,
        method,
        kind: "transition",
        ...(adapter === undefined ? {} : { adapter }),
        ...(scale === undefined ? {} : { scale }),
      },
    ];
  });
  const missing = order.flatMap((event) => {
    if (events.some((each) => each.event === event)) return [];
    return absent.find(({ indicator }) => indicator === event) ?? [];
  });
  return { events, absent: missing, lags: transitionLags(events, paired) };
}

function likelihoodEvent(gap: LogLikelihoodGap | null): TimelineEvent[] {
  if (gap?.halfRise === null || gap === null) return [];
  const { step, interval } = gap.halfRise;
  const [low, high] = interval;
  return [
    {
      event: "likelihood",
      step,
      // Between two scored checkpoints the curve is taken as straight, which no resample of questions answers for.
      interval: [
        gap.steps.findLast((scored) => scored <= low) ?? NaN,
        gap.steps.find((scored) => scored >= high) ?? NaN,
      ],
      kind: "description",
      method:
        "where the log-likelihood gap first passes the middle between its first and last value; a straight line has such a " +
        "step too; interval: 95 % of resampled questions, out to the checkpoints around",
    },
  ];
}

/** A way of making the interval of a lag. */
export type LagMethod = keyof typeof lagMethods;

export const lagMethods = {
  pairedQuestions: "95 % of resampled questions, the same for both",
  endsOfIntervals:
    "ends of both 95 % intervals: holds the lag in at least 90 % of runs however the two depend",
} as const;

/** Steps from one event to another: positive when `to` comes later. */
export interface TransitionLag {
  readonly from: EventName;
  readonly to: EventName;
  readonly steps: number;
  readonly interval: Interval;
  readonly method: LagMethod;
}

/**
 * Lags between the events of a run, for every pair in their order.
 *
 * Where both come from answers to the same questions, the questions are resampled together, so that what the two share
 * cancels. Otherwise the interval is formed from the ends of both 95 % intervals: whatever the dependence of two
 * events of one run, it holds the lag in at least 90 % of runs (Bonferroni). That two agree is never assumed.
 *
 * @param paired for some events, the steps between which they lie in each resample; the same resamples for all
 */
function transitionLags(
  events: readonly TimelineEvent[],
  paired: ReadonlyMap<EventName, readonly Interval[]> = new Map<EventName, readonly Interval[]>(),
): readonly TransitionLag[] {
  return events.flatMap((from, index) =>
    events.slice(index + 1).map((to): TransitionLag => {
      const lag = { from: from.event, to: to.event, steps: to.step - from.step };
      const [earlier, later] = [paired.get(from.event), paired.get(to.event)];
      if (earlier !== undefined && later !== undefined) {
        return { ...lag, interval: pairedInterval(earlier, later), method: "pairedQuestions" };
      }
      const interval = [to.interval[0] - from.interval[1], to.interval[1] - from.interval[0]] as const;
      return { ...lag, interval, method: "endsOfIntervals" };
    }),
  );
}

/** Whole steps, rounded outwards. */
function pairedInterval(from: readonly Interval[], to: readonly Interval[]): Interval {
  const lows = to.map(([low], draw) => low - (from[draw]?.[1] ?? NaN));
  const highs = to.map(([, high], draw) => high - (from[draw]?.[0] ?? NaN));
  return [Math.floor(quantile(lows, 0.025)), Math.ceil(quantile(highs, 0.975))];
}
