import type { TensorData } from "../../../src/tensor/tensorData.js";
import type { tf } from "../../../src/tensor/tfjs.js";
import type { Draw } from "./draw.js";

/** Call of an operation: its tensors, and the computation on them. */
export interface KernelCase {
  readonly tensors: readonly TensorData[];
  readonly op: (...tensors: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
}

export type DrawCase = (draw: Draw) => KernelCase;

/** An elementwise operation on floats of an interval. */
export function unary(op: (x: tf.Tensor) => tf.Tensor, low = -4, high = 4): DrawCase {
  return (draw) => ({ tensors: [draw.floats(draw.shape(), low, high)], op: (x) => op(tensor(x)) });
}

/** An elementwise operation on floats or integers. */
export function numeric(op: (x: tf.Tensor) => tf.Tensor): DrawCase {
  return (draw) => ({ tensors: [draw.numbers(draw.shape())], op: (x) => op(tensor(x)) });
}

/** Draws two operands of one type that broadcast against each other; those of `second` may be restricted. */
export function binary(
  op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  values: (draw: Draw, shape: readonly number[], seen: TensorData | undefined) => TensorData,
): DrawCase {
  return (draw) => {
    const shape = draw.shape();
    const [left, right] = draw.chance()
      ? [shape, draw.broadcastable(shape)]
      : [draw.broadcastable(shape), shape];
    const a = values(draw, left, undefined);
    return { tensors: [a, values(draw, right, a)], op: (x, y) => op(tensor(x), tensor(y)) };
  };
}

export const alike = (draw: Draw, shape: readonly number[], seen: TensorData | undefined): TensorData => {
  if (seen === undefined) return draw.numbers(shape);
  return seen.data instanceof Float32Array ? draw.floats(shape) : draw.ints(shape);
};
export const alikeOrBool = (
  draw: Draw,
  shape: readonly number[],
  seen: TensorData | undefined,
): TensorData => {
  if (seen === undefined) return draw.any(shape);
  return seen.data instanceof Uint8Array ? draw.bools(shape) : alike(draw, shape, seen);
};
/** Divisors keep away from zero, where JavaScript's integers differ from everyone's. */
export const divisible = (draw: Draw, shape: readonly number[], seen: TensorData | undefined): TensorData => {
  const drawn = alike(draw, shape, seen);
  if (seen === undefined) return drawn;
  return { shape, data: drawn.data.map((value) => (Math.abs(value) < 0.5 ? 3 : value)) };
};
export const onlyBool = (draw: Draw, shape: readonly number[]): TensorData => draw.bools(shape);

export function reduction(
  op: (x: tf.Tensor, axis: number | number[] | undefined, keepDims: boolean) => tf.Tensor,
  values: (draw: Draw, shape: readonly number[]) => TensorData,
): DrawCase {
  return (draw) => {
    const shape = draw.shape();
    const axes = draw.axes(shape.length);
    const keepDims = draw.chance();
    return { tensors: [values(draw, shape)], op: (x) => op(tensor(x), axes, keepDims) };
  };
}

export function tensor(value: tf.Tensor | undefined): tf.Tensor {
  if (value === undefined) throw new Error("the case has too few tensors");
  return value;
}
