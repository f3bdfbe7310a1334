import type { TraceKernel } from "../kernel.js";

/** Running sums and products along an axis. */
export const scanKernels: Readonly<Record<string, TraceKernel>> = {
  Cumsum: (call) => {
    const x = call.input("x");
    return call.node("CumSum", [x.value, call.graph.integer(call.number("axis"))], x.shape, x.dtype, {
      exclusive: call.boolean("exclusive") ? 1 : 0,
      reverse: call.boolean("reverse") ? 1 : 0,
    });
  },
  Cumprod: (call) => {
    // ONNX has no running product. Doubling the distance each time, every value is multiplied by what lies
    // before it in a logarithmic number of steps.
    const x = call.input("x");
    const signedAxis = call.number("axis");
    const axis = signedAxis < 0 ? signedAxis + x.shape.length : signedAxis;
    const reverse = call.boolean("reverse");
    const dtype = x.dtype === "bool" ? "int32" : x.dtype;
    const length = x.shape[axis] ?? 0;
    const one = call.scalar(1, dtype);
    const { graph } = call;
    const axes = graph.integers([axis]);
    const shifted = (value: string, distance: number): string => {
      const [start, end] = reverse ? [distance, length] : [0, length - distance];
      const kept = graph.node("Slice", [value, graph.integers([start]), graph.integers([end]), axes]);
      // For all axes: where only some are named, ONNX Runtime moves transposes past a Pad wrongly.
      const amounts = Array.from({ length: 2 * x.shape.length }, () => 0);
      amounts[reverse ? x.shape.length + axis : axis] = distance;
      return graph.node("Pad", [kept, graph.integers(amounts), one]);
    };
    let product = call.cast(x, dtype);
    if (call.boolean("exclusive") && length > 0) product = shifted(product, 1);
    for (let distance = 1; distance < length; distance *= 2) {
      product = graph.node("Mul", [product, shifted(product, distance)]);
    }
    return call.result(product, x.shape, dtype);
  },
};
