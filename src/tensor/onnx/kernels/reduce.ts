import { tf } from "../../tfjs.js";
import type { KernelCall, TraceKernel } from "../kernel.js";
import type { TracedTensor } from "../traceBackend.js";

/** Reductions, and the row-wise functions that contain one. */
export const reduceKernels: Readonly<Record<string, TraceKernel>> = {
  Sum: (call) => reduce(call, "ReduceSum"),
  Mean: (call) => reduce(call, "ReduceMean"),
  Max: (call) => reduce(call, "ReduceMax"),
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
  LogSoftmax: (call) => {
    const logits = call.input("logits");
    return call.node("LogSoftmax", [logits.value], logits.shape, logits.dtype, {
      axis: call.number("axis", -1),
    });
  },
  Cumsum: (call) => {
    const x = call.input("x");
    return call.node("CumSum", [x.value, call.graph.integer(call.number("axis"))], x.shape, x.dtype, {
      exclusive: call.boolean("exclusive") ? 1 : 0,
      reverse: call.boolean("reverse") ? 1 : 0,
    });
  },
};

function reducedShape(call: KernelCall, shape: readonly number[], axes: readonly number[]): number[] {
  const kept = call.boolean("keepDims");
  return shape.flatMap((size, axis) => {
    if (!axes.includes(axis)) return [size];
    return kept ? [1] : [];
  });
}

function reduce(call: KernelCall, operator: string): TracedTensor {
  const x = call.input("x");
  const axes = call.axes("axis", x.shape.length);
  const shape = reducedShape(call, x.shape, axes);
  return call.node(operator, [x.value, call.graph.integers(axes)], shape, x.dtype, {
    keepdims: call.boolean("keepDims") ? 1 : 0,
  });
}

function reduceBool(call: KernelCall, operator: string): TracedTensor {
  const x = call.input("x");
  const axes = call.axes("axis", x.shape.length);
  const integers = call.graph.node("Cast", [x.value], { to: 6 });
  const reduced = call.graph.node(operator, [integers, call.graph.integers(axes)], {
    keepdims: call.boolean("keepDims") ? 1 : 0,
  });
  return call.node("Cast", [reduced], reducedShape(call, x.shape, axes), "bool", { to: 9 });
}

function argument(call: KernelCall, operator: string): TracedTensor {
  const x = call.input("x");
  const [axis] = tf.util.parseAxisParam(call.number("axis"), [...x.shape]);
  if (axis === undefined) throw new Error(`compile: ${operator} came without an axis`);
  const index = call.graph.node(operator, [x.value], { axis, keepdims: 0 });
  const shape = x.shape.filter((_, position) => position !== axis);
  return call.node("Cast", [index], shape, "int32", { to: 6 });
}
