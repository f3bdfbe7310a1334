import { tf } from "../tfjs.js";
import { dtypeOf, type DType, type ProgramDefinition } from "../program.js";
import { encodeModel } from "./protobuf.js";
import { registerTraceKernels } from "./kernel.js";
import { activationKernels } from "./kernels/activations.js";
import { creationKernels } from "./kernels/creation.js";
import { elementwiseKernels } from "./kernels/elementwise.js";
import { fusedKernels } from "./kernels/fused.js";
import { gatherKernels } from "./kernels/gather.js";
import { matmulKernels } from "./kernels/matmul.js";
import { reduceKernels } from "./kernels/reduce.js";
import { scanKernels } from "./kernels/scan.js";
import { scatterKernels } from "./kernels/scatter.js";
import { searchKernels } from "./kernels/search.js";
import { shapeKernels } from "./kernels/shape.js";
import { refusal } from "./refusal.js";
import { dtypeName, TraceBackend, traceBackendName } from "./traceBackend.js";

/** A recorded program: an ONNX model and what it returns. */
export interface TracedProgram {
  readonly model: Uint8Array;
  readonly outputs: Readonly<Record<string, { shape: readonly number[]; dtype: DType }>>;
}

/** The name of an input in the graph. */
export function inputName(name: string): string {
  return `in:${name}`;
}

/** The name of an output in the graph: an input may bear the same name, as state that a step advances does. */
export function outputName(name: string): string {
  return `out:${name}`;
}

const recorders = [
  activationKernels,
  creationKernels,
  elementwiseKernels,
  fusedKernels,
  gatherKernels,
  matmulKernels,
  reduceKernels,
  scanKernels,
  scatterKernels,
  searchKernels,
  shapeKernels,
];

let backend: TraceBackend | undefined;

/**
 * Runs a program's body once on symbolic tensors and records it as an ONNX model.
 *
 * TensorFlow.js keeps one current backend for the whole process, so the switch to the tracing backend and
 * back happens without a pause in between.
 */
export async function trace(definition: ProgramDefinition): Promise<TracedProgram> {
  const tracer = registered();
  const previous = currentBackend();
  const entered = tf.setBackend(traceBackendName);
  let left: Promise<boolean> | undefined;
  try {
    return record(tracer, definition);
  } finally {
    left = tf.setBackend(previous ?? "cpu");
    await entered;
    await left;
  }
}

/** The backend in use; before the first one there is none, whatever TensorFlow.js's types say. */
function currentBackend(): string | undefined {
  return tf.getBackend();
}

function registered(): TraceBackend {
  if (backend === undefined) {
    const created = new TraceBackend();
    backend = created;
    tf.registerBackend(traceBackendName, () => created, 0);
    for (const kernels of recorders) registerTraceKernels(kernels);
  }
  return backend;
}

function record(tracer: TraceBackend, definition: ProgramDefinition): TracedProgram {
  tracer.begin();
  const { graph } = tracer;
  const engine = tf.engine();
  engine.startScope(definition.name);
  const { stackTraceLimit } = Error;
  // The line of the body lies below TensorFlow.js's frames, of which a gradient has many.
  Error.stackTraceLimit = 100;
  try {
    const tensors: Record<string, tf.Tensor> = {};
    for (const [name, { shape, dtype }] of Object.entries(definition.inputs)) {
      graph.input(inputName(name), shape, dtype);
      tensors[name] = engine.makeTensorFromTensorInfo(tracer.tensor(inputName(name), shape, dtype));
    }
    for (const [name, { shape, data }] of Object.entries(definition.constants ?? {})) {
      const dtype = dtypeOf(data);
      const value = graph.constant(data, shape, dtype);
      tensors[name] = engine.makeTensorFromTensorInfo(tracer.tensor(value, shape, dtype));
    }
    const outputs: Record<string, { shape: readonly number[]; dtype: DType }> = {};
    for (const [name, tensor] of Object.entries(definition.body(tensors))) {
      const dtype = dtypeName(tensor.dtype);
      graph.output(outputName(name), tracer.nameOf(tensor), tensor.shape, dtype);
      outputs[name] = { shape: [...tensor.shape], dtype };
    }
    return { model: encodeModel(graph.model(definition.name)), outputs };
  } catch (error) {
    throw refusal(error, definition.name);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    engine.endScope();
  }
}
