import { tf } from "../../tensor/tfjs.js";

/**
 * As `gatedSilu` with the GELU in its tanh form: gate · ½(1 + tanh(√(2/π)(gate + 0.044715 gate³))) · up, which
 * transformers calls `gelu_pytorch_tanh`.
 */
export function gatedGelu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  const cubic = tf.mul(gate, tf.add(tf.mul(tf.square(gate), 0.044715), 1));
  const share = tf.mul(tf.add(tf.tanh(tf.mul(cubic, Math.sqrt(2 / Math.PI))), 1), 0.5);
  return tf.mul(tf.mul(gate, share), up);
}
