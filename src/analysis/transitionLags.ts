import { quantile, type Interval } from "./stepSeries.js";
import type { EventName, TimelineEvent } from "./timeline.js";

/** How the interval of a lag was made. */
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
export function transitionLags(
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
