import { fusedKernel } from "../tensor/fusedKernel.js";
import { tf } from "../tensor/tfjs.js";

/**
 * Cross-entropy of each row's label, with the gradient in closed form (softmax − one-hot): autodiff through
 * log-softmax would make several more passes over the logits, the largest tensor of a small model.
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
    const logProbabilities = logSoftmax(x);
    const picked = tf.gather(
      tf.reshape(logProbabilities, [rows * classes]),
      tf.add(tf.mul(tf.range(0, rows, 1, "int32"), tf.scalar(classes, "int32")), targets),
    );
    save([logProbabilities, targets]);
    return {
      value: tf.neg(picked),
      gradFunc: (gradient: tf.Tensor, [saved, classOfRow]: tf.Tensor[]) => {
        if (!saved || !classOfRow) throw new Error("crossEntropy: nothing saved");
        const isLabel = tf.equal(tf.expandDims(classOfRow, -1), tf.range(0, classes, 1, "int32"));
        const error = tf.sub(tf.exp(saved), tf.cast(isLabel, "float32"));
        return [tf.mul(error, tf.expandDims(gradient, -1))];
      },
    };
  });
  return loss(logits);
}

function logSoftmax(x: tf.Tensor): tf.Tensor {
  const [result] = fusedKernel("LogSoftmax", { logits: x }, {}, () => {
    const shifted = tf.sub(x, tf.max(x, -1, true));
    return [tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)))];
  });
  if (result === undefined) throw new Error("crossEntropy: no logarithms");
  return result;
}
