import { tf } from "../../tensor/tfjs.js";
import type { LayerKind } from "../config/layerKinds.js";
import type { ModelConfig } from "../config/modelConfig.js";
import { rotaryAt, rotaryFromStart, type RotaryTables } from "./rotary.js";

/** Context that layers of one kind share: where tokens stand and what they may look at. */
export interface LayerContext {
  readonly rotary: RotaryTables;
  /** Bias on attention scores: 0 where a query may look, very negative elsewhere; broadcasts to [B, 1, T, S + T]. */
  readonly bias: tf.Tensor;
}

/** Contexts by kind of layer. */
export type LayerContexts = ReadonlyMap<LayerKind, LayerContext>;

/** Makes a context for each kind of layer that a model has; kinds that it lacks cost nothing. */
export function layerContexts(config: ModelConfig, make: (kind: LayerKind) => LayerContext): LayerContexts {
  return new Map([...new Set(config.layerKinds)].map((kind) => [kind, make(kind)]));
}

/** Makes the contexts of `batch` sequences of `length` tokens that all start at position 0; padding may follow them. */
export function contextsFromStart(config: ModelConfig, batch: number, length: number): LayerContexts {
  return layerContexts(config, (kind) => ({
    rotary: rotaryFromStart(config, batch, length, kind),
    bias: causalBias(length, windowOf(config, kind)),
  }));
}

/**
 * Makes the contexts of sequences of at most `length` tokens whose rows are packed.
 * @param positions int32 [n]: each row's place in its sequence
 */
export function contextsAt(config: ModelConfig, length: number, positions: tf.Tensor): LayerContexts {
  return layerContexts(config, (kind) => ({
    rotary: rotaryAt(config, positions, length, kind),
    bias: causalBias(length, windowOf(config, kind)),
  }));
}

/** Number of tokens that a layer of a kind looks at, the token itself included. */
export function windowOf({ slidingWindow }: ModelConfig, kind: LayerKind): number {
  return kind === "sliding" ? (slidingWindow ?? Infinity) : Infinity;
}

/** Number added to an attention score where a query may not look. */
export const blockedScore = -1e9;

/**
 * Makes the causal bias [1, 1, T, T]: a token looks at itself and what precedes it, `window` tokens in all.
 * @param window @default everything
 */
export function causalBias(length: number, window = Infinity): tf.Tensor {
  const bias = new Float32Array(length * length);
  for (let query = 0; query < length; query++) {
    const row = query * length;
    bias.fill(blockedScore, row + query + 1, row + length);
    bias.fill(blockedScore, row, row + Math.max(0, query + 1 - window));
  }
  return tf.tensor4d(bias, [1, 1, length, length]);
}
