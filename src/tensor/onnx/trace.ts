import { tf } from "../tfjs.js";
import { isFileSlice } from "../fileSlice.js";
import type { ConstantData, DType, FileSlice } from "../tensorData.js";
import { dtypeOf, type ProgramDefinition } from "../program.js";
import { encodeModel } from "./protobuf.js";
import type { OnnxGraph } from "./graph.js";
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
  /** Inputs of the model beside those of its definition, by their names in the graph. */
  readonly fileInputs: Readonly<Record<string, FileSlice>>;
  /** A file in which the model finds numbers; absent where it holds all of its own. */
  readonly externalFile?: string;
}

/**
 * Place in the graph of constants that lie in files: `input`, to be supplied with each run, so that programs
 * can share one copy; or `initializer`, read from the files by the session itself.
 */
export type FileConstants = "input" | "initializer";

/** The name of an input in the graph. */
export function inputName(name: string): string {
  return `in:${name}`;
}

/** The name of an output in the graph: an input may bear the same name, as state that a step advances does. */
export function outputName(name: string): string {
  return `out:${name}`;
}

/** The name of a constant that is supplied with each run. */
function fileInputName(name: string): string {
  return `file:${name}`;
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
export async function trace(
  definition: ProgramDefinition,
  fileConstants: FileConstants = "input",
): Promise<TracedProgram> {
  const tracer = registered();
  const previous = currentBackend();
  const entered = tf.setBackend(traceBackendName);
  let left: Promise<boolean> | undefined;
  try {
    return record(tracer, definition, fileConstants);
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

function record(
  tracer: TraceBackend,
  definition: ProgramDefinition,
  fileConstants: FileConstants,
): TracedProgram {
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
    const slices = new Map<string, FileSlice>();
    for (const [name, constant] of Object.entries(definition.constants ?? {})) {
      const value = constantValue(graph, name, constant, fileConstants);
      if (isFileSlice(constant)) slices.set(value, constant);
      const dtype = isFileSlice(constant) ? "float32" : dtypeOf(constant.data);
      tensors[name] = engine.makeTensorFromTensorInfo(tracer.tensor(value, constant.shape, dtype));
    }
    const outputs: Record<string, { shape: readonly number[]; dtype: DType }> = {};
    for (const [name, tensor] of Object.entries(definition.body(tensors))) {
      const dtype = dtypeName(tensor.dtype);
      graph.output(outputName(name), tracer.nameOf(tensor), tensor.shape, dtype);
      outputs[name] = { shape: [...tensor.shape], dtype };
    }
    const model = graph.model(definition.name);
    const wanted = model.inputs.flatMap(({ name }): [string, FileSlice][] => {
      const slice = slices.get(name);
      return slice === undefined ? [] : [[name, slice]];
    });
    const [external] = fileConstants === "initializer" ? slices.values() : [];
    return {
      model: encodeModel(model),
      outputs,
      fileInputs: Object.fromEntries(wanted),
      ...(external === undefined ? {} : { externalFile: external.path }),
    };
  } catch (error) {
    throw refusal(error, definition.name);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    engine.endScope();
  }
}

/** The value of a constant in the graph. */
function constantValue(
  graph: OnnxGraph,
  name: string,
  constant: ConstantData,
  fileConstants: FileConstants,
): string {
  if (!isFileSlice(constant)) return graph.constant(constant.data, constant.shape, dtypeOf(constant.data));
  if (fileConstants === "initializer") return graph.fileConstant(constant);
  graph.input(fileInputName(name), constant.shape, "float32", false);
  return fileInputName(name);
}
