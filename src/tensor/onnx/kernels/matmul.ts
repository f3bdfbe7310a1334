import { tf } from "../../tfjs.js";
import type { KernelCall, TraceKernel } from "../kernel.js";
import type { TracedTensor } from "../traceBackend.js";
import { activated } from "./activations.js";
import { TraceError } from "../refusal.js";

/** Matrix products. Transposes stay inside the product: materialising them would cost a pass over memory. */
export const matmulKernels: Readonly<Record<string, TraceKernel>> = {
  BatchMatMul: (call) => product(call),
  _FusedMatMul: (call) => {
    const activation = call.has("activation") ? call.text("activation") : "linear";
    const { value, shape, dtype } = product(call);
    const biased = call.hasInput("bias") ? call.graph.node("Add", [value, call.input("bias").value]) : value;
    return activated(call, { value: biased, shape, dtype }, activation);
  },
  Einsum: (call) => {
    const operands = call.inputList();
    const equation = call.text("equation").replaceAll(" ", "");
    // Refuses what TensorFlow.js does not understand either.
    tf.backend_util.decodeEinsumEquation(equation, operands.length);
    const [inputs = "", output = ""] = equation.split("->");
    const sizes = new Map<string, number>();
    for (const [index, term] of inputs.split(",").entries()) {
      for (const [axis, letter] of Array.from(term).entries()) {
        const size = operands[index]?.shape[axis] ?? 1;
        const seen = sizes.get(letter) ?? size;
        if (size !== seen) {
          throw new TraceError(`einsum ${equation}: axis ${letter} has sizes ${seen} and ${size}`);
        }
        sizes.set(letter, size);
      }
    }
    const shape = Array.from(output, (letter) => sizes.get(letter) ?? 1);
    const [first] = operands;
    if (first === undefined) throw new TraceError("Einsum came without tensors");
    const values = operands.map(({ value }) => value);
    return call.node("Einsum", values, shape, first.dtype, { equation });
  },
};

function product(call: KernelCall): TracedTensor {
  const a = call.input("a");
  const b = call.input("b");
  const transposeA = call.boolean("transposeA");
  const transposeB = call.boolean("transposeB");
  const rows = a.shape.at(transposeA ? -1 : -2) ?? 1;
  const columns = b.shape.at(transposeB ? -2 : -1) ?? 1;
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, rows, columns];
  const flags = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0 };
  if (shape.length === 2) return call.node("Gemm", [a.value, b.value], shape, a.dtype, flags);
  if (!transposeA && !transposeB) return call.node("MatMul", [a.value, b.value], shape, a.dtype);
  return call.node("com.microsoft:FusedMatMul", [a.value, b.value], shape, a.dtype, flags);
}
