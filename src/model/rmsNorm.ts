import { tf } from "../tensor/tfjs.js";

/**
 * Root-mean-square norm over the last axis: x / √(mean(x²) + ε) · weight.
 * @param x [..., size]
 * @param weight [size]
 */
export function rmsNorm(x: tf.Tensor, weight: tf.Tensor, epsilon: number): tf.Tensor {
  const meanSquare = tf.mean(tf.square(x), -1, true);
  return tf.mul(tf.mul(x, tf.rsqrt(tf.add(meanSquare, epsilon))), weight);
}
