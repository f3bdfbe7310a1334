import type { TraceKernel } from "../kernel.js";

/** Kernels that TensorFlow.js does not have: whole expressions that ONNX Runtime computes in one pass over memory. */
export const fusedKernels: Readonly<Record<string, TraceKernel>> = {
  /**
   * x [n, classes] less 1 at each row's label [n], where it is not negative; written into x's own memory where nothing
   * else needs that.
   */
  LessOneHot: (call) => {
    const [x, labels] = [call.input("x"), call.input("labels")];
    const [rows = 0] = labels.shape;
    const indices = call.graph.reshape(labels.value, [rows, 1], labels.shape);
    const isClass = call.graph.node("GreaterOrEqual", [indices, call.scalar(0, "int32")]);
    const less = call.graph.node("Neg", [call.cast({ value: isClass, dtype: "bool" }, x.dtype)]);
    const attributes = { axis: 1, reduction: "add" };
    return call.node("ScatterElements", [x.value, indices, less], x.shape, x.dtype, attributes);
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
  /** Heads of rows x [n, heads · 2 · half] rotated by each row's cosine and sine [n, half]. */
  RotaryEmbedding: (call) => {
    const [x, cosine, sine] = [call.input("x"), call.input("cosine"), call.input("sine")];
    // To ONNX Runtime the rows are one sequence, whose positions count up from 0 and so find the rows' own tables.
    const shape = [1, ...x.shape];
    const sequence = call.graph.reshape(x.value, shape, x.shape);
    const rotated = call.graph.node("com.microsoft:RotaryEmbedding", [
      sequence,
      call.graph.integers([0]),
      cosine.value,
      sine.value,
    ]);
    return call.result(call.graph.reshape(rotated, x.shape, shape), x.shape, x.dtype);
  },
};
