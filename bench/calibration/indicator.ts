import type { PhaseTransition, TransitionVerdict } from "../../src/analysis/transitions/phaseTransition.js";

/** One detector with the trajectories in which nothing happens and those in which something does. */
export interface Indicator {
  readonly name: string;
  readonly nulls: Readonly<Record<string, (seed: number) => TransitionVerdict>>;
  readonly events: readonly PlantedEvent[];
}

export interface PlantedEvent {
  /** How large the event is: degrees of a bend, factor of a peak, width of a rise. */
  readonly size: string;
  readonly noise: string;
  /** Where it is, in steps, and how far apart the stored steps are. */
  readonly step: number;
  readonly spacing: number;
  readonly detect: (seed: number) => TransitionVerdict;
}

export interface TrialOptions {
  /** Simulations of the null models. @default those of an analysis */
  readonly draws?: number;
  readonly resamples: number;
}

/** What a detector found. */
export type FoundEvent = Pick<PhaseTransition, "step" | "interval">;
