import type { tf } from "../../tensor/tfjs.js";
import { causalBias } from "./attentionMask.js";
import type { LayerKind } from "../config/layerKinds.js";
import type { ModelConfig } from "../config/modelConfig.js";
import { rotaryAt, rotaryFromStart, type RotaryTables } from "./rotary.js";

/** What layers of one kind share: where tokens stand and what they may look at. */
export interface LayerContext {
  readonly rotary: RotaryTables;
  /** Added to attention scores: 0 where a query may look, very negative elsewhere; broadcasts to [B, 1, T, S + T]. */
  readonly bias: tf.Tensor;
}

/** A context for each kind of layer that a model has. */
export type LayerContexts = ReadonlyMap<LayerKind, LayerContext>;

/** Makes a context for each kind of layer that a model has; kinds that it lacks cost nothing. */
export function layerContexts(config: ModelConfig, make: (kind: LayerKind) => LayerContext): LayerContexts {
  return new Map([...new Set(config.layerKinds)].map((kind) => [kind, make(kind)]));
}

/** Contexts of `batch` sequences of `length` tokens that all start at position 0; padding may follow them. */
export function contextsFromStart(config: ModelConfig, batch: number, length: number): LayerContexts {
  return layerContexts(config, (kind) => ({
    rotary: rotaryFromStart(config, batch, length, kind),
    bias: causalBias(length, windowOf(config, kind)),
  }));
}

/**
 * Contexts of sequences of at most `length` tokens whose rows are packed.
 * @param positions int32 [n]: each row's place in its sequence
 */
export function contextsAt(config: ModelConfig, length: number, positions: tf.Tensor): LayerContexts {
  return layerContexts(config, (kind) => ({
    rotary: rotaryAt(config, positions, length, kind),
    bias: causalBias(length, windowOf(config, kind)),
  }));
}

/** How many tokens a layer of a kind looks at, the token itself included. */
export function windowOf({ slidingWindow }: ModelConfig, kind: LayerKind): number {
  return kind === "sliding" ? (slidingWindow ?? Infinity) : Infinity;
}
