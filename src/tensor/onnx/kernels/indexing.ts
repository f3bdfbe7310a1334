import { tf } from "../../tfjs.js";
import { dtypeName } from "../traceBackend.js";
import type { TraceKernel } from "../kernel.js";

/** Kernels that look values up by index, and those that make tensors from nothing. */
export const indexingKernels: Readonly<Record<string, TraceKernel>> = {
  GatherV2: (call) => {
    const x = call.input("x");
    const indices = call.input("indices");
    const [axis] = tf.util.parseAxisParam(call.number("axis"), [...x.shape]);
    if (call.number("batchDims", 0) !== 0) {
      throw new Error("compile: gather with batch dimensions cannot be compiled yet; use gatherND");
    }
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice((axis ?? 0) + 1)];
    return call.node("Gather", [x.value, indices.value], shape, x.dtype, { axis: axis ?? 0 });
  },
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
};
