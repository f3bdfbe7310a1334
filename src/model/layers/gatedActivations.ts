import { tf } from "../../tensor/tfjs.js";

/**
 * Computes the gated SiLU gate · σ(gate) · up, which a gated MLP hands to its last projection. Gate and up have one
 * shape.
 *
 * The gradient is written out: autodiff would make half as many passes again over the widest activations.
 */
export function gatedSilu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  const activate = tf.customGrad((opened, values, save) => {
    if (!(opened instanceof tf.Tensor) || !(values instanceof tf.Tensor) || typeof save !== "function") {
      throw new TypeError("gatedSilu: bad call");
    }
    const share = tf.sigmoid(opened);
    const silu = tf.mul(opened, share);
    save([share, silu, values]);
    return { value: tf.mul(silu, values), gradFunc: gatedSiluGradient };
  });
  return activate(gate, up);
}

/** Gradient of the gated SiLU. With s = σ(gate) and a = gate · s: d gate = g · up · (s + a − a·s) and d up = g · a. */
function gatedSiluGradient(gradient: tf.Tensor, [share, silu, up]: tf.Tensor[]): tf.Tensor[] {
  if (!share || !silu || !up) throw new Error("gatedSilu: nothing saved");
  const slope = tf.sub(tf.add(share, silu), tf.mul(silu, share));
  return [tf.mul(tf.mul(gradient, up), slope), tf.mul(gradient, silu)];
}

/**
 * Computes the gated GELU in its tanh form, gate · ½(1 + tanh(√(2/π)(gate + 0.044715 gate³))) · up, which transformers
 * calls `gelu_pytorch_tanh`.
 */
export function gatedGelu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  const cubic = tf.mul(gate, tf.add(tf.mul(tf.square(gate), 0.044715), 1));
  const share = tf.mul(tf.add(tf.tanh(tf.mul(cubic, Math.sqrt(2 / Math.PI))), 1), 0.5);
  return tf.mul(tf.mul(gate, share), up);
}
