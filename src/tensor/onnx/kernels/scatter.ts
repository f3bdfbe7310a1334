import { tf } from "../../tfjs.js";
import { sizeOf } from "../../program.js";
import type { KernelCall, Operand, TraceKernel } from "../kernel.js";
import { TraceError } from "../refusal.js";

/** Kernels that put values into a tensor by index. */
export const scatterKernels: Readonly<Record<string, TraceKernel>> = {
  ScatterNd: (call) => {
    const updates = call.input("updates");
    const indices = call.input("indices");
    const shape = call.numbers("shape");
    const { sliceSize, outputSize, positions } = flattened(call, updates, indices, shape);
    const zeros = call.graph.fill(0, [outputSize / sliceSize, sliceSize], updates.dtype);
    const rows = scatterRows(call, zeros, positions, updates.value, sliceSize, "add");
    return call.result(call.graph.reshape(rows, shape), shape, updates.dtype);
  },
  TensorScatterUpdate: (call) => {
    const tensor = call.input("tensor");
    const updates = call.input("updates");
    const indices = call.input("indices");
    const { sliceSize, outputSize, positions } = flattened(call, updates, indices, tensor.shape);
    const old = call.graph.reshape(tensor.value, [outputSize / sliceSize, sliceSize]);
    const rows = scatterRows(call, old, positions, updates.value, sliceSize, "none");
    return call.result(call.graph.reshape(rows, tensor.shape), tensor.shape, tensor.dtype);
  },
  UnsortedSegmentSum: (call) => {
    const x = call.input("x");
    const ids = call.input("segmentIds");
    const count = call.number("numSegments");
    if (ids.shape.length !== 1) {
      throw new TraceError(`segment ids should have one axis, found shape [${ids.shape.join(", ")}]`);
    }
    const { graph } = call;
    const rest = x.shape.slice(1);
    const shape = [count, ...rest];
    const length = x.shape[0] ?? 0;
    const sliceSize = sizeOf(rest);
    // TensorFlow.js leaves out ids that name no segment: here they add zeros to a segment that exists.
    const last = call.scalar(count - 1, "int32");
    const inside = graph.node("Clip", [ids.value, call.scalar(0, "int32"), last]);
    const valid = graph.reshape(graph.node("Equal", [inside, ids.value]), [length, 1]);
    const rows = graph.reshape(call.cast(x, "float32"), [length, sliceSize]);
    const kept = graph.node("Where", [valid, rows, call.scalar(0, "float32")]);
    const zeros = graph.fill(0, [count, sliceSize], "float32");
    const sums = scatterRows(call, zeros, { value: inside, count: length }, kept, sliceSize, "add");
    return call.result(graph.reshape(sums, shape), shape, "float32");
  },
};

/** Row numbers as an int32 value of the graph. */
interface Positions {
  readonly value: string;
  readonly count: number;
}

/** The rows that multi-dimensional indices name in a tensor seen as `[outputSize / sliceSize, sliceSize]`. */
function flattened(call: KernelCall, updates: Operand, indices: Operand, shape: readonly number[]) {
  const { sliceRank, sliceSize, numUpdates, strides, outputSize } = tf.backend_util.calculateShapes(
    call.info(updates),
    call.info(indices),
    [...shape],
  );
  const { graph } = call;
  const paths = graph.reshape(call.cast(indices, "int32"), [numUpdates, sliceRank]);
  const steps = graph.constant(Int32Array.from(strides.slice(0, sliceRank)), [sliceRank], "int32");
  const products = graph.node("Mul", [paths, steps]);
  const value = graph.node("ReduceSum", [products, graph.integers([1])], { keepdims: 0 });
  return { sliceSize, outputSize, positions: { value, count: numUpdates } };
}

/**
 * Writes or adds rows of `updates` to rows of `target`. ScatterElements and not ScatterND: ONNX Runtime runs
 * the additions of ScatterND in parallel, which loses some where an index comes twice.
 */
function scatterRows(
  call: KernelCall,
  target: string,
  positions: Positions,
  updates: string,
  sliceSize: number,
  reduction: "add" | "none",
): string {
  const { graph } = call;
  const size = [positions.count, sliceSize];
  const column = graph.reshape(positions.value, [positions.count, 1]);
  const indices = graph.node("Expand", [column, graph.integers(size)]);
  return graph.node("ScatterElements", [target, indices, graph.reshape(updates, size)], {
    axis: 0,
    reduction,
  });
}
