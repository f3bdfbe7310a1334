import { tf } from "../../tfjs.js";
import type { DType } from "../../tensorData.js";
import type { KernelCall, Operand, TraceKernel } from "../kernel.js";
import type { TracedTensor } from "../traceBackend.js";
import { TraceError } from "../refusal.js";

/** Activations beyond those that ONNX has under the same name, and one gradient that is a kernel. */
export const activationKernels: Readonly<Record<string, TraceKernel>> = {
  Relu6: (call) => clipToSix(call, call.input("x")),
  Selu: (call) => {
    const x = call.input("x");
    return call.node("Selu", [x.value], x.shape, x.dtype, {
      alpha: { float: tf.backend_util.SELU_SCALEALPHA / tf.backend_util.SELU_SCALE },
      gamma: { float: tf.backend_util.SELU_SCALE },
    });
  },
  LeakyRelu: (call) => leakyRelu(call, call.input("x"), call.number("alpha")),
  Prelu: (call) => prelu(call, call.input("x"), call.input("alpha")),
  EluGrad: (call) => {
    // The slope is 1 where y ≥ 0 and y + 1 elsewhere, which is min(y, 0) + 1.
    const [dy, y] = [call.input("dy"), call.input("y")];
    const negative = call.graph.node("Min", [y.value, call.scalar(0, y.dtype)]);
    const slope = call.graph.node("Add", [negative, call.scalar(1, y.dtype)]);
    return call.node("Mul", [dy.value, slope], y.shape, "float32");
  },
};

/** The activation that a fused kernel names, applied to a value of the graph. */
export function activated(call: KernelCall, x: Operand, activation: string): TracedTensor {
  switch (activation) {
    case "linear":
      return call.result(x.value, x.shape, x.dtype);
    case "relu":
    case "elu":
    case "sigmoid": {
      const operator = { relu: "Relu", elu: "Elu", sigmoid: "Sigmoid" }[activation];
      return call.node(operator, [x.value], x.shape, x.dtype);
    }
    case "relu6":
      return clipToSix(call, x);
    case "leakyrelu":
      return leakyRelu(call, x, call.number("leakyreluAlpha", 0.2));
    case "prelu":
      return prelu(call, x, call.input("preluActivationWeights"));
    default:
      throw new TraceError(`the fused activation ${activation} is not supported`);
  }
}

function clipToSix(call: KernelCall, x: Operand): TracedTensor {
  return call.node("Clip", [x.value, call.scalar(0, x.dtype), call.scalar(6, x.dtype)], x.shape, x.dtype);
}

function leakyRelu(call: KernelCall, x: Operand, alpha: number): TracedTensor {
  const floats = call.cast(x, "float32");
  return call.node("LeakyRelu", [floats], x.shape, "float32", { alpha: { float: alpha } });
}

function prelu(call: KernelCall, x: Operand, alpha: Operand): TracedTensor {
  const dtype: DType = "float32";
  const shape = tf.broadcast_util.assertAndGetBroadcastShape([...x.shape], [...alpha.shape]);
  const [floats, slope] = [call.cast(x, dtype), call.cast(alpha, dtype)];
  const negative = call.graph.node("Less", [floats, call.scalar(0, dtype)]);
  return call.select(negative, call.graph.node("Mul", [slope, floats]), floats, shape, dtype);
}
