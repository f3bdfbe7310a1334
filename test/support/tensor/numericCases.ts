import { tf } from "../../../src/tensor/tfjs.js";
import { sizeOf } from "../../../src/tensor/program.js";
import type { TensorData } from "../../../src/tensor/tensorData.js";
import { alike, binary, divisible, tensor, unary, type DrawCase } from "./caseBuilders.js";
import type { Draw } from "./draw.js";

/** Floats of which some are infinite or no numbers. */
function special(draw: Draw, shape: readonly number[]): TensorData {
  const data = new Float32Array(sizeOf(shape));
  return { shape, data: data.map(() => draw.choose([NaN, Infinity, -Infinity, 0, -2.5, 3])) };
}

const classifying =
  (op: (x: tf.Tensor) => tf.Tensor): DrawCase =>
  (draw) => ({
    tensors: [draw.chance() ? special(draw, draw.shape()) : draw.any(draw.shape())],
    op: (x) => op(tensor(x)),
  });

/** Activations, remainders, angles, kinds of numbers, and products beyond the plain one. */
export const numericCases: Readonly<Record<string, DrawCase>> = {
  AddN: (draw) => {
    const shape = draw.shape();
    const first = draw.numbers(shape);
    const tensors = [first, alike(draw, shape, first), alike(draw, shape, first)];
    return { tensors: tensors.slice(0, draw.integer(1, 3)), op: (...terms) => tf.addN(terms) };
  },
  Mod: binary(tf.mod, divisible),
  Atan2: binary(tf.atan2, (draw, shape) => {
    const drawn = draw.floats(shape);
    return {
      shape,
      data: drawn.data.map((value) => (draw.integer(0, 4) === 0 ? draw.choose([0, -0]) : value)),
    };
  }),
  IsNan: classifying(tf.isNaN),
  IsInf: classifying(tf.isInf),
  IsFinite: classifying(tf.isFinite),
  Relu6: unary((x) => tf.relu6(x), -9, 9),
  Selu: unary(tf.selu),
  LeakyRelu: (draw) => {
    const alpha = draw.choose([0.2, 0.01, -0.5]);
    return { tensors: [draw.numbers(draw.shape())], op: (x) => tf.leakyRelu(tensor(x), alpha) };
  },
  Prelu: binary(tf.prelu, (draw, shape) => draw.floats(shape)),
  EluGrad: unary((x) => tf.grad((y) => tf.sum(tf.elu(y)))(x)),
  LinSpace: (draw) => {
    const [start, stop, count] = [draw.integer(-5, 5), draw.integer(-5, 5), draw.integer(2, 9)];
    return { tensors: [draw.floats([])], op: () => tf.linspace(start, stop, count) };
  },
  BroadcastArgs: (draw) => {
    const shape = draw.shape(1);
    const other = draw.broadcastable(shape);
    const sides = [shape, other.length === 0 ? [1] : other].map((sizes) => ({
      shape: [sizes.length],
      data: Int32Array.from(sizes),
    }));
    return {
      tensors: draw.chance() ? sides : sides.reverse(),
      op: (one, two) => tf.broadcastArgs(tf.cast(tensor(one), "int32"), tf.cast(tensor(two), "int32")),
    };
  },
  _FusedMatMul: (draw) => {
    const [rows, inner, columns] = [draw.integer(1, 5), draw.integer(1, 6), draw.integer(1, 5)];
    const [transposeA, transposeB] = [draw.chance(), draw.chance()];
    const batch = draw.shape().slice(0, 2);
    const activation = draw.choose([
      "linear",
      "relu",
      "relu6",
      "elu",
      "sigmoid",
      "leakyrelu",
      "prelu",
    ] as const);
    const biased = draw.chance();
    const slopes = draw.choose([[], [1], [columns]]);
    return {
      tensors: [
        draw.floats([...batch, ...(transposeA ? [inner, rows] : [rows, inner])]),
        draw.floats([...batch, ...(transposeB ? [columns, inner] : [inner, columns])]),
        draw.floats([columns]),
        draw.floats(slopes),
      ],
      op: (a, b, bias, slope) =>
        tf.fused.matMul({
          a: tensor(a),
          b: tensor(b),
          transposeA,
          transposeB,
          activation,
          leakyreluAlpha: 0.3,
          ...(biased ? { bias: tensor(bias) } : {}),
          ...(activation === "prelu" ? { preluActivationWeights: tensor(slope) } : {}),
        }),
    };
  },
  Einsum: (draw) => {
    const equation = draw.choose([
      "ij,jk->ik",
      "bij,bkj->bik",
      "ij,ij->ij",
      "ij->ji",
      "ijk->j",
      "bqhd,bkhd->bhqk",
      "bhqk,bkhd->bqhd",
      "i,j -> ij",
    ]);
    const sizes = new Map(Array.from("bijkqhd", (letter) => [letter, draw.integer(1, 4)]));
    const [inputs = ""] = equation.split("->");
    const terms = inputs.trim().split(",");
    return {
      tensors: terms.map((term) => draw.floats(Array.from(term, (letter) => sizes.get(letter) ?? 1))),
      op: (...tensors) => tf.einsum(equation, ...tensors),
    };
  },
};
