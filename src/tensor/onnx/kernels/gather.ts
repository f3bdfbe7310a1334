import { tf } from "../../tfjs.js";
import type { KernelCall, Operand, TraceKernel } from "../kernel.js";
import type { TracedTensor } from "../traceBackend.js";

/** Kernels that look values up by index. */
export const gatherKernels: Readonly<Record<string, TraceKernel>> = {
  GatherV2: (call) => {
    const x = call.input("x");
    const indices = call.input("indices");
    const [axis = 0] = tf.util.parseAxisParam(call.number("axis"), [...x.shape]);
    const batchDims = call.number("batchDims", 0);
    if (batchDims !== 0) return gatherBatched(call, x, indices, axis, batchDims);
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    return call.node("Gather", [x.value, indices.value], shape, x.dtype, { axis });
  },
  GatherNd: (call) => {
    const params = call.input("params");
    const indices = call.input("indices");
    const [shape] = tf.backend_util.prepareAndValidate(call.info(params), call.info(indices));
    return call.node("GatherND", [params.value, call.cast64(indices)], shape, params.dtype);
  },
};

/**
 * A gather whose leading axes are shared by the values and the indices. ONNX has it only for the axis right
 * after them, so the rows of all batches are laid end to end and each batch's indices moved to its own rows.
 */
function gatherBatched(
  call: KernelCall,
  x: Operand,
  indices: Operand,
  axis: number,
  batchDims: number,
): TracedTensor {
  const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
    tf.backend_util.segment_util.collectGatherOpShapeInfo(call.info(x), call.info(indices), axis, batchDims);
  const count = tf.util.sizeFromShape([...indices.shape]) / batchSize;
  const { graph } = call;
  const blocks = graph.reshape(x.value, [batchSize, outerSize, dimSize, sliceSize]);
  const rowsFirst = graph.node("Transpose", [blocks], { perm: [0, 2, 1, 3] });
  const rows = graph.reshape(rowsFirst, [batchSize * dimSize, outerSize, sliceSize]);
  const starts = Int32Array.from({ length: batchSize }, (_, batch) => batch * dimSize);
  const moved = graph.node("Add", [
    graph.reshape(call.cast(indices, "int32"), [batchSize, count]),
    graph.constant(starts, [batchSize, 1], "int32"),
  ]);
  const picked = graph.node("Gather", [rows, moved], { axis: 0 });
  const outerFirst = graph.node("Transpose", [picked], { perm: [0, 2, 1, 3] });
  return call.result(graph.reshape(outerFirst, outputShape), outputShape, x.dtype);
}
