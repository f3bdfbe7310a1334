import { tf } from "./tfjs.js";

/**
 * Takes rows of a matrix by index, with a gradient that takes rows too: the general gradient of a gather adds up
 * scattered rows, which is slow and which the wasm backend lacks.
 * @param x [n, features]
 * @param taken int32 [m]: the row of x that each result is
 * @param back int32 [n]: the result whose gradient each row of x gets. It is right where every row is taken once,
 * and where what is taken more often, or not at all, meets gradients of zero.
 * @returns [m, features]
 */
export function takeRows(x: tf.Tensor, taken: tf.Tensor, back: tf.Tensor): tf.Tensor {
  const take = tf.customGrad((values, save) => {
    if (!(values instanceof tf.Tensor) || typeof save !== "function")
      throw new TypeError("takeRows: bad call");
    // Saved in the type that gather insists on, which saving does not keep in the types.
    save([tf.cast(back, "int32")]);
    return {
      value: tf.gather(values, tf.cast(taken, "int32")),
      gradFunc: (gradient: tf.Tensor, [indices]: tf.Tensor[]) => {
        if (indices === undefined) throw new Error("takeRows: nothing saved");
        return tf.gather(gradient, tf.cast(indices, "int32"));
      },
    };
  });
  return take(x);
}

/** Slots of sequences, the first of which show the same rows in each: [batch, heads, length]. */
interface SharedSlots {
  readonly batch: number;
  readonly heads: number;
  readonly length: number;
  /** Number of first slots of each sequence that show the first rows. */
  readonly shared: number;
}

/**
 * Takes rows for slots as `takeRows` does, where the first rows are taken once for each sequence: their gradients add
 * up over the sequences.
 * @param x [n · heads, features], the shared rows first
 * @param taken int32 [batch · heads · length]: the row in each slot
 * @param back int32 [n · heads]: the slot whose gradient each row that is not shared gets
 * @returns [batch · heads · length, features]
 */
export function takeSharedRows(
  x: tf.Tensor,
  taken: tf.Tensor,
  back: tf.Tensor,
  { batch, heads, length, shared }: SharedSlots,
): tf.Tensor {
  const [rows = 0, features = 1] = x.shape;
  const take = tf.customGrad((values, save) => {
    if (!(values instanceof tf.Tensor) || typeof save !== "function")
      throw new TypeError("takeSharedRows: bad call");
    const start = shared * heads;
    save([tf.slice(tf.cast(back, "int32"), [start], [rows - start])]);
    return {
      value: tf.gather(values, tf.cast(taken, "int32")),
      gradFunc: (gradient: tf.Tensor, [indices]: tf.Tensor[]) => {
        if (indices === undefined) throw new Error("takeSharedRows: nothing saved");
        const slots = tf.reshape(gradient, [batch, heads, length, features]);
        const first = tf.sum(tf.slice(slots, [0, 0, 0, 0], [batch, heads, shared, features]), 0);
        const ofShared = tf.reshape(tf.transpose(first, [1, 0, 2]), [start, features]);
        return tf.concat([ofShared, tf.gather(gradient, tf.cast(indices, "int32"))], 0);
      },
    };
  });
  return take(x);
}
