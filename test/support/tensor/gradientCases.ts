import type { TensorData } from "../../../src/tensor/tensorData.js";
import { tf } from "../../../src/tensor/tfjs.js";
import { tensor } from "./caseBuilders.js";
import type { Draw } from "./draw.js";

/** Call of a differentiable op, whose gradients are taken with respect to all its tensors. */
export interface GradientCase {
  readonly tensors: readonly TensorData[];
  readonly op: (...tensors: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
}

type DrawGradient = (draw: Draw) => GradientCase;

/** An elementwise function where it is smooth. */
function unary(op: (x: tf.Tensor) => tf.Tensor, low = -3, high = 3): DrawGradient {
  return (draw) => ({ tensors: [smooth(draw, draw.shape(), low, high)], op: (x) => op(tensor(x)) });
}

/** Floats without repeated values, so that no maximum is a tie and no corner is hit. */
function smooth(draw: Draw, shape: readonly number[], low = -3, high = 3): TensorData {
  const { data } = draw.floats(shape, 0, 1);
  const values = Float32Array.from(data, (value, index) => {
    const spread = (value * 0.9 + 0.05 + index * 0.6180339) % 1;
    return low + (high - low) * (0.01 + 0.98 * spread);
  });
  return { shape, data: values };
}

/** Two operands that broadcast against each other. */
function binary(op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, low = -3, high = 3): DrawGradient {
  return (draw) => {
    const shape = draw.shape();
    const other = draw.broadcastable(shape);
    const [left, right] = draw.chance() ? [shape, other] : [other, shape];
    return {
      tensors: [smooth(draw, left, low, high), smooth(draw, right, low + 0.07, high + 0.07)],
      op: (a, b) => op(tensor(a), tensor(b)),
    };
  };
}

/** Two operands of one shape, for ops whose gradient does not understand broadcasting in TensorFlow.js. */
function paired(op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): DrawGradient {
  return (draw) => {
    const shape = draw.shape();
    return { tensors: [smooth(draw, shape), smooth(draw, shape)], op: (a, b) => op(tensor(a), tensor(b)) };
  };
}

function reduction(
  op: (x: tf.Tensor, axis: number | number[] | undefined, keepDims: boolean) => tf.Tensor,
  low = -3,
  high = 3,
): DrawGradient {
  return (draw) => {
    const shape = draw.shape();
    const axes = draw.axes(shape.length);
    const keepDims = draw.chance();
    return { tensors: [smooth(draw, shape, low, high)], op: (x) => op(tensor(x), axes, keepDims) };
  };
}

/** Rows of indices below `size`, as a constant of the body. */
function picks(draw: Draw, shape: readonly number[], size: number): tf.TensorLike {
  return nested([...draw.ints(shape, 0, size - 1).data], shape);
}

function nested(values: readonly number[], shape: readonly number[]): tf.TensorLike {
  const [count = 1, ...rest] = shape;
  if (shape.length === 0) return values[0] ?? 0;
  if (rest.length === 0) return [...values];
  const size = values.length / count;
  return Array.from({ length: count }, (_, row) => [...values.slice(row * size, (row + 1) * size)]);
}

/** Ways to draw calls of every op with a gradient that a transformer's training can reach. */
export const gradientCases: Readonly<Record<string, DrawGradient>> = {
  abs: unary(tf.abs, 0.1, 3),
  acos: unary(tf.acos, -0.9, 0.9),
  acosh: unary(tf.acosh, 1.2, 4),
  asin: unary(tf.asin, -0.9, 0.9),
  asinh: unary(tf.asinh),
  atan: unary(tf.atan),
  atanh: unary(tf.atanh, -0.9, 0.9),
  cos: unary(tf.cos),
  cosh: unary(tf.cosh),
  elu: unary(tf.elu),
  erf: unary(tf.erf),
  exp: unary(tf.exp),
  expm1: unary(tf.expm1),
  floor: unary(tf.floor),
  leakyRelu: unary((x) => tf.leakyRelu(x, 0.3)),
  log: unary(tf.log, 0.2, 4),
  log1p: unary(tf.log1p, -0.8, 4),
  neg: unary(tf.neg),
  reciprocal: unary(tf.reciprocal, 0.3, 4),
  relu: unary(tf.relu),
  relu6: unary((x) => tf.relu6(x), -9, 9),
  round: unary(tf.round),
  rsqrt: unary(tf.rsqrt, 0.3, 4),
  selu: unary(tf.selu),
  sigmoid: unary(tf.sigmoid),
  sign: unary(tf.sign),
  silu: unary((x) => tf.mul(x, tf.sigmoid(x))),
  sin: unary(tf.sin),
  sinh: unary(tf.sinh),
  softplus: unary(tf.softplus),
  sqrt: unary(tf.sqrt, 0.3, 4),
  square: unary(tf.square),
  step: unary((x) => tf.step(x)),
  tan: unary(tf.tan, -1.2, 1.2),
  tanh: unary(tf.tanh),
  cast: unary((x) => tf.cast(tf.mul(x, x), "float32")),
  clipByValue: unary((x) => tf.clipByValue(x, -1, 1.5)),
  add: binary(tf.add),
  sub: binary(tf.sub),
  mul: binary(tf.mul),
  div: binary(tf.div, 0.3, 4),
  maximum: paired(tf.maximum),
  minimum: paired(tf.minimum),
  mod: binary(tf.mod, 0.4, 4),
  pow: binary(tf.pow, 0.3, 2.5),
  atan2: binary(tf.atan2, 0.2, 3),
  prelu: (draw) => {
    const shape = draw.shape();
    const slopes = shape.slice(draw.integer(0, shape.length));
    return {
      tensors: [smooth(draw, shape), smooth(draw, slopes)],
      op: (x, a) => tf.prelu(tensor(x), tensor(a)),
    };
  },
  squaredDifference: paired(tf.squaredDifference),
  where: (draw) => {
    const shape = draw.shape();
    const condition = draw.bools(shape).data;
    return {
      tensors: [smooth(draw, shape), smooth(draw, shape)],
      op: (a, b) => {
        const at = tf.reshape(tf.tensor1d([...condition], "bool"), [...shape]);
        return tf.where(at, tensor(a), tensor(b));
      },
    };
  },
  matMul: (draw) => {
    const [rows, inner, columns] = [draw.integer(1, 5), draw.integer(1, 6), draw.integer(1, 5)];
    const [transposeA, transposeB] = [draw.chance(), draw.chance()];
    // TensorFlow.js has no gradient for a product that broadcasts its batches.
    const batch = draw.shape().slice(0, 2);
    return {
      tensors: [
        smooth(draw, [...batch, ...(transposeA ? [inner, rows] : [rows, inner])]),
        smooth(draw, [...batch, ...(transposeB ? [columns, inner] : [inner, columns])]),
      ],
      op: (a, b) => tf.matMul(tensor(a), tensor(b), transposeA, transposeB),
    };
  },
  "matMul of tiled batches": (draw) => {
    const [batch, rows, inner, columns] = [
      draw.integer(2, 4),
      draw.integer(1, 5),
      draw.integer(1, 6),
      draw.integer(1, 5),
    ];
    const shared = draw.chance();
    const sizes = shared ? [1, inner, columns] : [batch, inner, columns];
    return {
      tensors: [smooth(draw, [batch, rows, inner]), smooth(draw, sizes)],
      op: (a, b) => tf.matMul(tensor(a), tf.broadcastTo(tensor(b), [batch, inner, columns])),
    };
  },
  "fused matMul": (draw) => {
    const [rows, inner, columns] = [draw.integer(1, 5), draw.integer(1, 6), draw.integer(1, 5)];
    const activation = draw.choose(["linear", "relu"] as const);
    return {
      tensors: [smooth(draw, [rows, inner]), smooth(draw, [inner, columns]), smooth(draw, [columns])],
      op: (a, b, bias) => tf.fused.matMul({ a: tensor(a), b: tensor(b), bias: tensor(bias), activation }),
    };
  },
  sum: reduction(tf.sum),
  mean: reduction(tf.mean),
  max: reduction(tf.max),
  min: reduction(tf.min),
  // TensorFlow.js takes neither negative axes nor kept ones here.
  prod: (draw) => {
    const shape = draw.shape(1);
    const axis = draw.integer(0, shape.length - 1);
    return { tensors: [smooth(draw, shape, 0.5, 1.5)], op: (x) => tf.prod(tensor(x), axis) };
  },
  logSumExp: reduction(tf.logSumExp),
  moments: reduction((x, axes, keepDims) => {
    const { mean, variance } = tf.moments(x, axes, keepDims);
    return tf.add(mean, variance);
  }),
  softmax: (draw) => ({ tensors: [smooth(draw, draw.shape(1))], op: (x) => tf.softmax(tensor(x)) }),
  logSoftmax: (draw) => ({ tensors: [smooth(draw, draw.shape(1))], op: (x) => tf.logSoftmax(tensor(x)) }),
  softmaxCrossEntropy: (draw) => {
    const shape = [draw.integer(1, 4), draw.integer(2, 5)];
    return {
      tensors: [smooth(draw, shape)],
      op: (x) => tf.losses.softmaxCrossEntropy(tf.softmax(tf.onesLike(tensor(x))), tensor(x)),
    };
  },
  layerNorm: (draw) => {
    const shape = draw.shape(1);
    const width = shape.at(-1) ?? 1;
    return {
      tensors: [smooth(draw, shape), smooth(draw, [width])],
      op: (x, scale) => {
        const squares = tf.mean(tf.square(tensor(x)), -1, true);
        return tf.mul(tf.mul(tensor(x), tf.rsqrt(tf.add(squares, 1e-3))), tensor(scale));
      },
    };
  },
  cumsum: (draw) => {
    const shape = draw.shape(1);
    // TensorFlow.js transposes the gradient unless it runs along the last axis.
    const axis = shape.length - 1;
    const [exclusive, reverse] = [draw.chance(), draw.chance()];
    return { tensors: [smooth(draw, shape)], op: (x) => tf.cumsum(tensor(x), axis, exclusive, reverse) };
  },
  gather: (draw) => {
    const shape = draw.shape(1);
    // The gradient in TensorFlow.js does not understand a negative axis.
    const axis = draw.integer(0, shape.length - 1);
    const size = draw.shape(1).slice(0, 2);
    const indices = picks(draw, size, shape[axis] ?? 1);
    return {
      tensors: [smooth(draw, shape)],
      op: (x) => tf.gather(tensor(x), tf.tensor(indices, undefined, "int32"), axis),
    };
  },
  "gather of batches": (draw) => {
    const [batch, length, count] = [draw.integer(1, 4), draw.integer(1, 5), draw.integer(1, 4)];
    const shape = [batch, length, ...draw.shape().slice(0, 2)];
    const indices = picks(draw, [batch, count], length);
    return {
      tensors: [smooth(draw, shape)],
      op: (x) => tf.gather(tensor(x), tf.tensor(indices, undefined, "int32"), 1, 1),
    };
  },
  unsortedSegmentSum: (draw) => {
    const shape = draw.shape(1);
    const count = draw.integer(1, 5);
    const ids = picks(draw, shape.slice(0, 1), count);
    return {
      tensors: [smooth(draw, shape)],
      op: (x) => tf.unsortedSegmentSum(tensor(x), tf.tensor(ids, undefined, "int32").as1D(), count),
    };
  },
  slice: (draw) => {
    const shape = draw.shape(1);
    const begin = shape.map((size) => draw.integer(0, size - 1));
    const size = shape.map((length, axis) =>
      draw.chance() ? -1 : draw.integer(1, length - (begin[axis] ?? 0)),
    );
    return { tensors: [smooth(draw, shape)], op: (x) => tf.slice(tensor(x), begin, size) };
  },
  concat: (draw) => {
    const shape = draw.shape(1);
    const axis = draw.axis(shape.length);
    const at = axis < 0 ? axis + shape.length : axis;
    const part = () => shape.map((size, position) => (position === at ? draw.integer(1, 4) : size));
    return {
      tensors: [smooth(draw, part()), smooth(draw, part()), smooth(draw, part())],
      op: (...parts) => tf.concat(parts, axis),
    };
  },
  split: (draw) => {
    // The gradient of a split into one part fails in TensorFlow.js.
    const sizes = Array.from({ length: draw.integer(2, 4) }, () => draw.integer(1, 4));
    const total = sizes.reduce((sum, size) => sum + size);
    const rest = draw.shape().slice(0, 2);
    const axis = draw.axis(rest.length + 1);
    const shape = [...rest];
    shape.splice(axis < 0 ? axis + rest.length + 1 : axis, 0, total);
    return { tensors: [smooth(draw, shape)], op: (x) => tf.split(tensor(x), sizes, axis) };
  },
  stack: (draw) => {
    const shape = draw.shape().slice(0, 3);
    const axis = draw.integer(0, shape.length);
    return { tensors: [smooth(draw, shape), smooth(draw, shape)], op: (...parts) => tf.stack(parts, axis) };
  },
  unstack: (draw) => {
    const shape = draw.shape();
    const axis = draw.axis(shape.length + 1);
    shape.splice(axis < 0 ? axis + shape.length + 1 : axis, 0, draw.integer(2, 4));
    return { tensors: [smooth(draw, shape)], op: (x) => tf.unstack(tensor(x), axis) };
  },
  pad: (draw) => {
    const shape = draw.shape(1);
    const paddings = shape.map((): [number, number] => [draw.integer(0, 2), draw.integer(0, 2)]);
    return { tensors: [smooth(draw, shape)], op: (x) => tf.pad(tensor(x), paddings, 2) };
  },
  tile: (draw) => {
    const shape = draw.shape(1);
    const repeats = shape.map(() => draw.integer(1, 3));
    return { tensors: [smooth(draw, shape)], op: (x) => tf.tile(tensor(x), repeats) };
  },
  broadcastTo: (draw) => {
    const shape = draw.shape(1);
    return {
      tensors: [smooth(draw, draw.broadcastable(shape))],
      op: (x) => tf.broadcastTo(tensor(x), shape),
    };
  },
  transpose: (draw) => {
    const shape = draw.shape(1);
    const shift = draw.integer(0, shape.length - 1);
    const order = shape.map((_, axis) => (axis + shift) % shape.length);
    return { tensors: [smooth(draw, shape)], op: (x) => tf.transpose(tensor(x), order) };
  },
  reverse: (draw) => {
    const shape = draw.shape();
    const axes = draw.axes(shape.length);
    return { tensors: [smooth(draw, shape)], op: (x) => tf.reverse(tensor(x), axes) };
  },
  reshape: (draw) => {
    const shape = draw.shape();
    const target = draw.choose([[-1], [...shape, 1], [1, ...shape]]);
    return { tensors: [smooth(draw, shape)], op: (x) => tf.reshape(tensor(x), target) };
  },
  expandDims: (draw) => {
    const shape = draw.shape().slice(0, 3);
    const axis = draw.integer(-shape.length - 1, shape.length);
    return { tensors: [smooth(draw, shape)], op: (x) => tf.squeeze(tf.expandDims(tensor(x), axis)) };
  },
};
