import type { TraceKernel } from "../kernel.js";

/** Kernels that TensorFlow.js does not have: whole expressions that ONNX Runtime computes in one pass over memory. */
export const fusedKernels: Readonly<Record<string, TraceKernel>> = {
  /** Logarithms of softmax over the last axis. */
  LogSoftmax: (call) => {
    const x = call.input("logits");
    return call.node("LogSoftmax", [x.value], x.shape, x.dtype, { axis: -1 });
  },
  /** x [..., size] normed over its last axis, times weight [size]; and the factor of each row [..., 1]. */
  RmsNorm: (call) => {
    const [x, weight] = [call.input("x"), call.input("weight")];
    const attributes = { axis: -1, epsilon: { float: call.number("epsilon") }, stash_type: 1 };
    const [normed = "", factor = ""] = call.graph.nodes(
      "SimplifiedLayerNormalization",
      [x.value, weight.value],
      2,
      attributes,
    );
    return [
      call.result(normed, x.shape, x.dtype),
      call.result(factor, [...x.shape.slice(0, -1), 1], x.dtype),
    ];
  },
};
