import { tf } from "../tfjs.js";
import type { DType, TensorValues } from "../tensorData.js";
import { OnnxGraph, typed } from "./graph.js";
import { randomMessage, TraceError } from "./refusal.js";

/** The name under which the tracing backend and its kernels are registered with TensorFlow.js. */
export const traceBackendName = "turncoat-trace";

/** A tensor of the graph being recorded. */
export interface TracedTensor extends tf.TensorInfo {
  /** Its name in the graph. */
  readonly value: string;
  readonly dtype: DType;
}

/**
 * A TensorFlow.js backend that computes nothing: every kernel call becomes an ONNX node.
 *
 * TensorFlow.js runs its autodiff through kernels too, so that a traced function which takes gradients is
 * recorded with its backward pass.
 */
export class TraceBackend extends tf.KernelBackend {
  #graph = new OnnxGraph();
  #values = new WeakMap<object, { value: string; dtype: DType }>();
  #count = 0;

  get graph(): OnnxGraph {
    return this.#graph;
  }

  /** Starts an empty graph. */
  begin(): void {
    this.#graph = new OnnxGraph();
    this.#values = new WeakMap();
    this.#count = 0;
  }

  /** Makes the tensor that stands for a value of the graph. */
  tensor(value: string, shape: readonly number[], dtype: DType): TracedTensor {
    const dataId = {};
    this.#values.set(dataId, { value, dtype });
    this.#count++;
    return { dataId, shape: [...shape], dtype, value };
  }

  /** The graph value behind a tensor that a kernel received. */
  nameOf(tensor: tf.TensorInfo): string {
    const known = this.#values.get(tensor.dataId);
    if (known === undefined) throw new TraceError(capturedMessage);
    return known.value;
  }

  override write(values: tf.BackendValues | null, shape: number[], dtype: tf.DataType): tf.DataId {
    refuseRandomNumbers();
    const known = dtypeName(dtype);
    return this.tensor(this.#graph.constant(numbers(values, known), shape, known), shape, known).dataId;
  }

  override move(): void {
    throw new TraceError(capturedMessage);
  }

  override read(): Promise<tf.BackendValues> {
    throw new TraceError(readMessage);
  }

  override readSync(): tf.BackendValues {
    throw new TraceError(readMessage);
  }

  override numDataIds(): number {
    return this.#count;
  }

  override disposeData(dataId: object): boolean {
    if (this.#values.delete(dataId)) this.#count--;
    return true;
  }

  override incRef(): void {
    // Values of a graph are never freed before the graph is.
  }

  decRef(): void {
    // As above.
  }

  override refCount(): number {
    return 1;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override timerAvailable(): boolean {
    return false;
  }
}

const capturedMessage = "the body uses a tensor made outside it; pass that tensor as an input or a constant";
const readMessage =
  "the body reads a tensor's values, which do not exist while it is traced; compute with tensor ops instead";

/** Ops that make random values in JavaScript and only then write them into a tensor. */
const randomOp = /^(rand|random\w+|truncatedNormal|dropout)__op$/;

/** Throws where the values being written were drawn by an op of TensorFlow.js, whose scopes bear its name. */
function refuseRandomNumbers(): void {
  for (const { name } of tf.engine().state.scopeStack) {
    const op = randomOp.exec(name)?.[1];
    if (op !== undefined) throw new TraceError(randomMessage(op));
  }
}

/** The element types that programs can hold; others are refused by name. */
export function dtypeName(dtype: string): DType {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new TraceError(`tensors of type ${dtype} cannot be compiled; use float32, int32 or bool`);
}

function numbers(values: tf.BackendValues | null, dtype: DType): TensorValues {
  if (values === null) throw new TraceError("a tensor was made without values");
  if (dtype === "float32" && values instanceof Float32Array) return values;
  if (dtype === "int32" && values instanceof Int32Array) return values;
  return typed(Array.from(values, Number), dtype);
}
