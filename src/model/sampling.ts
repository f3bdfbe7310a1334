import { tf } from "../tensor/tfjs.js";

/**
 * Draws the next token of each row by inverting the cumulative distribution at a uniform number.
 *
 * The uniform numbers come from the caller's seeded streams, one a row, so that a row's answer does not
 * depend on what else is in the batch.
 * @param logits [B, vocabularySize]
 * @param uniform [B], each in [0, 1)
 * @param inverseTemperature [1]; 0 asks for the most probable token instead
 * @returns int32 [B]
 */
export function sampleTokens(
  logits: tf.Tensor,
  uniform: tf.Tensor,
  inverseTemperature: tf.Tensor,
): tf.Tensor {
  const [batch = 1, vocabularySize = 1] = logits.shape;
  const cumulative = tf.cumsum(tf.softmax(tf.mul(logits, inverseTemperature)), -1);
  const total = tf.slice(cumulative, [0, vocabularySize - 1], [batch, 1]);
  const below = tf.lessEqual(cumulative, tf.mul(tf.reshape(uniform, [batch, 1]), total));
  const drawn = tf.minimum(tf.sum(tf.cast(below, "int32"), -1), tf.scalar(vocabularySize - 1, "int32"));
  const greedy = tf.equal(inverseTemperature, tf.scalar(0));
  return tf.where(greedy, tf.argMax(logits, -1), drawn);
}
