import { tf } from "../tensor/tfjs.js";

/** What a gated MLP hands to its last projection: gate · σ(gate) · up, for gate and up of one shape. */
export function gatedSilu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  return tf.mul(tf.mul(gate, tf.sigmoid(gate)), up);
}
