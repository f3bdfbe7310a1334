import { tf } from "../../tfjs.js";
import type { KernelCall, Operand, TraceKernel } from "../kernel.js";
import type { TracedTensor } from "../traceBackend.js";
import { TraceError } from "../refusal.js";

/** Reductions, and the row-wise functions that contain one. */
export const reduceKernels: Readonly<Record<string, TraceKernel>> = {
  Sum: (call) => reduce(call, "ReduceSum"),
  Mean: (call) => {
    const x = call.input("x");
    return reduce(call, "ReduceMean", { ...x, value: call.cast(x, "float32"), dtype: "float32" });
  },
  Max: (call) => reduce(call, "ReduceMax", call.input("x"), "reductionIndices"),
  Min: (call) => reduce(call, "ReduceMin"),
  Prod: (call) => reduce(call, "ReduceProd"),
  All: (call) => reduceBool(call, "ReduceMin"),
  Any: (call) => reduceBool(call, "ReduceMax"),
  ArgMax: (call) => argument(call, "ArgMax"),
  ArgMin: (call) => argument(call, "ArgMin"),
  Softmax: (call) => {
    const logits = call.input("logits");
    return call.node("Softmax", [logits.value], logits.shape, logits.dtype, { axis: call.number("dim", -1) });
  },
};

function reducedShape(call: KernelCall, shape: readonly number[], axes: readonly number[]): number[] {
  const kept = call.boolean("keepDims");
  return shape.flatMap((size, axis) => {
    if (!axes.includes(axis)) return [size];
    return kept ? [1] : [];
  });
}

/** @param axisName the attribute that names the axes, which differs between kernels */
function reduce(
  call: KernelCall,
  operator: string,
  x: Operand = call.input("x"),
  axisName: "axis" | "reductionIndices" = "axis",
): TracedTensor {
  const axes = call.axes(axisName, x.shape.length);
  // To ONNX, no axes would mean all of them.
  if (axes.length === 0) return call.result(x.value, x.shape, x.dtype);
  return call.node(
    operator,
    [x.value, call.graph.integers(axes)],
    reducedShape(call, x.shape, axes),
    x.dtype,
    { keepdims: call.boolean("keepDims") ? 1 : 0 },
  );
}

function reduceBool(call: KernelCall, operator: string): TracedTensor {
  const x = call.input("x");
  const integers = reduce(call, operator, { ...x, value: call.cast(x, "int32"), dtype: "int32" });
  return call.result(call.cast(integers, "bool"), integers.shape, "bool");
}

function argument(call: KernelCall, operator: string): TracedTensor {
  const x = call.input("x");
  const [axis] = tf.util.parseAxisParam(call.number("axis"), [...x.shape]);
  if (axis === undefined) throw new TraceError(`${operator} came without an axis`);
  const index = call.graph.node(operator, [x.value], { axis, keepdims: 0 });
  const shape = x.shape.filter((_, position) => position !== axis);
  return call.result(call.from64(index), shape, "int32");
}
