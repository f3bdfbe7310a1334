import type { DetectorContext } from "../../../src/analysis/transitions/detectors.js";

/** What a detector looks at, made from a seed. */
export type SeededRun = (seed: number) => Partial<DetectorContext>;

/** Trajectories of one indicator in which nothing happens, and those in which something does. */
export interface DetectorTrials {
  readonly nulls: Readonly<Record<string, SeededRun>>;
  readonly events: readonly PlantedEvent[];
}

/** An event of known size and place. */
export interface PlantedEvent {
  /** How large the event is: degrees of a bend, factor of a peak, width of a rise. */
  readonly size: string;
  readonly noise: string;
  /** Where it is, in steps, and how far apart the stored steps are. */
  readonly step: number;
  readonly spacing: number;
  readonly run: SeededRun;
}
