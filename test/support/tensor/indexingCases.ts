import { tf } from "../../../src/tensor/tfjs.js";
import { alikeOrBool, tensor, type DrawCase } from "./caseBuilders.js";
import type { Draw } from "./draw.js";

/** Indices into every axis of a shape, a row of them for each entry of `count`. */
function paths(draw: Draw, count: readonly number[], shape: readonly number[]) {
  const drawn = draw.ints([...count, shape.length], 0, 1_000_000);
  return { ...drawn, data: drawn.data.map((value, index) => value % (shape[index % shape.length] ?? 1)) };
}

const int32 = (x: tf.Tensor | undefined): tf.Tensor => tf.cast(tensor(x), "int32");

/** Kernels that pick, place, order or scan values. */
export const indexingCases: Readonly<Record<string, DrawCase>> = {
  Cumsum: (draw) => {
    const shape = draw.shape(1);
    // The reference does not understand a negative axis here.
    const axis = draw.integer(0, shape.length - 1);
    const [exclusive, reverse] = [draw.chance(), draw.chance()];
    return { tensors: [draw.numbers(shape)], op: (x) => tf.cumsum(tensor(x), axis, exclusive, reverse) };
  },
  GatherV2: (draw) => {
    const shape = draw.shape(1);
    const axis = draw.axis(shape.length);
    const at = axis < 0 ? axis + shape.length : axis;
    const batchDims = draw.chance() ? 0 : draw.integer(0, at);
    const size = [...shape.slice(0, batchDims), ...draw.shape().slice(0, 2)];
    const indices = draw.ints(size, 0, (shape[at] ?? 1) - 1);
    return {
      tensors: [draw.any(shape), indices],
      op: (x, picked) => tf.gather(tensor(x), int32(picked), axis, batchDims),
    };
  },
  GatherNd: (draw) => {
    const shape = draw.shape(1);
    const indices = paths(draw, draw.shape(1).slice(0, 2), shape.slice(0, draw.integer(1, shape.length)));
    return { tensors: [draw.any(shape), indices], op: (x, at) => tf.gatherND(tensor(x), int32(at)) };
  },
  ScatterNd: (draw) => {
    const shape = draw.shape(1);
    const count = draw.shape(1).slice(0, 2);
    const depth = draw.integer(1, shape.length);
    const updates = draw.numbers([...count, ...shape.slice(depth)]);
    return {
      tensors: [paths(draw, count, shape.slice(0, depth)), updates],
      op: (at, values) => tf.scatterND(int32(at), tensor(values), shape),
    };
  },
  TensorScatterUpdate: (draw) => {
    const shape = draw.shape(1);
    const count = draw.shape(1).slice(0, 2);
    const depth = draw.integer(1, shape.length);
    const old = draw.any(shape);
    const updates = alikeOrBool(draw, [...count, ...shape.slice(depth)], old);
    return {
      tensors: [old, paths(draw, count, shape.slice(0, depth)), updates],
      op: (x, at, values) => tf.tensorScatterUpdate(tensor(x), int32(at), tensor(values)),
    };
  },
  UnsortedSegmentSum: (draw) => {
    const shape = draw.shape(1);
    const count = draw.integer(1, 6);
    // Some ids name no segment.
    const ids = draw.ints(shape.slice(0, 1), -2, count + 2);
    return {
      tensors: [draw.numbers(shape), ids],
      op: (x, at) => tf.unsortedSegmentSum(tensor(x), int32(at).as1D(), count),
    };
  },
  TopK: (draw) => {
    const shape = draw.shape(1);
    const count = draw.integer(1, shape.at(-1) ?? 1);
    return {
      tensors: [draw.any(shape)],
      op: (x) => {
        const { values, indices } = tf.topk(tensor(x), count);
        return [values, indices];
      },
    };
  },
  SearchSorted: (draw) => {
    const [rows, length, count] = [draw.integer(1, 4), draw.integer(1, 8), draw.integer(1, 6)];
    const drawn = draw.floats([rows, length]);
    const data = Float32Array.from(drawn.data);
    for (let row = 0; row < rows; row++) data.subarray(row * length, (row + 1) * length).sort();
    const side = draw.choose(["left", "right"] as const);
    return {
      tensors: [{ shape: drawn.shape, data }, draw.floats([rows, count])],
      op: (sorted, values) => tf.searchSorted(tensor(sorted), tensor(values), side),
    };
  },
  Cumprod: (draw) => {
    const shape = draw.shape(1);
    const axis = draw.integer(0, shape.length - 1);
    const [exclusive, reverse] = [draw.chance(), draw.chance()];
    const values = draw.chance() ? draw.floats(shape, 0.5, 1.5) : draw.ints(shape, -2, 2);
    return { tensors: [values], op: (x) => tf.cumprod(tensor(x), axis, exclusive, reverse) };
  },
  StridedSlice: (draw) => {
    const shape = draw.shape(1);
    // The reference can only drop an axis where every step is 1.
    const dropping = draw.chance();
    const strides = shape.map(() => (dropping ? 1 : draw.choose([1, 1, 2, 3, -1, -2])));
    // Nor does it know an empty result: every range goes the way of its step.
    const begin = shape.map((size) => draw.integer(0, size - 1));
    const end = begin.map((first, axis) => {
      const [size = 1, step = 1] = [shape[axis], strides[axis]];
      return step > 0 ? draw.integer(first + 1, size + 1) : draw.integer(-size - 1, first - 1 - size);
    });
    const counted = begin.map((first, axis) => (draw.chance() ? first : first - (shape[axis] ?? 1)));
    const mask = () => draw.integer(0, 2 ** shape.length - 1);
    const [beginMask, endMask, shrinkMask] = [mask(), mask(), dropping ? mask() : 0];
    return {
      tensors: [draw.any(shape)],
      op: (x) => tf.stridedSlice(tensor(x), counted, end, strides, beginMask, endMask, 0, 0, shrinkMask),
    };
  },
  Reverse: (draw) => {
    const shape = draw.shape();
    const axes = draw.axes(shape.length);
    return { tensors: [draw.any(shape)], op: (x) => tf.reverse(tensor(x), axes) };
  },
};
