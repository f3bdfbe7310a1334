import { tf } from "../../tfjs.js";
import type { KernelCall, Operand, TraceKernel } from "../kernel.js";
import type { TracedTensor } from "../traceBackend.js";
import { TraceError } from "../refusal.js";

/** Kernels that move values without changing them. */
export const shapeKernels: Readonly<Record<string, TraceKernel>> = {
  Identity: (call) => {
    const x = call.input("x");
    return call.result(x.value, x.shape, x.dtype);
  },
  Reshape: (call) => {
    const x = call.input("x");
    const shape = tf.util.inferFromImplicitShape(call.numbers("shape"), tf.util.sizeFromShape([...x.shape]));
    return reshaped(call, x, shape);
  },
  ExpandDims: (call) => {
    const x = call.input("input");
    const dimension = call.number("dim");
    const shape = [...x.shape];
    shape.splice(dimension < 0 ? x.shape.length + dimension + 1 : dimension, 0, 1);
    return reshaped(call, x, shape);
  },
  Transpose: (call) => {
    const x = call.input("x");
    const permutation = call.numbers("perm");
    const shape = permutation.map((axis) => x.shape[axis] ?? 1);
    return call.node("Transpose", [x.value], shape, x.dtype, { perm: permutation });
  },
  Slice: (call) => {
    const x = call.input("x");
    const [begin = [], size = []] = tf.slice_util.parseSliceParams(
      call.info(x),
      call.numberOrNumbers("begin"),
      call.has("size") ? call.numberOrNumbers("size") : undefined,
    );
    const end = begin.map((start, axis) => start + (size[axis] ?? 0));
    const operands = [x.value, call.graph.integers(begin), call.graph.integers(end)];
    return call.node("Slice", operands, size, x.dtype);
  },
  StridedSlice: (call) => {
    const x = call.input("x");
    const { finalShape, begin, end, strides } = tf.slice_util.sliceInfo(
      [...x.shape],
      call.numbers("begin"),
      call.numbers("end"),
      call.numbers("strides"),
      call.number("beginMask"),
      call.number("endMask"),
      call.number("ellipsisMask"),
      call.number("newAxisMask"),
      call.number("shrinkAxisMask"),
    );
    const { graph } = call;
    const sliced = graph.node("Slice", [
      x.value,
      graph.integers(begin),
      graph.integers(end.map((stop) => (stop < 0 ? beforeFirst : stop))),
      graph.integers(begin.map((_, axis) => axis)),
      graph.integers(strides),
    ]);
    return call.result(graph.reshape(sliced, finalShape), finalShape, x.dtype);
  },
  Reverse: (call) => {
    const x = call.input("x");
    const axes = call.axes("dims", x.shape.length);
    if (axes.length === 0) return call.result(x.value, x.shape, x.dtype);
    const all = (value: number) => call.graph.integers(axes.map(() => value));
    const operands = [x.value, all(-1), all(beforeFirst), call.graph.integers(axes), all(-1)];
    return call.node("Slice", operands, x.shape, x.dtype);
  },
  Concat: (call) => {
    const tensors = call.inputList();
    const [first] = tensors;
    if (first === undefined) throw new TraceError("Concat came without tensors");
    const [axis] = tf.util.parseAxisParam(call.number("axis"), [...first.shape]);
    const total = tensors.reduce((sum, tensor) => sum + (tensor.shape[axis ?? 0] ?? 0), 0);
    const shape = first.shape.map((size, position) => (position === axis ? total : size));
    return call.node(
      "Concat",
      tensors.map((tensor) => tensor.value),
      shape,
      first.dtype,
      { axis: axis ?? 0 },
    );
  },
  SplitV: (call) => {
    const x = call.input("x");
    const [axis] = tf.util.parseAxisParam(call.number("axis"), [...x.shape]);
    const sizes = tf.backend_util.prepareSplitSize(
      { ...x, shape: [...x.shape], dataId: {} },
      call.numberOrNumbers("numOrSizeSplits"),
      axis,
    );
    const operands = [x.value, call.graph.integers(sizes)];
    const values = call.graph.nodes("Split", operands, sizes.length, { axis: axis ?? 0 });
    return values.map((value, index) => {
      const shape = x.shape.map((size, position) => (position === axis ? (sizes[index] ?? 0) : size));
      return call.result(value, shape, x.dtype);
    });
  },
  Pack: (call) => {
    const tensors = call.inputList();
    const [first] = tensors;
    if (first === undefined) throw new TraceError("Pack came without tensors");
    const signedAxis = call.number("axis");
    const axis = signedAxis < 0 ? signedAxis + first.shape.length + 1 : signedAxis;
    const shape = [...first.shape];
    shape.splice(axis, 0, tensors.length);
    const rows = tensors.map((tensor) =>
      call.graph.node("Unsqueeze", [tensor.value, call.graph.integers([axis])]),
    );
    return call.node("Concat", rows, shape, first.dtype, { axis });
  },
  Unpack: (call) => {
    const x = call.input("value");
    const [axis] = tf.util.parseAxisParam(call.number("axis"), [...x.shape]);
    const count = x.shape[axis ?? 0] ?? 0;
    const parts = call.graph.nodes("Split", [x.value], count, { axis: axis ?? 0, num_outputs: count });
    const shape = x.shape.filter((_, position) => position !== axis);
    return parts.map((part) =>
      call.node("Squeeze", [part, call.graph.integers([axis ?? 0])], shape, x.dtype),
    );
  },
  PadV2: (call) => {
    const x = call.input("x");
    const paddings = call.pairs("paddings");
    const amounts = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
    const fill = call.scalar(call.number("constantValue", 0), x.dtype);
    const shape = x.shape.map((size, axis) => size + (paddings[axis]?.[0] ?? 0) + (paddings[axis]?.[1] ?? 0));
    return call.node("Pad", [x.value, call.graph.integers(amounts), fill], shape, x.dtype);
  },
  Tile: (call) => {
    const x = call.input("x");
    const repeats = call.numbers("reps");
    const shape = x.shape.map((size, axis) => size * (repeats[axis] ?? 1));
    return call.node("Tile", [x.value, call.graph.integers(repeats)], shape, x.dtype);
  },
};

/** End of a slice that goes back to the beginning; −1 would be the last position to ONNX. */
const beforeFirst = -(2 ** 31);

function reshaped(call: KernelCall, x: Operand, shape: readonly number[]): TracedTensor {
  return call.result(call.graph.reshape(x.value, shape, x.shape), shape, x.dtype);
}
