import type { Analysis } from "../analysisRecord.js";
import type { TransitionIndicator } from "../transitions/phaseTransition.js";
import { spread, type Spread } from "../series/spread.js";
import type { Interval } from "../series/stepSeries.js";

/** Where several runs turn by one indicator, and how many do. */
export interface TransitionSpread {
  readonly indicator: TransitionIndicator;
  readonly adapter?: string;
  readonly scale?: number;
  /** Of the steps of the runs that turn; `n` counts them. */
  readonly step: Spread;
  /** Runs that say anything about the indicator: that they turn, that they do not, or why it cannot be judged. */
  readonly runs: number;
  readonly found: readonly { readonly run: string; readonly step: number; readonly interval: Interval }[];
  readonly absent: readonly { readonly run: string; readonly reason: string }[];
}

/**
 * The distribution of the transition steps over runs, for every indicator, adapter and factor that any of them
 * was judged by. A run that does not turn is counted and named, and takes no part in the mean.
 */
export function transitionSpreads(analyses: readonly Analysis[]): TransitionSpread[] {
  const keys = new Map<string, { indicator: TransitionIndicator; adapter?: string; scale?: number }>();
  for (const { transitions, absent } of analyses) {
    for (const { indicator, adapter, scale } of [...transitions, ...absent]) {
      keys.set(keyOf({ indicator, adapter, scale }), {
        indicator,
        ...(adapter === undefined ? {} : { adapter }),
        ...(scale === undefined ? {} : { scale }),
      });
    }
  }
  return [...keys].map(([key, what]) => {
    const found = analyses.flatMap(({ run, transitions }) =>
      transitions
        .filter((each) => keyOf(each) === key)
        .map(({ step, interval }) => ({ run, step, interval })),
    );
    const absent = analyses.flatMap(({ run, absent: missing }) =>
      missing.filter((each) => keyOf(each) === key).map(({ reason }) => ({ run, reason })),
    );
    const step = spread(found.map((each) => each.step));
    return { ...what, step, runs: found.length + absent.length, found, absent };
  });
}

function keyOf(what: {
  indicator: string;
  adapter?: string | undefined;
  scale?: number | undefined;
}): string {
  return JSON.stringify([what.indicator, what.adapter ?? null, what.scale ?? null]);
}
