import { dtypeName } from "../traceBackend.js";
import type { TraceKernel } from "../kernel.js";
import { TraceError } from "../refusal.js";

/** Kernels that make tensors from numbers. */
export const creationKernels: Readonly<Record<string, TraceKernel>> = {
  OneHot: (call) => {
    const indices = call.input("indices");
    const depth = call.number("depth");
    const dtype = call.has("dtype") ? dtypeName(call.text("dtype")) : "float32";
    // Comparing with 0 … depth − 1 gives a row of "off" for an index outside, as TensorFlow.js does.
    const column = call.graph.node("Unsqueeze", [indices.value, call.graph.integers([-1])]);
    const classes = Int32Array.from({ length: depth }, (_, index) => index);
    const hit = call.graph.node("Equal", [column, call.graph.constant(classes, [depth], "int32")]);
    const on = call.scalar(call.number("onValue"), dtype);
    const off = call.scalar(call.number("offValue"), dtype);
    return call.select(hit, on, off, [...indices.shape, depth], dtype);
  },
  Fill: (call) => {
    const shape = call.numbers("shape");
    const dtype = call.has("dtype") ? dtypeName(call.text("dtype")) : "float32";
    return call.result(call.graph.fill(call.number("value"), shape, dtype), shape, dtype);
  },
  ZerosLike: (call) => {
    const x = call.input("x");
    return call.result(call.graph.fill(0, x.shape, x.dtype), x.shape, x.dtype);
  },
  OnesLike: (call) => {
    const x = call.input("x");
    return call.result(call.graph.fill(1, x.shape, x.dtype), x.shape, x.dtype);
  },
  Range: (call) => {
    const start = call.number("start");
    const stop = call.number("stop");
    const asked = call.number("step", 1);
    // TensorFlow.js counts down of itself where no step, or a step of 1, would lead nowhere.
    const step = stop < start && asked === 1 ? -1 : asked;
    const count = Math.max(0, Math.ceil((stop - start) / step));
    const dtype = call.has("dtype") ? dtypeName(call.text("dtype")) : "float32";
    const values = Array.from({ length: count }, (_, index) => start + index * step);
    const data = dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values);
    return call.result(call.graph.constant(data, [count], dtype), [count], dtype);
  },
  LinSpace: (call) => {
    const [start, stop, count] = [call.number("start"), call.number("stop"), call.number("num")];
    const step = count > 1 ? (stop - start) / (count - 1) : 0;
    const data = Float32Array.from({ length: count }, (_, index) => start + index * step);
    return call.result(call.graph.constant(data, [count], "float32"), [count], "float32");
  },
  BroadcastArgs: (call) => {
    // Shapes as tensors: the shorter one begins with ones, and a size of 1 gives way.
    const [first, second] = [call.input("s0"), call.input("s1")];
    const rank = Math.max(first.shape[0] ?? 0, second.shape[0] ?? 0);
    const one = call.scalar(1, "int32");
    const [left, right] = [first, second].map((operand) => {
      const missing = call.graph.integers([rank - (operand.shape[0] ?? 0), 0]);
      return call.graph.node("Pad", [call.cast(operand, "int32"), missing, one]);
    });
    if (left === undefined || right === undefined) throw new TraceError("BroadcastArgs takes two shapes");
    return call.select(call.graph.node("Equal", [left, one]), right, left, [rank], "int32");
  },
};
