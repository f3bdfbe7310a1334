import { tf } from "../../../src/tensor/tfjs.js";
import {
  alike,
  alikeOrBool,
  binary,
  divisible,
  numeric,
  onlyBool,
  reduction,
  tensor,
  unary,
  type DrawCase,
  type KernelCase,
} from "./caseBuilders.js";
import type { Draw } from "./draw.js";
import { indexingCases } from "./indexingCases.js";
import { numericCases } from "./numericCases.js";

/** Ways to draw calls of every kernel that can be compiled. */
export const kernelCases: Readonly<Record<string, DrawCase>> = {
  ...indexingCases,
  ...numericCases,
  Abs: numeric(tf.abs),
  Acos: unary(tf.acos, -1, 1),
  Acosh: unary(tf.acosh, 1, 9),
  Asin: unary(tf.asin, -1, 1),
  Asinh: unary(tf.asinh),
  Atan: unary(tf.atan),
  Atanh: unary(tf.atanh, -0.95, 0.95),
  Ceil: unary(tf.ceil),
  Cos: unary(tf.cos),
  Cosh: unary(tf.cosh),
  Elu: unary(tf.elu),
  Erf: unary(tf.erf),
  Exp: unary(tf.exp),
  Expm1: unary(tf.expm1),
  Floor: unary(tf.floor),
  Log: unary(tf.log, 0.01, 9),
  Log1p: unary(tf.log1p, -0.9, 9),
  Neg: numeric(tf.neg),
  Reciprocal: unary(tf.reciprocal, 0.1, 9),
  Relu: numeric(tf.relu),
  Round: numeric(tf.round),
  Rsqrt: unary(tf.rsqrt, 0.01, 9),
  Sigmoid: unary(tf.sigmoid, -30, 30),
  Sign: numeric(tf.sign),
  Sin: unary(tf.sin),
  Sinh: unary(tf.sinh),
  Softplus: unary(tf.softplus, -30, 30),
  Sqrt: unary(tf.sqrt, 0, 9),
  Square: numeric(tf.square),
  Step: (draw) => {
    const alpha = draw.integer(-2, 2);
    return { tensors: [draw.numbers(draw.shape())], op: (x) => tf.step(tensor(x), alpha) };
  },
  Tan: unary(tf.tan, -1.4, 1.4),
  Tanh: unary(tf.tanh, -12, 12),
  LogicalNot: (draw) => ({ tensors: [draw.bools(draw.shape())], op: (x) => tf.logicalNot(tensor(x)) }),
  Add: binary(tf.add, alike),
  Sub: binary(tf.sub, alike),
  Multiply: binary(tf.mul, alike),
  RealDiv: binary(tf.div, (draw, shape, seen) =>
    seen === undefined ? draw.floats(shape) : divisible(draw, shape, seen),
  ),
  FloorDiv: binary(tf.floorDiv, divisible),
  Maximum: binary(tf.maximum, alike),
  Minimum: binary(tf.minimum, alike),
  Pow: binary(tf.pow, (draw, shape, seen) => {
    if (seen === undefined) return draw.chance() ? draw.floats(shape, 0.1, 4) : draw.ints(shape);
    return seen.data instanceof Float32Array ? draw.floats(shape, -3, 3) : draw.ints(shape, 0, 4);
  }),
  SquaredDifference: binary(tf.squaredDifference, alike),
  Equal: binary(tf.equal, alikeOrBool),
  NotEqual: binary(tf.notEqual, alikeOrBool),
  Greater: binary(tf.greater, alikeOrBool),
  GreaterEqual: binary(tf.greaterEqual, alikeOrBool),
  Less: binary(tf.less, alikeOrBool),
  LessEqual: binary(tf.lessEqual, alikeOrBool),
  LogicalAnd: binary(tf.logicalAnd, onlyBool),
  LogicalOr: binary(tf.logicalOr, onlyBool),
  ClipByValue: (draw) => {
    const low = draw.integer(-4, 0) / 2;
    const high = low + draw.integer(0, 5);
    return { tensors: [draw.numbers(draw.shape())], op: (x) => tf.clipByValue(tensor(x), low, high) };
  },
  Select: (draw) => {
    const shape = draw.shape();
    const chosen = draw.any(draw.broadcastable(shape));
    const otherwise = alikeOrBool(draw, draw.broadcastable(shape), chosen);
    const condition = draw.bools(draw.chance() ? shape : draw.broadcastable(shape));
    return {
      tensors: [condition, chosen, otherwise],
      op: (c, t, e) => tf.where(tensor(c), tensor(t), tensor(e)),
    };
  },
  Cast: (draw) => {
    const dtype = draw.choose(["float32", "int32", "bool"] as const);
    return { tensors: [draw.any(draw.shape())], op: (x) => tf.cast(tensor(x), dtype) };
  },
  BatchMatMul: (draw) => {
    const [rows, inner, columns] = [draw.integer(1, 5), draw.integer(1, 6), draw.integer(1, 5)];
    const [transposeA, transposeB] = [draw.chance(), draw.chance()];
    const batch = draw.shape().slice(0, 2);
    // The reference only understands broadcasting along leading axes.
    const from = draw.integer(0, batch.length);
    const other = draw.chance() ? batch : batch.map((size, axis) => (axis < from ? 1 : size));
    const [left, right] = draw.chance() ? [batch, other] : [other, batch];
    const a = draw.floats([...left, ...(transposeA ? [inner, rows] : [rows, inner])]);
    const b = draw.floats([...right, ...(transposeB ? [columns, inner] : [inner, columns])]);
    return { tensors: [a, b], op: (x, y) => tf.matMul(tensor(x), tensor(y), transposeA, transposeB) };
  },
  Sum: reduction(tf.sum, (draw, shape) => draw.any(shape)),
  Mean: reduction(tf.mean, (draw, shape) => draw.numbers(shape)),
  Max: reduction(tf.max, (draw, shape) => draw.numbers(shape)),
  Min: reduction(tf.min, (draw, shape) => draw.numbers(shape)),
  Prod: reduction(tf.prod, (draw, shape) =>
    draw.chance() ? draw.floats(shape, 0.5, 1.5) : draw.ints(shape, -2, 2),
  ),
  All: reduction(tf.all, onlyBool),
  Any: reduction(tf.any, onlyBool),
  ArgMax: (draw) => argument(draw, tf.argMax),
  ArgMin: (draw) => argument(draw, tf.argMin),
  Softmax: (draw) => ({ tensors: [draw.floats(draw.shape(1), -9, 9)], op: (x) => tf.softmax(tensor(x)) }),
  OneHot: (draw) => {
    const depth = draw.integer(2, 5);
    const [on, off] = [draw.integer(-2, 3), draw.integer(-2, 3)];
    const dtype = draw.choose(["float32", "int32", "bool"] as const);
    const values = dtype === "bool" ? ([1, 0] as const) : ([on, off] as const);
    return {
      tensors: [draw.ints(draw.shape().slice(0, 3), -2, 7)],
      op: (x) => tf.oneHot(tf.cast(tensor(x), "int32"), depth, ...values, dtype),
    };
  },
  Fill: (draw) => {
    const [shape, value] = [draw.shape(), draw.integer(-3, 3)];
    const dtype = draw.choose(["float32", "int32"] as const);
    return { tensors: [draw.floats([])], op: () => tf.fill(shape, value, dtype) };
  },
  ZerosLike: (draw) => ({ tensors: [draw.any(draw.shape())], op: (x) => tf.zerosLike(tensor(x)) }),
  OnesLike: (draw) => ({ tensors: [draw.any(draw.shape())], op: (x) => tf.onesLike(tensor(x)) }),
  Range: (draw) => {
    const [start, stop] = [draw.integer(-5, 5), draw.integer(-5, 5)];
    // The reference misunderstands a fraction that leads away from the end.
    const step = draw.choose([1, 2, -1, -3, ...(start < stop ? [0.5] : [])]);
    const dtype = step === 0.5 ? "float32" : draw.choose(["float32", "int32"] as const);
    return { tensors: [draw.floats([])], op: () => tf.range(start, stop, step, dtype) };
  },
  Identity: (draw) => ({ tensors: [draw.any(draw.shape())], op: (x) => tf.clone(tensor(x)) }),
  Reshape: (draw) => {
    const shape = draw.shape();
    const target = draw.choose([[-1], [...shape, 1], [1, ...shape], [-1, shape.at(-1) ?? 1]]);
    return { tensors: [draw.any(shape)], op: (x) => tf.reshape(tensor(x), target) };
  },
  ExpandDims: (draw) => {
    const shape = draw.shape().slice(0, 3);
    const axis = draw.integer(-shape.length - 1, shape.length);
    return { tensors: [draw.any(shape)], op: (x) => tf.expandDims(tensor(x), axis) };
  },
  Transpose: (draw) => {
    const shape = draw.shape(2);
    const order = shape.map((_, axis) => axis);
    const permutation = order.slice(draw.integer(0, 3)).concat(order).slice(0, shape.length);
    const valid = new Set(permutation).size === shape.length ? permutation : order.reverse();
    return { tensors: [draw.any(shape)], op: (x) => tf.transpose(tensor(x), valid) };
  },
  Slice: (draw) => {
    const shape = draw.shape(1);
    const begin = shape.map((size) => draw.integer(0, size - 1));
    const size = shape.map((length, axis) =>
      draw.chance() ? -1 : draw.integer(1, length - (begin[axis] ?? 0)),
    );
    const [first = 0, count = 1] = [begin[0], size[0]];
    // Of the later axes everything is meant where only the first is named.
    const named = draw.choose(["every axis", "the first axis", "no sizes"] as const);
    return {
      tensors: [draw.any(shape)],
      op: (x) => {
        if (named === "every axis") return tf.slice(tensor(x), begin, size);
        return named === "no sizes" ? tf.slice(tensor(x), begin) : tf.slice(tensor(x), first, count);
      },
    };
  },
  Concat: (draw) => {
    const shape = draw.shape(1);
    const axis = draw.axis(shape.length);
    const at = axis < 0 ? axis + shape.length : axis;
    const part = () => shape.map((size, position) => (position === at ? draw.integer(1, 4) : size));
    const first = draw.any(part());
    const others = [alikeOrBool(draw, part(), first), alikeOrBool(draw, part(), first)];
    return { tensors: [first, ...others], op: (...parts) => tf.concat(parts, axis) };
  },
  SplitV: (draw) => {
    const sizes = Array.from({ length: draw.integer(1, 3) }, () => draw.integer(1, 4));
    const even = draw.chance();
    const size = even ? sizes.length * 2 : sizes.reduce((sum, length) => sum + length);
    const rest = draw.shape().slice(0, 2);
    const axis = draw.axis(rest.length + 1);
    const shape = [...rest];
    shape.splice(axis < 0 ? axis + rest.length + 1 : axis, 0, size);
    const inferred = draw.chance() || sizes.length === 1 ? sizes : [...sizes.slice(0, -1), -1];
    return {
      tensors: [draw.any(shape)],
      op: (x) => tf.split(tensor(x), even ? sizes.length : inferred, axis),
    };
  },
  Pack: (draw) => {
    const shape = draw.shape().slice(0, 3);
    const axis = draw.integer(-shape.length - 1, shape.length);
    const first = draw.any(shape);
    const tensors = [first, alikeOrBool(draw, shape, first), alikeOrBool(draw, shape, first)];
    return { tensors: tensors.slice(0, draw.integer(1, 3)), op: (...parts) => tf.stack(parts, axis) };
  },
  Unpack: (draw) => {
    const shape = draw.shape(1);
    const axis = draw.axis(shape.length);
    return { tensors: [draw.any(shape)], op: (x) => tf.unstack(tensor(x), axis) };
  },
  PadV2: (draw) => {
    const shape = draw.shape(1);
    const paddings = shape.map((): [number, number] => [draw.integer(0, 2), draw.integer(0, 2)]);
    const value = draw.integer(0, 3);
    return { tensors: [draw.numbers(shape)], op: (x) => tf.pad(tensor(x), paddings, value) };
  },
  Tile: (draw) => {
    const shape = draw.shape(1);
    const repeats = shape.map(() => draw.integer(1, 3));
    return { tensors: [draw.any(shape)], op: (x) => tf.tile(tensor(x), repeats) };
  },
};

function argument(draw: Draw, op: (x: tf.Tensor, axis: number) => tf.Tensor): KernelCase {
  const shape = draw.shape(1);
  const axis = draw.axis(shape.length);
  return { tensors: [draw.numbers(shape)], op: (x) => op(tensor(x), axis) };
}
