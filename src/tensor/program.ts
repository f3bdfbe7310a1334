import type { ConstantData, DType, TensorValues, TensorData } from "./tensorData.js";
import type { tf } from "./tfjs.js";

/** The shape and element type of one input. */
export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** Tensors by name, as a program's function sees them. */
export type NamedTensors = Readonly<Record<string, tf.Tensor>>;

/** Definition of a program, from which an engine compiles it. */
export interface ProgramDefinition {
  /** Name in errors and profiles. */
  readonly name: string;
  /** Shapes of the arrays that every call supplies. */
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  /**
   * Values that never change, such as frozen weights. They reach `body` beside the inputs, under their own
   * names, and are laid out once for the engine. Programs over the same `FileSlice` objects can share them.
   */
  readonly constants?: Readonly<Record<string, ConstantData>>;
  /**
   * About how many bytes of intermediate values a run holds at once. An engine keeps the memory of small programs for
   * their next run; that of large ones it gives back, so that programs of several shapes do not each hold theirs.
   * @default 0
   */
  readonly intermediateBytes?: number;
  /**
   * The computation, written with TensorFlow.js ops and its autodiff. It must depend on nothing but its
   * argument, must not read tensor values and must not draw random numbers.
   */
  readonly body: (tensors: NamedTensors) => NamedTensors;
}

/** A computation with fixed shapes, ready to run. */
export interface Program {
  /**
   * Runs the program once.
   * @param feeds one array for each input, in row-major order.
   * @param outputs arrays to write results into where the engine can; they are also returned.
   * @returns one array for each output of the body.
   */
  run(
    feeds: Readonly<Record<string, TensorValues>>,
    outputs?: Readonly<Record<string, TensorValues>>,
  ): Promise<Record<string, TensorData>>;
  /** Frees what the program holds; it must not run again. */
  dispose(): Promise<void>;
}

/** Set-up of an engine, as recorded in `run.json`. */
export interface EngineDescription {
  readonly name: "onnxruntime" | "wasm" | "tfjs-node" | "tfjs-node-gpu";
  readonly version: string;
  readonly executionProvider: string;
  /** Threads inside one operation; null where the engine decides. */
  readonly threads: number | null;
}

/** Library and device on which programs run. */
export interface Engine {
  readonly description: EngineDescription;
  compile(definition: ProgramDefinition): Promise<Program>;
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}

/** The element type that a typed array holds. */
export function dtypeOf(values: TensorValues): DType {
  if (values instanceof Float32Array) return "float32";
  return values instanceof Int32Array ? "int32" : "bool";
}
