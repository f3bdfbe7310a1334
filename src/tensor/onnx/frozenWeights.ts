import type * as ort from "onnxruntime-node";
import { messageOf, TurncoatError } from "../../errors.js";
import { floatBytes } from "../fileSlice.js";
import type { FileSlice } from "../tensorData.js";
import { sizeOf } from "../program.js";
import { externalFolder, fileInitializer } from "./externalData.js";
import { elementTypes, encodeModel, type OnnxModel } from "./protobuf.js";

/** The part of the library that loading needs. */
type Runtime = Pick<typeof ort, "Tensor" | "InferenceSession">;

/**
 * Numbers that one loading session converts. The library's Node binding gives back a copy of every output,
 * supplied array or not, so that large tensors would be in memory twice until the copy is collected.
 */
const numbersAtOnce = 2 ** 24;

/**
 * Store of weights out of files as float32 tensors, one of each for all programs of an engine.
 *
 * ONNX Runtime maps the file into memory and converts straight into the tensor's array: no number passes through
 * JavaScript, and of a bfloat16 file only the part being converted is mapped. A tensor lives as long as
 * the `FileSlice` object that it was loaded for.
 */
export class FrozenWeights {
  readonly #runtime: Runtime;
  readonly #options: ort.InferenceSession.SessionOptions;
  readonly #tensors = new WeakMap<FileSlice, Promise<ort.Tensor>>();

  constructor(runtime: Runtime, options: ort.InferenceSession.SessionOptions) {
    this.#runtime = runtime;
    this.#options = options;
  }

  /**
   * Gives the tensor of a slice, loaded where it is not there yet.
   * @throws TurncoatError naming the file, where it cannot be read or has become too short.
   */
  tensor(slice: FileSlice): Promise<ort.Tensor> {
    const known = this.#tensors.get(slice);
    if (known !== undefined) return known;
    const loading = this.#load(slice);
    this.#tensors.set(slice, loading);
    // The next program gets the chance to do better.
    loading.catch(() => this.#tensors.delete(slice));
    return loading;
  }

  async #load(slice: FileSlice): Promise<ort.Tensor> {
    const { path, offset, dtype, shape } = slice;
    const values = new Float32Array(sizeOf(shape));
    for (let start = 0; start < values.length; start += numbersAtOnce) {
      const part = values.subarray(start, start + numbersAtOnce);
      const partSlice: FileSlice = {
        path,
        dtype,
        offset: offset + start * floatBytes[dtype],
        byteLength: part.length * floatBytes[dtype],
        shape: [part.length],
      };
      await this.#convert(partSlice, part);
    }
    return new this.#runtime.Tensor("float32", values, shape);
  }

  async #convert(slice: FileSlice, target: Float32Array): Promise<void> {
    const model = encodeModel(conversion(slice));
    const { extra, ...options } = this.#options;
    try {
      const session = await this.#runtime.InferenceSession.create(model, {
        ...options,
        // Else the conversion would be done, and its result kept, before the target is known.
        graphOptimizationLevel: "disabled",
        enableCpuMemArena: false,
        extra: sessionExtra(extra, slice.path),
      });
      await session.run({}, { values: new this.#runtime.Tensor("float32", target, slice.shape) });
      await session.release();
    } catch (cause) {
      const reason = messageOf(cause).replace(/\s+/g, " ").trim();
      throw new TurncoatError(`${slice.path}: the weights cannot be loaded: ${reason}`, { cause });
    }
  }
}

/** Session options under `extra`, with the place of the files that a model refers to. */
export function sessionExtra(
  extra: ort.InferenceSession.SessionOptions["extra"],
  externalFile: string,
): Record<string, unknown> {
  const session: unknown = extra?.session;
  return {
    ...extra,
    session: {
      ...(typeof session === "object" ? session : {}),
      model_external_initializers_file_folder_path: externalFolder(externalFile),
    },
  };
}

/** ONNX model that converts a slice to float32. */
function conversion(slice: FileSlice): OnnxModel {
  return {
    name: "weights",
    nodes: [
      {
        operator: "Cast",
        domain: "",
        inputs: ["slice"],
        outputs: ["values"],
        attributes: { to: elementTypes.float32 },
      },
    ],
    initializers: [fileInitializer("slice", slice)],
    inputs: [],
    outputs: [{ name: "values", type: "float32", shape: slice.shape }],
  };
}
