import { fusedKernel } from "../../tensor/fusedKernel.js";
import { tf } from "../../tensor/tfjs.js";

/**
 * Computes the cross-entropy of each row's label, with the gradient in closed form, softmax − one-hot. The logits are
 * the largest tensor of a small model, so that every pass over them counts: one makes the softmax, two find the largest
 * of each row and of its softmax, from which the sum that the softmax divides by follows, and the gradient takes one
 * more.
 * @param logits [n, classes]
 * @param labels int32 [n], each from 0 to classes − 1
 * @returns [n]
 */
export function crossEntropy(logits: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  const [rows = 0, classes = 1] = logits.shape;
  const loss = tf.customGrad((x, save) => {
    if (!(x instanceof tf.Tensor) || typeof save !== "function")
      throw new TypeError("crossEntropy: bad call");
    const targets = tf.cast(labels, "int32");
    const probabilities = tf.softmax(x);
    // The largest probability is at least 1 / classes, so that its logarithm is exact enough, whatever the others are.
    const logPartition = tf.sub(tf.max(x, -1), tf.log(tf.max(probabilities, -1)));
    const picked = tf.gather(
      tf.reshape(x, [rows * classes]),
      tf.add(tf.mul(tf.range(0, rows, 1, "int32"), tf.scalar(classes, "int32")), targets),
    );
    save([probabilities, targets]);
    return {
      value: tf.sub(logPartition, picked),
      gradFunc: (gradient: tf.Tensor, [saved, classOfRow]: tf.Tensor[]) => {
        if (!saved || !classOfRow) throw new Error("crossEntropy: nothing saved");
        return [tf.mul(lessOneHot(saved, classOfRow), tf.expandDims(gradient, -1))];
      },
    };
  });
  return loss(logits);
}

/** Subtracts 1 at each row's label, where it is not negative, from x [n, classes]. */
export function lessOneHot(x: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  const [, classes = 1] = x.shape;
  const [result] = fusedKernel("LessOneHot", { x, labels }, {}, () => {
    const isLabel = tf.equal(tf.expandDims(labels, -1), tf.range(0, classes, 1, "int32"));
    return [tf.sub(x, tf.cast(isLabel, "float32"))];
  });
  if (result === undefined) throw new Error("crossEntropy: no error");
  return result;
}
