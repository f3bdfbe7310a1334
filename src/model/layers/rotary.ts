import { fusedKernel } from "../../tensor/fusedKernel.js";
import { tf } from "../../tensor/tfjs.js";
import type { LayerKind } from "../config/layerKinds.js";
import type { ModelConfig } from "../config/modelConfig.js";
import { rotaryAmplitude, rotaryFrequencies } from "../config/rotaryFrequencies.js";

/** Cosines and sines of the rotary positions of n rows: each [n, headDimension / 2]. */
export interface RotaryTables {
  readonly cosine: tf.Tensor;
  readonly sine: tf.Tensor;
}

/**
 * Computes cosine and sine of every position up to `length` in layers of a kind: two arrays [length, headDimension /
 * 2].
 */
function rotaryArrays(
  config: ModelConfig,
  length: number,
  kind: LayerKind = "full",
): { cosine: Float32Array; sine: Float32Array } {
  const half = config.headDimension / 2;
  const frequencies = rotaryFrequencies(config.rotary[kind], config.headDimension);
  const amplitude = rotaryAmplitude(config.rotary[kind]);
  const cosine = new Float32Array(length * half);
  const sine = new Float32Array(length * half);
  for (let position = 0; position < length; position++) {
    for (let index = 0; index < half; index++) {
      const angle = position * (frequencies[index] ?? NaN);
      cosine[position * half + index] = amplitude * Math.cos(angle);
      sine[position * half + index] = amplitude * Math.sin(angle);
    }
  }
  return { cosine, sine };
}

/** Makes the tables for `batch` sequences of `length` rows that all start at position 0. */
export function rotaryFromStart(
  config: ModelConfig,
  batch: number,
  length: number,
  kind: LayerKind = "full",
): RotaryTables {
  const { cosine, sine } = rotaryArrays(config, length, kind);
  const repeated = (table: Float32Array): tf.Tensor =>
    tf.tile(tf.tensor2d(table, [length, config.headDimension / 2]), [batch, 1]);
  return { cosine: repeated(cosine), sine: repeated(sine) };
}

/** Makes the tables for rows with positions of their own, int32 of n elements, each below `maxPosition`. */
export function rotaryAt(
  config: ModelConfig,
  positions: tf.Tensor,
  maxPosition: number,
  kind: LayerKind = "full",
): RotaryTables {
  const { cosine, sine } = rotaryArrays(config, maxPosition, kind);
  const indices = tf.cast(tf.reshape(positions, [-1]), "int32");
  const look = (table: Float32Array): tf.Tensor =>
    tf.gather(tf.tensor2d(table, [maxPosition, config.headDimension / 2]), indices);
  return { cosine: look(cosine), sine: look(sine) };
}

/**
 * Rotates the heads of rows, [n, heads · headDimension], by the rows' positions: the halves (x₁, x₂) of a head
 * become (x₁ · cos − x₂ · sin, x₂ · cos + x₁ · sin). The gradient is the rotation back.
 */
export function rotate(x: tf.Tensor, { cosine, sine }: RotaryTables): tf.Tensor {
  const turn = tf.customGrad((rows, save) => {
    if (!(rows instanceof tf.Tensor) || typeof save !== "function") throw new TypeError("rotate: bad call");
    save([cosine, sine]);
    return {
      value: rotated(rows, cosine, sine),
      gradFunc: (gradient: tf.Tensor, [savedCosine, savedSine]: tf.Tensor[]) => {
        if (!savedCosine || !savedSine) throw new Error("rotate: nothing saved");
        return rotated(gradient, savedCosine, tf.neg(savedSine));
      },
    };
  });
  return turn(x);
}

function rotated(x: tf.Tensor, cosine: tf.Tensor, sine: tf.Tensor): tf.Tensor {
  const [result] = fusedKernel("RotaryEmbedding", { x, cosine, sine }, {}, () => {
    const [rows = 0, half = 1] = cosine.shape;
    const [first, second] = tf.split(tf.reshape(x, [rows, -1, 2 * half]), 2, -1);
    if (first === undefined || second === undefined) throw new Error("rotate: the split gave no halves");
    const [across, up] = [tf.expandDims(cosine, 1), tf.expandDims(sine, 1)];
    const turned = tf.concat(
      [tf.sub(tf.mul(first, across), tf.mul(second, up)), tf.add(tf.mul(second, across), tf.mul(first, up))],
      -1,
    );
    return [tf.reshape(turned, x.shape)];
  });
  if (result === undefined) throw new Error("rotate: no result");
  return result;
}
