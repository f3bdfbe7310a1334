import { tf } from "./tfjs.js";

/**
 * Runs a kernel that not every backend has as one operation where the current backend has it, and composed of
 * TensorFlow.js's own ops elsewhere. Both must give the same values; gradients are the caller's business.
 */
export function fusedKernel(
  name: string,
  inputs: tf.NamedTensorMap,
  attributes: tf.NamedAttrMap,
  composed: () => tf.Tensor[],
): tf.Tensor[] {
  // Undefined where the backend lacks it, whatever TensorFlow.js's types say.
  const kernel: unknown = tf.getKernel(name, tf.getBackend());
  if (kernel === undefined) return composed();
  const result = tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(name, inputs, attributes);
  return Array.isArray(result) ? result : [result];
}
