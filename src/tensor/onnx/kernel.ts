import { tf } from "../tfjs.js";
import type { DType } from "../tensorData.js";
import type { OnnxGraph } from "./graph.js";
import { elementTypes } from "./protobuf.js";
import { dtypeName, TraceBackend, traceBackendName, type TracedTensor } from "./traceBackend.js";
import { TraceError } from "./refusal.js";

/** Operand of a kernel: its name in the graph, shape and element type. */
export interface Operand {
  readonly value: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** Call of a kernel: its operands, its attributes, and the graph that it adds nodes to. */
export class KernelCall {
  readonly graph: OnnxGraph;
  readonly #backend: TraceBackend;
  readonly #kernel: string;
  readonly #inputs: tf.NamedTensorInfoMap;
  readonly #attributes: tf.NamedAttrMap;

  constructor(
    kernel: string,
    backend: TraceBackend,
    inputs: tf.NamedTensorInfoMap,
    attributes: tf.NamedAttrMap,
  ) {
    this.#kernel = kernel;
    this.#backend = backend;
    this.#inputs = inputs;
    this.#attributes = attributes;
    this.graph = backend.graph;
  }

  /** Gives a named operand. */
  input(name: string): Operand {
    const tensor = this.#inputs[name];
    if (tensor === undefined) throw new TraceError(`kernel ${this.#kernel} came without input ${name}`);
    return this.#operand(tensor);
  }

  /** Tells whether an optional operand is there. */
  hasInput(name: string): boolean {
    const tensor: unknown = this.#inputs[name];
    return tensor !== undefined && tensor !== null;
  }

  /** Gives all operands of a kernel that takes a list. */
  inputList(): Operand[] {
    return Object.values(this.#inputs).flatMap((tensor) =>
      tensor === undefined ? [] : [this.#operand(tensor)],
    );
  }

  number(name: string, fallback?: number): number {
    const value = this.#attributes[name] ?? fallback;
    if (typeof value !== "number") throw this.#badAttribute(name, "a number");
    return value;
  }

  boolean(name: string): boolean {
    return this.#attributes[name] === true;
  }

  text(name: string): string {
    const value = this.#attributes[name];
    if (typeof value !== "string") throw this.#badAttribute(name, "text");
    return value;
  }

  /** Reads a list of numbers; a single number counts as a list of one. */
  numbers(name: string): number[] {
    const value = this.numberOrNumbers(name);
    return typeof value === "number" ? [value] : value;
  }

  /** Reads a number or a list of numbers, where the two differ in meaning. */
  numberOrNumbers(name: string): number | number[] {
    const value = this.#attributes[name];
    if (typeof value === "number") return value;
    if (!Array.isArray(value)) throw this.#badAttribute(name, "a list of numbers");
    return value.map(Number);
  }

  /** Reads a list of pairs, such as paddings. */
  pairs(name: string): [number, number][] {
    const value = this.#attributes[name];
    if (!Array.isArray(value)) throw this.#badAttribute(name, "a list of pairs");
    return value.map((pair) => {
      if (!Array.isArray(pair)) throw this.#badAttribute(name, "a list of pairs");
      return [Number(pair[0]), Number(pair[1])];
    });
  }

  /** Reads axes and makes them non-negative; absent means every axis. */
  axes(name: string, rank: number): number[] {
    if (!this.has(name)) return Array.from({ length: rank }, (_, axis) => axis);
    return tf.util.parseAxisParam(
      this.numbers(name),
      Array.from({ length: rank }, () => 1),
    );
  }

  /** Tells whether an attribute is there; TensorFlow.js passes null for an absent one, whatever its types say. */
  has(name: string): boolean {
    const value: unknown = this.#attributes[name];
    return value !== undefined && value !== null;
  }

  /** Adds one node over the operands and gives its result. */
  node(
    operator: string,
    operands: readonly string[],
    shape: readonly number[],
    dtype: DType,
    attributes: Parameters<OnnxGraph["node"]>[2] = {},
  ): TracedTensor {
    return this.result(this.graph.node(operator, operands, attributes), shape, dtype);
  }

  /** Makes the tensor for a value already in the graph. */
  result(value: string, shape: readonly number[], dtype: DType): TracedTensor {
    return this.#backend.tensor(value, shape, dtype);
  }

  /** Picks from two values by a condition; all three broadcast to `shape`. */
  select(
    condition: string,
    chosen: string,
    otherwise: string,
    shape: readonly number[],
    dtype: DType,
  ): TracedTensor {
    if (dtype !== "bool") return this.node("Where", [condition, chosen, otherwise], shape, dtype);
    // ONNX Runtime has no Where for booleans.
    const whereTrue = this.graph.node("And", [condition, chosen]);
    const whereFalse = this.graph.node("And", [this.graph.node("Not", [condition]), otherwise]);
    return this.node("Or", [whereTrue, whereFalse], shape, dtype);
  }

  /** Casts an operand's value to another type, where it has not got it already. */
  cast({ value, dtype }: Pick<Operand, "value" | "dtype">, to: DType): string {
    return dtype === to ? value : this.graph.node("Cast", [value], { to: elementTypes[to] });
  }

  /** Casts an operand's integers to int64, the type that some ONNX operators insist on. */
  cast64({ value }: Pick<Operand, "value">): string {
    return this.graph.node("Cast", [value], { to: elementTypes.int64 });
  }

  /** Casts the int64 positions that ONNX operators give to int32. */
  from64(value: string): string {
    return this.graph.node("Cast", [value], { to: elementTypes.int32 });
  }

  /** Describes an operand as TensorFlow.js's own shape functions take it. */
  info({ shape, dtype }: Operand): tf.TensorInfo {
    return { dataId: {}, shape: [...shape], dtype };
  }

  /** Adds a constant scalar of a type. */
  scalar(value: number, dtype: DType): string {
    return this.graph.fill(value, [], dtype);
  }

  #operand(tensor: tf.TensorInfo): Operand {
    return {
      value: this.#backend.nameOf(tensor),
      shape: tensor.shape,
      dtype: dtypeName(tensor.dtype),
    };
  }

  #badAttribute(name: string, expected: string): Error {
    return new TraceError(`attribute ${name} of kernel ${this.#kernel} should be ${expected}`);
  }
}

/** Recorder of one TensorFlow.js kernel. */
export type TraceKernel = (call: KernelCall) => TracedTensor | TracedTensor[];

/** Registers recorders for kernels of the tracing backend. */
export function registerTraceKernels(kernels: Readonly<Record<string, TraceKernel>>): void {
  for (const [kernelName, record] of Object.entries(kernels)) {
    tf.registerKernel({
      kernelName,
      backendName: traceBackendName,
      kernelFunc: ({ inputs, backend, attrs }) => {
        if (!(backend instanceof TraceBackend)) throw new TypeError("not the tracing backend");
        return record(new KernelCall(kernelName, backend, inputs, attrs ?? {}));
      },
    });
  }
}
