import { fusedKernel } from "../../tensor/fusedKernel.js";
import { tf } from "../../tensor/tfjs.js";

/**
 * Computes the root-mean-square norm over the last axis: x / √(mean(x²) + ε) · weight.
 *
 * The gradient is written out: autodiff through the formula would make twice as many passes over the activations.
 * @param x [..., size]
 * @param weight [size]
 */
export function rmsNorm(x: tf.Tensor, weight: tf.Tensor, epsilon: number): tf.Tensor {
  const norm = tf.customGrad((values, factors, save) => {
    if (!(values instanceof tf.Tensor) || !(factors instanceof tf.Tensor) || typeof save !== "function") {
      throw new TypeError("rmsNorm: bad call");
    }
    const [value, inverseRoot] = fusedKernel("RmsNorm", { x: values, weight: factors }, { epsilon }, () => {
      const root = tf.rsqrt(tf.add(tf.mean(tf.square(values), -1, true), epsilon));
      return [tf.mul(tf.mul(values, root), factors), root];
    });
    if (value === undefined || inverseRoot === undefined) throw new Error("rmsNorm: no result");
    save([values, factors, inverseRoot]);
    return { value, gradFunc: rmsNormGradient };
  });
  return norm(x, weight);
}

/**
 * Gradient of the norm. With r = 1 / √(mean(x²) + ε): dx = r · (g·w − x · r² · mean(g·w·x)) and dw = Σ g · x · r over
 * all rows.
 */
function rmsNormGradient(gradient: tf.Tensor, [x, weight, inverseRoot]: tf.Tensor[]): tf.Tensor[] {
  if (!x || !weight || !inverseRoot) throw new Error("rmsNorm: nothing saved");
  const scaled = tf.mul(gradient, weight);
  const projection = tf.mul(tf.mean(tf.mul(scaled, x), -1, true), tf.square(inverseRoot));
  const rows = Array.from({ length: x.rank - 1 }, (_, axis) => axis);
  return [
    tf.mul(tf.sub(scaled, tf.mul(x, projection)), inverseRoot),
    tf.sum(tf.mul(gradient, tf.mul(x, inverseRoot)), rows),
  ];
}
