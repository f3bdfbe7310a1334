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

/** A transition that the detector of one indicator accepted: a step, an interval, and how it was found. */
export interface TransitionOf<Indicator extends string, Evidence> {
  readonly indicator: Indicator;
  readonly step: number;
  /** In steps; `method` says of what kind it is. */
  readonly interval: Interval;
  readonly method: string;
  /** Size of the event against its surroundings; its unit depends on the indicator and is stated by `method`. */
  readonly prominence: number;
  readonly evidence: Plain<Evidence>;
  /** Module path of the adapter, for indicators that belong to one. */
  readonly adapter?: string;
  /** Factor on the adapter, for indicators of behaviour. */
  readonly scale?: number;
}

/** An indicator that was looked at and has no transition, or could not be judged. */
export interface AbsentTransitionOf<Indicator extends string, Evidence> {
  readonly indicator: Indicator;
  readonly reason: string;
  readonly adapter?: string;
  readonly scale?: number;
  readonly evidence?: Plain<Partial<Evidence>>;
}

/** Either a transition, or null and the reason. */
export type VerdictOf<Indicator extends string, Evidence> =
  | { readonly transition: TransitionOf<Indicator, Evidence>; readonly absent: null }
  | { readonly transition: null; readonly absent: AbsentTransitionOf<Indicator, Evidence> };

/** The verdict that an event was found. */
export function found<Indicator extends string, Evidence>(
  transition: TransitionOf<Indicator, Evidence>,
): VerdictOf<Indicator, Evidence> {
  return { transition, absent: null };
}

/** The verdict that there is none, and why. */
export function notFound<Indicator extends string, Evidence>(
  absent: AbsentTransitionOf<Indicator, Evidence>,
): VerdictOf<Indicator, Evidence> {
  return { transition: null, absent };
}

/** A verdict, said of one adapter. */
export function ofAdapter<Indicator extends string, Evidence>(
  verdict: VerdictOf<Indicator, Evidence>,
  adapter: string,
): VerdictOf<Indicator, Evidence> {
  return verdict.transition === null
    ? { transition: null, absent: { ...verdict.absent, adapter } }
    : { transition: { ...verdict.transition, adapter }, absent: null };
}
