import { tf } from "./tfjs.js";

/**
 * Computes the Kullback–Leibler divergence KL(p ‖ q) of each row in nats, where p and q are the softmax of their logits,
 * with the gradients in closed form: p ⊙ (log p − log q − KL) for the logits of p, and q − p for those of q.
 * @param pLogits [n, classes]
 * @param qLogits [n, classes]
 * @returns [n]
 */
export function klDivergence(pLogits: tf.Tensor, qLogits: tf.Tensor): tf.Tensor {
  const divergence = tf.customGrad((ofP, ofQ, save) => {
    if (!(ofP instanceof tf.Tensor) || !(ofQ instanceof tf.Tensor) || typeof save !== "function")
      throw new TypeError("klDivergence: bad call");
    const [logP, logQ] = [logSoftmax(ofP), logSoftmax(ofQ)];
    const p = tf.exp(logP);
    const difference = tf.sub(logP, logQ);
    const value = tf.sum(tf.mul(p, difference), -1);
    save([p, tf.mul(p, tf.sub(difference, tf.expandDims(value, -1))), tf.exp(logQ)]);
    return {
      value,
      gradFunc: (gradient: tf.Tensor, [savedP, slope, savedQ]: tf.Tensor[]) => {
        if (!savedP || !slope || !savedQ) throw new Error("klDivergence: nothing saved");
        const scale = tf.expandDims(gradient, -1);
        return [tf.mul(slope, scale), tf.mul(tf.sub(savedQ, savedP), scale)];
      },
    };
  });
  return divergence(pLogits, qLogits);
}

function logSoftmax(logits: tf.Tensor): tf.Tensor {
  const shifted = tf.sub(logits, tf.max(logits, -1, true));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)));
}
