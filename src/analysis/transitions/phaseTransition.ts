import type { Interval } from "../statistics/quantile.js";

/** Anything JSON can hold; NaN stands for undefined in memory and is written as null. */
export type PlainValue = number | string | boolean | null | readonly PlainValue[] | PlainRecord;

/** An object of plain values. */
export interface PlainRecord {
  readonly [key: string]: PlainValue | undefined;
}

/** Fields of an interface as a type that may stand where a `PlainRecord` is wanted, which an interface may not. */
export type Plain<Value> = Value extends object
  ? { readonly [Key in keyof Value]: Plain<Value[Key]> }
  : Value;

/** What a verdict is about. */
interface Judged<Indicator extends string> {
  readonly indicator: Indicator;
  /** Module path of the adapter, for indicators that belong to one. */
  readonly adapter?: string;
  /** Factor on the adapter, for indicators of behaviour. */
  readonly scale?: number;
}

/** The verdict that an indicator turns: a step, an interval, and how they were found. */
export interface TransitionOf<Indicator extends string, Evidence> extends Judged<Indicator> {
  readonly verdict: "turns";
  readonly step: number;
  /** In steps; `method` says of what kind it is. */
  readonly interval: Interval;
  readonly method: string;
  /** Size of the event against its surroundings; its unit depends on the indicator and is stated by `method`. */
  readonly prominence: number;
  readonly evidence: Plain<Evidence>;
}

/** How large an event is that a test would have found in a run with this noise. */
export interface Sensitivity {
  /** The event in words that go on "would be found", such as "a turn of 30° between steps 10 and 70". */
  readonly event: string;
  /** The smallest size tried that is found so often; its unit is in `event`. */
  readonly size: number;
  /** Percent of runs with such an event in which it is found; null where every larger one is: the size is the test's limit. */
  readonly percent: number | null;
}

/** The verdict that an indicator was tested and does not turn: what the test saw, and what it would have found. */
export interface NoTransitionOf<Indicator extends string, Evidence> extends Judged<Indicator> {
  readonly verdict: "doesNotTurn";
  readonly reason: string;
  readonly sensitivity: Sensitivity;
  readonly evidence?: Plain<Partial<Evidence>>;
}

/** The verdict that nothing can be said: what is missing, and what to record. */
export interface UntoldOf<Indicator extends string, Evidence> extends Judged<Indicator> {
  readonly verdict: "cannotTell";
  readonly reason: string;
  /** What to record or to do, as an imperative. */
  readonly remedy: string;
  readonly evidence?: Plain<Partial<Evidence>>;
}

/** Every verdict but that of a turn. */
export type AbsentTransitionOf<Indicator extends string, Evidence> =
  NoTransitionOf<Indicator, Evidence> | UntoldOf<Indicator, Evidence>;

/** Every detector's answer, one of three: it turns, it does not, or it cannot be told. */
export type VerdictOf<Indicator extends string, Evidence> =
  | { readonly transition: TransitionOf<Indicator, Evidence>; readonly absent: null }
  | { readonly transition: null; readonly absent: AbsentTransitionOf<Indicator, Evidence> };

/** The verdict that an event was found. */
export function found<Indicator extends string, Evidence>(
  transition: Omit<TransitionOf<Indicator, Evidence>, "verdict">,
): VerdictOf<Indicator, Evidence> {
  return { transition: { verdict: "turns", ...transition }, absent: null };
}

/** The verdict that a test which would have found an event of some size found none. */
export function doesNotTurn<Indicator extends string, Evidence>(
  absent: Omit<NoTransitionOf<Indicator, Evidence>, "verdict">,
): VerdictOf<Indicator, Evidence> {
  return { transition: null, absent: { verdict: "doesNotTurn", ...absent } };
}

/** The verdict that too little is known to say. */
export function cannotTell<Indicator extends string, Evidence>(
  absent: Omit<UntoldOf<Indicator, Evidence>, "verdict">,
): VerdictOf<Indicator, Evidence> {
  return { transition: null, absent: { verdict: "cannotTell", ...absent } };
}

/** The share of runs, in percent, in which a test has to find an event for its not being found to mean anything. */
export const fairPower = 80;

/** A verdict, said of one adapter. */
export function ofAdapter<Indicator extends string, Evidence>(
  verdict: VerdictOf<Indicator, Evidence>,
  adapter: string,
): VerdictOf<Indicator, Evidence> {
  return verdict.transition === null
    ? { transition: null, absent: { ...verdict.absent, adapter } }
    : { transition: { ...verdict.transition, adapter }, absent: null };
}
