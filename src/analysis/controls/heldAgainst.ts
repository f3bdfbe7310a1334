import type { ControlVerdict, Share } from "./shareVerdict.js";

/** What is compared of a transition, which says in which unit. */
export type SizeKind = "bend" | "peak" | "growth" | "slope" | "rise" | "disposition";

/** A transition of a run, held against one control. */
export interface HeldAgainst {
  readonly verdict: ControlVerdict;
  /** Why, as a clause that names neither run nor control otherwise than so. */
  readonly reason: string;
  /** Null where nothing could be measured. */
  readonly measured: MeasuredShare | null;
}

/** Sizes that a verdict rests on. */
export interface MeasuredShare extends Share {
  readonly kind: SizeKind;
  /** Half-window of bends, in steps; null for all else. */
  readonly k: number | null;
  /** Steps among which the largest was looked for. */
  readonly searched: readonly [first: number, last: number];
}

/** The settings of a comparison with a control. */
export interface ControlTestOptions {
  /** Resamples of each run's noise. @default 199 */
  readonly resamples?: number;
  /** Simulated paths of the null models. @default 99 */
  readonly draws?: number;
  /** @default 0 */
  readonly seed?: number;
}
