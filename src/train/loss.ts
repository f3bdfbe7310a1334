import { tf } from "../tensor/tfjs.js";

/**
 * Cross-entropy of each row's label, with the gradient in closed form (softmax − one-hot): autodiff through
 * log-softmax would make several more passes over the logits, the largest tensor of a small model.
 * @param logits [n, classes]
 * @param labels int32 [n]; a label outside 0 … classes − 1 counts as no class
 * @returns [n]
 */
export function crossEntropy(logits: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  const classes = logits.shape.at(-1) ?? 1;
  const loss = tf.customGrad((x, save) => {
    if (!(x instanceof tf.Tensor) || typeof save !== "function")
      throw new TypeError("crossEntropy: bad call");
    const target = tf.cast(tf.oneHot(tf.cast(labels, "int32"), classes), "float32");
    const shifted = tf.sub(x, tf.max(x, -1, true));
    const exponentials = tf.exp(shifted);
    const total = tf.sum(exponentials, -1, true);
    const value = tf.sub(tf.log(tf.squeeze(total, [-1])), tf.sum(tf.mul(shifted, target), -1));
    save([exponentials, total, target]);
    return {
      value,
      gradFunc: (gradient: tf.Tensor, saved: tf.Tensor[]) => {
        const [savedExponentials, savedTotal, savedTarget] = saved;
        if (!savedExponentials || !savedTotal || !savedTarget) throw new Error("crossEntropy: nothing saved");
        const error = tf.sub(tf.div(savedExponentials, savedTotal), savedTarget);
        return [tf.mul(error, tf.expandDims(gradient, -1))];
      },
    };
  });
  return loss(logits);
}
