import { tf } from "../../tensor/tfjs.js";
import { crossEntropy, lessOneHot } from "./crossEntropy.js";

/** Number of classes whose logits are in memory at once. */
export const classesAtOnce = 2 ** 13;

/** Part of the vocabulary: its first class, its output weights [c, features] and its own softmax [n, c]. */
interface Part {
  readonly first: number;
  readonly weight: tf.Tensor;
  readonly shares: tf.Tensor;
  /** Logarithm of the sum of its exponentials: [n, 1]. */
  readonly logSum: tf.Tensor;
}

/**
 * Computes the cross-entropy of each row's label from hidden states and output weights. A large vocabulary goes through
 * in parts, so that its logits are never in memory together: what a part adds to the gradient of the hidden states is
 * summed up as soon as its softmax is known, and weighed anew with every part that follows.
 * @param hidden [n, features]
 * @param weight [classes, features]
 * @param labels int32 [n], each from 0 to classes − 1
 * @param atOnce number of classes of a part
 * @returns [n]
 */
export function vocabularyLoss(
  hidden: tf.Tensor,
  weight: tf.Tensor,
  labels: tf.Tensor,
  atOnce = classesAtOnce,
): tf.Tensor {
  const [classes = 1] = weight.shape;
  if (classes <= atOnce) return crossEntropy(tf.matMul(hidden, weight, false, true), labels);
  const loss = tf.customGrad((states, table, save) => {
    if (!(states instanceof tf.Tensor) || !(table instanceof tf.Tensor) || typeof save !== "function")
      throw new TypeError("vocabularyLoss: bad call");
    const targets = tf.cast(labels, "int32");
    const parts = Array.from({ length: Math.ceil(classes / atOnce) }, (_, index) =>
      partOf(states, table, index * atOnce, Math.min(atOnce, classes - index * atOnce)),
    );
    const { logSum, expected } = parts.map(summed).reduce(joined);
    const own = tf.gather(table, targets);
    const picked = tf.sum(tf.mul(states, own), -1);
    // Engines drop the shares where nobody asks for the gradient of the weights.
    save([
      tf.sub(expected, own),
      logSum,
      states,
      targets,
      ...parts.flatMap((part) => [part.shares, part.logSum]),
    ]);
    return {
      value: tf.sub(tf.reshape(logSum, [-1]), picked),
      gradFunc: (gradient: tf.Tensor, saved: tf.Tensor[]) => {
        const [slope, total, read, classOfRow, ...ofParts] = saved;
        if (!slope || !total || !read || !classOfRow) throw new Error("vocabularyLoss: nothing saved");
        const scale = tf.expandDims(gradient, -1);
        const ofWeights = parts.map(({ first }, index) => {
          const [shares, logSum] = ofParts.slice(2 * index);
          if (!shares || !logSum) throw new Error("vocabularyLoss: nothing saved of a part");
          const errors = errorsOf({ first, shares, logSum }, total, classOfRow);
          return tf.matMul(tf.mul(errors, scale), read, true);
        });
        return [tf.mul(slope, scale), tf.concat(ofWeights, 0)];
      },
    };
  });
  return loss(hidden, weight);
}

function partOf(states: tf.Tensor, table: tf.Tensor, first: number, count: number): Part {
  const weight = tf.slice(table, [first, 0], [count, table.shape[1] ?? 1]);
  const logits = tf.matMul(states, weight, false, true);
  const shares = tf.softmax(logits);
  // The largest share is at least 1 / count, so that its logarithm is exact enough, whatever the others are.
  const logSum = tf.sub(tf.max(logits, -1, true), tf.log(tf.max(shares, -1, true)));
  return { first, weight, shares, logSum };
}

/** What some classes come to: the logarithm of their exponentials' sum [n, 1], and their mean weights [n, features]. */
interface Summed {
  readonly logSum: tf.Tensor;
  readonly expected: tf.Tensor;
}

function summed({ logSum, shares, weight }: Part): Summed {
  return { logSum, expected: tf.matMul(shares, weight) };
}

function joined(one: Summed, other: Summed): Summed {
  const larger = tf.maximum(one.logSum, other.logSum);
  const logSum = tf.add(
    larger,
    tf.log(tf.add(tf.exp(tf.sub(one.logSum, larger)), tf.exp(tf.sub(other.logSum, larger)))),
  );
  const weighed = ({ logSum: own, expected }: Summed) => tf.mul(expected, tf.exp(tf.sub(own, logSum)));
  return { logSum, expected: tf.add(weighed(one), weighed(other)) };
}

/** Softmax over all classes less one at the label, of a part's classes: [n, c]. */
function errorsOf(
  { first, shares, logSum }: Omit<Part, "weight">,
  total: tf.Tensor,
  labels: tf.Tensor,
): tf.Tensor {
  const [, count = 1] = shares.shape;
  const place = tf.sub(labels, tf.scalar(first, "int32"));
  const isWithin = tf.logicalAnd(
    tf.greaterEqual(place, tf.scalar(0, "int32")),
    tf.less(place, tf.scalar(count, "int32")),
  );
  const label = tf.where(isWithin, place, tf.scalar(-1, "int32"));
  return lessOneHot(tf.mul(shares, tf.exp(tf.sub(logSum, total))), label);
}
