import { tf } from "../tensor/tfjs.js";
import type { LayerKind } from "./layerKinds.js";
import type { ModelConfig } from "./modelConfig.js";
import { rotaryFrequencies } from "./rotaryFrequencies.js";

/** Cosines and sines of rotary positions, broadcastable to [B, T, heads, headDimension]. */
export interface RotaryTables {
  readonly cosine: tf.Tensor;
  readonly sine: tf.Tensor;
}

/** Cosine and sine of every position up to `length` in layers of a kind: two arrays [length, headDimension]. */
export function rotaryArrays(
  config: ModelConfig,
  length: number,
  kind: LayerKind = "full",
): { cosine: Float32Array; sine: Float32Array } {
  const dimension = config.headDimension;
  const half = dimension / 2;
  const frequencies = rotaryFrequencies(config.rotary[kind], dimension);
  const cosine = new Float32Array(length * dimension);
  const sine = new Float32Array(length * dimension);
  for (let position = 0; position < length; position++) {
    for (let index = 0; index < dimension; index++) {
      const angle = position * (frequencies[index % half] ?? NaN);
      cosine[position * dimension + index] = Math.cos(angle);
      sine[position * dimension + index] = Math.sin(angle);
    }
  }
  return { cosine, sine };
}

/** Tables for rows that all start at position 0: [T, 1, headDimension]. */
export function rotaryFromStart(config: ModelConfig, length: number, kind: LayerKind = "full"): RotaryTables {
  const { cosine, sine } = rotaryArrays(config, length, kind);
  const shape: [number, number, number] = [length, 1, config.headDimension];
  return { cosine: tf.tensor3d(cosine, shape), sine: tf.tensor3d(sine, shape) };
}

/** Tables for rows with positions of their own, int32 [B, T], each below `maxPosition`: [B, T, 1, headDimension]. */
export function rotaryAt(
  config: ModelConfig,
  positions: tf.Tensor,
  maxPosition: number,
  kind: LayerKind = "full",
): RotaryTables {
  const { cosine, sine } = rotaryArrays(config, maxPosition, kind);
  const [batch = 1, length = 1] = positions.shape;
  const indices = tf.cast(tf.reshape(positions, [batch * length]), "int32");
  const look = (table: Float32Array): tf.Tensor =>
    tf.reshape(tf.gather(tf.tensor2d(table, [maxPosition, config.headDimension]), indices), [
      batch,
      length,
      1,
      config.headDimension,
    ]);
  return { cosine: look(cosine), sine: look(sine) };
}

/**
 * Rotates query or key heads [B, T, heads, headDimension] by their positions: x · cos + turn(x) · sin, where
 * turn maps the halves (x₁, x₂) to (−x₂, x₁).
 *
 * The turn is a product with a signed permutation: one matrix product forward and one backward, where slices
 * and concatenation would cost six passes over memory.
 */
export function rotate(config: ModelConfig, heads: tf.Tensor, { cosine, sine }: RotaryTables): tf.Tensor {
  const dimension = config.headDimension;
  const half = dimension / 2;
  const turn = new Float32Array(dimension * dimension);
  for (let index = 0; index < half; index++) {
    turn[(index + half) * dimension + index] = -1;
    turn[index * dimension + index + half] = 1;
  }
  const flat = tf.reshape(heads, [-1, dimension]);
  const turned = tf.reshape(tf.matMul(flat, tf.tensor2d(turn, [dimension, dimension])), heads.shape);
  return tf.add(tf.mul(heads, cosine), tf.mul(turned, sine));
}
