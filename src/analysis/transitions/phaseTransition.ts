import type { Interval } from "../statistics/quantile.js";

/**
 * What can turn: the direction of B, its path in the plane of its principal components, the gradient norm, the
 * growth of ‖B‖, the comp score of several adapters, broad and narrow behaviour, the distribution of answers.
 */
export type TransitionIndicator =
  | "rotation"
  | "pcaCorner"
  | "gradientNorm"
  | "normGrowth"
  | "compBend"
  | "behavior"
  | "narrowBehavior"
  | "distributionChange";

/** Anything JSON can hold; NaN stands for undefined in memory and is written as null. */
export type PlainValue = number | string | boolean | null | readonly PlainValue[] | PlainRecord;

/** An object of plain values. */
export interface PlainRecord {
  readonly [key: string]: PlainValue | undefined;
}

/** A step at which an indicator turns, with an interval and how it was found. */
export interface PhaseTransition {
  readonly indicator: TransitionIndicator;
  readonly step: number;
  /** In steps; what kind of interval it is, `method` says. */
  readonly interval: Interval;
  readonly method: string;
  /** How far the event stands out; its unit depends on the indicator and is stated by `method`. */
  readonly prominence: number;
  readonly evidence: Readonly<Record<string, PlainValue | undefined>>;
  /** Module path of the adapter, for indicators that belong to one. */
  readonly adapter?: string;
  /** Scale factor of the adapter, for indicators of behaviour. */
  readonly scale?: number;
}

/** An indicator that was looked at and does not turn, or could not be judged. */
export interface AbsentTransition {
  readonly indicator: TransitionIndicator;
  readonly reason: string;
  readonly adapter?: string;
  readonly scale?: number;
  readonly evidence?: Readonly<Record<string, PlainValue | undefined>>;
}

/** Either a transition, or null and the reason. */
export type TransitionVerdict =
  | { readonly transition: PhaseTransition; readonly absent: null }
  | { readonly transition: null; readonly absent: AbsentTransition };

/** The verdict that an event was found. */
export function found(transition: PhaseTransition): TransitionVerdict {
  return { transition, absent: null };
}

/** The verdict that there is none, and why. */
export function notFound(absent: AbsentTransition): TransitionVerdict {
  return { transition: null, absent };
}
