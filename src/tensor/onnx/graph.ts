import type { DType, FileSlice, TensorValues } from "../tensorData.js";
import { sizeOf } from "../program.js";
import { fileInitializer } from "./externalData.js";
import {
  type ElementType,
  elementTypes,
  type OnnxAttribute,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
} from "./protobuf.js";

/** Constants of at most this many elements are shared when their bytes are equal. */
const sharedConstantSize = 64;

/** An ONNX graph under construction: nodes in order, each value with a name of its own. */
export class OnnxGraph {
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: OnnxTensor[] = [];
  readonly #inputs: (OnnxValueInfo & { readonly kept: boolean })[] = [];
  readonly #outputs: (OnnxValueInfo & { readonly value: string })[] = [];
  readonly #shared = new Map<string, string>();
  readonly #repeated = new Map<string, number>();
  readonly #operators = new Map<string, string>();
  /** Origin of each value that was given another shape, with the origin's shape where it is known. */
  readonly #reshaped = new Map<string, Reshaped>();
  #count = 0;

  /** Declares an input. One that is not `kept` is left out where no output needs it. */
  input(name: string, shape: readonly number[], dtype: DType, kept = true): void {
    this.#inputs.push({ name, shape, type: dtype, kept });
  }

  /** Declares a value as an output under a name of its own. */
  output(name: string, value: string, shape: readonly number[], dtype: DType): void {
    this.#outputs.push({ name, value, shape, type: dtype });
  }

  /** Adds a node with one output and gives that output's name. */
  node(operator: string, inputs: readonly string[], attributes: OnnxNode["attributes"] = {}): string {
    return this.nodes(operator, inputs, 1, attributes)[0] ?? "";
  }

  /** Adds a node with several outputs and gives their names. */
  nodes(
    operator: string,
    inputs: readonly string[],
    outputCount: number,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string[] {
    const microsoft = operator.startsWith("com.microsoft:");
    const outputs = Array.from({ length: outputCount }, () => this.#name());
    for (const output of outputs) this.#operators.set(output, operator);
    this.#nodes.push({
      operator: microsoft ? operator.slice("com.microsoft:".length) : operator,
      domain: microsoft ? "com.microsoft" : "",
      inputs,
      outputs,
      attributes,
    });
    return outputs;
  }

  /** Adds a constant tensor and gives its name; a constant of one repeated value is stored once and expanded. */
  constant(values: TensorValues, shape: readonly number[], dtype: DType): string {
    const [first] = values;
    const repeated = first !== undefined && isUniform(values);
    if (repeated && values.length > sharedConstantSize) return this.fill(first, shape, dtype);
    const name = this.#initializer(bytesOf(values), shape, dtype);
    if (repeated) this.#repeated.set(name, first);
    return name;
  }

  /** Adds a tensor that stays in its file and gives the name of its float32 values. */
  fileConstant(slice: FileSlice): string {
    const name = this.#name();
    this.#initializers.push(fileInitializer(name, slice));
    return slice.dtype === "F32" ? name : this.node("Cast", [name], { to: elementTypes.float32 });
  }

  /** Adds a tensor of one repeated value. */
  fill(value: number, shape: readonly number[], dtype: DType): string {
    const scalar = this.#initializer(bytesOf(typed([value], dtype)), [], dtype);
    const name = shape.length === 0 ? scalar : this.node("Expand", [scalar, this.integers(shape)]);
    this.#repeated.set(name, value);
    return name;
  }

  /** The one number that a value is known to repeat; undefined where it is not known to. */
  repeated(value: string): number | undefined {
    return this.#repeated.get(value);
  }

  /** The operator that a value comes from; undefined for inputs and constants. */
  operatorOf(value: string): string | undefined {
    return this.#operators.get(value);
  }

  /**
   * Gives values another shape. Every node costs a run a microsecond or two, so that one change after another becomes
   * a single one, and a change that changes nothing gets no node.
   * @param before the shape that they have, where it is known
   */
  reshape(value: string, shape: readonly number[], before?: readonly number[]): string {
    if (isEqual(before, shape)) return value;
    const origin = this.#reshaped.get(value) ?? { source: value, shape: before };
    if (isEqual(origin.shape, shape)) return origin.source;
    // allowzero makes a size of 0 mean 0 instead of "as in the input".
    const name = this.node("Reshape", [origin.source, this.integers(shape)], { allowzero: 1 });
    this.#reshaped.set(name, origin);
    return name;
  }

  /** Adds a one-dimensional int64 constant, the type in which ONNX takes shapes, axes and indices. */
  integers(values: readonly number[]): string {
    const bytes = bytesOf(BigInt64Array.from(values.map(BigInt)));
    return this.#initializer(bytes, [values.length], "int64");
  }

  /** Adds a scalar int64 constant. */
  integer(value: number): string {
    return this.#initializer(bytesOf(BigInt64Array.of(BigInt(value))), [], "int64");
  }

  /** Builds the finished model, without nodes that none of its outputs needs. */
  model(name: string): OnnxModel {
    const outputNames = new Map<string, string>();
    const copies = this.#outputs.flatMap((output): OnnxNode[] => {
      // A value that a node makes takes the output's name; an input, a constant and a second name need a copy.
      if (this.#operators.has(output.value) && !outputNames.has(output.value)) {
        outputNames.set(output.value, output.name);
        return [];
      }
      const inputs = [output.value];
      return [{ operator: "Identity", domain: "", inputs, outputs: [output.name], attributes: {} }];
    });
    const named = (values: readonly string[]) => values.map((value) => outputNames.get(value) ?? value);
    const needed = new Set(this.#outputs.map((output) => output.name));
    const nodes = [...this.#nodes, ...copies]
      .map((node) => ({ ...node, inputs: named(node.inputs), outputs: named(node.outputs) }))
      .toReversed()
      .filter(({ inputs, outputs }) => {
        const used = outputs.some((output) => needed.has(output));
        if (used) for (const input of inputs) needed.add(input);
        return used;
      })
      .reverse();
    return {
      name,
      nodes,
      initializers: this.#initializers.filter((initializer) => needed.has(initializer.name)),
      inputs: this.#inputs.filter(({ name: input, kept }) => kept || needed.has(input)),
      outputs: this.#outputs,
    };
  }

  #initializer(bytes: Uint8Array, shape: readonly number[], type: ElementType): string {
    const add = (): string => {
      const name = this.#name();
      this.#initializers.push({ name, type, shape, data: bytes });
      return name;
    };
    if (sizeOf(shape) > sharedConstantSize) return add();
    const key = `${type}:${shape.join(",")}:${Buffer.from(bytes).toString("base64")}`;
    const known = this.#shared.get(key) ?? add();
    this.#shared.set(key, known);
    return known;
  }

  #name(): string {
    return `%${this.#count++}`;
  }
}

/** Makes a typed array of an element type. */
export function typed(values: ArrayLike<number>, dtype: DType): TensorValues {
  if (dtype === "float32") return Float32Array.from(values);
  return dtype === "int32" ? Int32Array.from(values) : Uint8Array.from(values);
}

interface Reshaped {
  readonly source: string;
  readonly shape: readonly number[] | undefined;
}

function isEqual(one: readonly number[] | undefined, other: readonly number[]): boolean {
  return one?.length === other.length && one.every((size, axis) => size === other[axis]);
}

function bytesOf(values: TensorValues | BigInt64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function isUniform(values: TensorValues): boolean {
  const [first] = values;
  return values.every((value) => value === first);
}
