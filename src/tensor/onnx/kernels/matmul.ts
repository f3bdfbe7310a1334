import { tf } from "../../tfjs.js";
import type { TraceKernel } from "../kernel.js";

/** Matrix products. Transposes stay inside the product: materialising them would cost a pass over memory. */
export const matmulKernels: Readonly<Record<string, TraceKernel>> = {
  BatchMatMul: (call) => {
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
  },
};
