import type { TraceKernel } from "../kernel.js";

/** Kernels that find values. */
export const searchKernels: Readonly<Record<string, TraceKernel>> = {
  TopK: (call) => {
    const x = call.input("x");
    const count = call.number("k");
    const type = x.dtype === "bool" ? "int32" : x.dtype;
    // Sorted whether or not that was asked for: without it any order will do.
    const [values = "", positions = ""] = call.graph.nodes(
      "TopK",
      [call.cast(x, type), call.graph.integers([count])],
      2,
      { axis: -1, largest: 1, sorted: 1 },
    );
    const shape = [...x.shape.slice(0, -1), count];
    return [
      call.result(call.cast({ value: values, dtype: type }, x.dtype), shape, x.dtype),
      call.result(call.from64(positions), shape, "int32"),
    ];
  },
  SearchSorted: (call) => {
    // The place of a value is the number of those that come before it: [rows, values, 1] against [rows, 1, sorted].
    const sorted = call.input("sortedSequence");
    const values = call.input("values");
    const { graph } = call;
    const operator = call.text("side") === "left" ? "Less" : "LessOrEqual";
    const before = graph.node(operator, [
      graph.node("Unsqueeze", [sorted.value, graph.integers([-2])]),
      graph.node("Unsqueeze", [values.value, graph.integers([-1])]),
    ]);
    const counted = call.cast({ value: before, dtype: "bool" }, "int32");
    return call.node("ReduceSum", [counted, graph.integers([-1])], values.shape, "int32", { keepdims: 0 });
  },
};
