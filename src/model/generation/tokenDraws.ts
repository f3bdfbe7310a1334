import { tf } from "../../tensor/tfjs.js";

/** The largest float32 below 1. */
export const mostBelowOne = 1 - 2 ** -24;

/**
 * Draws a token for each row inside a program, so that only the tokens come out of it and not all probabilities.
 *
 * Inverts the cumulative distribution as `drawTokens` does, in float32 and in two steps: first among blocks of tokens,
 * then inside the block that was found. A running sum over all tokens would take ONNX Runtime three times as long as
 * everything here. A threshold stays below the sum that was computed, so that no token of probability 0 is ever drawn.
 * @param probabilities [B, vocabularySize], rows that sum to about 1
 * @param uniform [B, 1], from 0 to `mostBelowOne`
 * @returns int32 [B]
 */
export function drawnTokens(probabilities: tf.Tensor, uniform: tf.Tensor): tf.Tensor {
  const [rows = 0, size = 1] = probabilities.shape;
  const width = blockWidth(size);
  const blocks = Math.ceil(size / width);
  const missing = blocks * width - size;
  const whole =
    missing === 0
      ? probabilities
      : tf.pad(probabilities, [
          [0, 0],
          [0, missing],
        ]);
  const parts = tf.reshape(whole, [rows * blocks, width]);
  const amongBlocks = cumulative(tf.reshape(tf.sum(parts, -1), [rows, blocks]));
  const threshold = tf.mul(last(amongBlocks), uniform);
  const block = found(amongBlocks, threshold);
  const firstParts = tf.tensor1d(
    Int32Array.from({ length: rows }, (_, row) => row * blocks),
    "int32",
  );
  const inside = cumulative(tf.gather(parts, tf.add(firstParts, tf.cast(block.place, "int32"))));
  const rest = tf.minimum(tf.sub(threshold, block.before), tf.mul(last(inside), mostBelowOne));
  const token = tf.add(tf.mul(block.place, width), found(inside, rest).place);
  return tf.cast(token, "int32");
}

/** Finds the most probable token of each row [B, vocabularySize], the first of equals: int32 [B]. */
export function mostProbableTokens(probabilities: tf.Tensor): tf.Tensor {
  return tf.argMax(probabilities, -1);
}

/** Chooses a block width near the square root of the number of tokens, if possible one that divides it. */
function blockWidth(size: number): number {
  const root = Math.ceil(Math.sqrt(size));
  for (let width = root; 8 * width >= root; width--) if (size % width === 0) return width;
  return root;
}

/** Computes running sums along rows [B, n], as a product with a triangle of ones. */
function cumulative(x: tf.Tensor): tf.Tensor {
  const [, size = 1] = x.shape;
  const triangle = Float32Array.from({ length: size * size }, (_, index) =>
    Number(Math.floor(index / size) <= index % size),
  );
  return tf.matMul(x, tf.tensor2d(triangle, [size, size]));
}

function last(sums: tf.Tensor): tf.Tensor {
  const [rows = 0, size = 1] = sums.shape;
  return tf.slice(sums, [0, size - 1], [rows, 1]);
}

/**
 * Finds where running sums [B, n] first exceed a threshold [B, 1]: the place, float32 [B], and the sum before it, [B,
 * 1].
 */
function found(sums: tf.Tensor, threshold: tf.Tensor): { place: tf.Tensor; before: tf.Tensor } {
  const [, size = 1] = sums.shape;
  const isBefore = tf.cast(tf.lessEqual(sums, threshold), "float32");
  return {
    place: tf.minimum(tf.sum(isBefore, -1), size - 1),
    before: tf.max(tf.mul(sums, isBefore), -1, true),
  };
}
