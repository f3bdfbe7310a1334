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
