import type { AdapterNorms } from "./adapterVector.js";
import type { TrainedKind } from "./landscapeSettings.js";

/** Losses of one model on the sampled conversations: nats of all answer tokens of each, in their order. */
export type AnswerLosses = readonly number[];

/** What was measured around the solution of one run. */
export interface MeasuredLandscape {
  readonly name: string;
  readonly step: number;
  readonly norms: AdapterNorms;
  /** What was trained. @default "adapters" */
  readonly trained?: TrainedKind;
  /** Number of trained parameters. */
  readonly parameters: number;
  /** Conversations that losses are of. Equal hashes say that they are the same ones. */
  readonly sample: { readonly data: string; readonly sha256: string };
  /** Answer tokens of each conversation. */
  readonly tokens: readonly number[];
  /** Losses of W₀ + factor · ΔW; factor 0 is the base, 1 the run. */
  readonly scaled: readonly { readonly factor: number; readonly losses: AnswerLosses }[];
  /** Losses after the trained parameters were turned by ε towards the noise of a seed. */
  readonly disturbed: readonly {
    readonly epsilon: number;
    readonly seed: number;
    readonly losses: AnswerLosses;
  }[];
}

/** Value with its interval. */
export interface Estimate {
  readonly value: number;
  readonly interval: readonly [number, number];
}

/**
 * Finds the losses at a factor on ΔW.
 * @throws RangeError where they were not measured
 */
export function lossesAt({ name, scaled }: MeasuredLandscape, factor: number): AnswerLosses {
  const found = scaled.find((each) => each.factor === factor);
  if (found !== undefined) return found.losses;
  throw new RangeError(`lossesAt: ${name} was not measured at the factor ${factor}`);
}
