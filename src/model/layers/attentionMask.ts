import { tf } from "../../tensor/tfjs.js";

/** What a score gets added where a query may not look. */
export const blockedScore = -1e9;

/**
 * The causal bias [1, 1, T, T]: a token looks at itself and what precedes it, `window` tokens in all.
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
