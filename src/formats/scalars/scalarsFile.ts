import { z } from "zod";
import { TurncoatError } from "../../errors.js";
import { decodeFloats, encodeFloats } from "../../tensor/fileSlice.js";
import { readBytes, withOpenFile } from "../../tensor/openFile.js";
import { parseJson } from "../json.js";
import { readHeader, type SafetensorsDtype, type SafetensorsHeader } from "../safetensorsHeader.js";
import { encodeSafetensorsHeader, type WrittenTensor } from "../safetensorsWriter.js";

/** Adapter scalars A·h, unscaled, at every token of some answers. */
export interface ScalarsFile {
  /** Row-major `[tokens, features]`. */
  readonly scalars: Float32Array;
  /** Number of the answer that each token belongs to: `[tokens]`. */
  readonly answerIndex: Int32Array;
  /** Name of each column: a module's path, with `[i]` behind it at a rank above 1. */
  readonly features: readonly string[];
  /** Vocabulary's number of each token: `[tokens]`; absent in files that were made without. */
  readonly tokenIds?: Int32Array;
  /** Significance of each token (`docs/methods.md §5.7`): `[tokens]`; NaN or absent where it was not computed. */
  readonly significance?: Float32Array;
  /** How the file was made: free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
}

const featuresKey = "features";

/**
 * Writes scalars as the bytes of a safetensors file: `scalars` F32 [tokens, features], `answer_index` I32 [tokens], and
 * where known `token_ids` I32 [tokens] and `significance` F32 [tokens]. The names of the columns are the JSON list
 * `features` of the header's metadata.
 */
export function encodeScalars(file: ScalarsFile): Uint8Array {
  const { scalars, answerIndex, features, tokenIds, significance, metadata } = file;
  const tokens = [answerIndex.length];
  const tensors: readonly (readonly [string, WrittenTensor, Float32Array | Int32Array])[] = [
    ["scalars", { dtype: "F32", shape: [answerIndex.length, features.length] }, scalars],
    ["answer_index", { dtype: "I32", shape: tokens }, answerIndex],
    ...(tokenIds === undefined ? [] : [["token_ids", { dtype: "I32", shape: tokens }, tokenIds] as const]),
    ...(significance === undefined
      ? []
      : [["significance", { dtype: "F32", shape: tokens }, significance] as const]),
  ];
  const wrong = tensors.find(
    ([, { shape }, data]) => shape.reduce((size, each) => size * each) !== data.length,
  );
  if (wrong !== undefined) {
    throw new RangeError(
      `encodeScalars: ${wrong[0]} [${wrong[1].shape.join(", ")}] has ${wrong[2].length} elements`,
    );
  }
  const header = encodeSafetensorsHeader(new Map(tensors.map(([name, tensor]) => [name, tensor])), {
    ...metadata,
    [featuresKey]: JSON.stringify(features),
  });
  const parts = tensors.map(([, , data]) =>
    data instanceof Float32Array
      ? encodeFloats(data, "F32")
      : new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  );
  return Uint8Array.from(Buffer.concat([header, ...parts]));
}

/**
 * Reads a file of scalars. Columns that are not named in the metadata by `features` are named by its `layers`, such as
 * `15,16,17`, or else numbered.
 *
 * @throws TurncoatError naming the file and the tensor that is missing, of another type or shape, or not finite
 */
export function readScalars(path: string): ScalarsFile {
  return withOpenFile(path, (descriptor) => {
    const header = readHeader(path, descriptor);
    const bytesOf = (name: string, dtype: SafetensorsDtype, dimensions: number): Uint8Array | undefined => {
      const info = header.tensors.get(name);
      if (info === undefined) return undefined;
      if (info.dtype !== dtype || info.shape.length !== dimensions) {
        const expected = dimensions === 2 ? "[tokens, features]" : "[tokens]";
        throw new TurncoatError(
          `${path}: tensor ${name}: expected ${dtype} ${expected}, found ${info.dtype} [${info.shape.join(", ")}]`,
        );
      }
      return readBytes(path, descriptor, info.byteOffset, info.byteLength);
    };
    const floats = (name: string, dimensions: number): Float32Array | undefined => {
      const bytes = bytesOf(name, "F32", dimensions);
      return bytes && decodeFloats(bytes, "F32");
    };
    const integers = (name: string): Int32Array | undefined => {
      const bytes = bytesOf(name, "I32", 1);
      return bytes && new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
    };
    const scalars = required(path, "scalars", floats("scalars", 2));
    const answerIndex = required(path, "answer_index", integers("answer_index"));
    const [tokenIds, significance] = [integers("token_ids"), floats("significance", 1)];
    const [tokens = 0, columns = 0] = header.tensors.get("scalars")?.shape ?? [];
    for (const [name, { length }] of Object.entries({
      answer_index: answerIndex,
      ...(tokenIds && { token_ids: tokenIds }),
      ...(significance && { significance }),
    })) {
      if (length === tokens) continue;
      throw new TurncoatError(
        `${path}: tensor ${name}: expected ${tokens} tokens as in scalars, found ${length}`,
      );
    }
    const strange = scalars.findIndex((value) => !Number.isFinite(value));
    if (tokens === 0 || columns === 0 || strange >= 0) {
      throw new TurncoatError(
        `${path}: tensor scalars: expected finite numbers, found ` +
          (strange >= 0 ? `${scalars[strange]} at token ${Math.floor(strange / columns)}` : "none"),
      );
    }
    return {
      scalars,
      answerIndex,
      features: featuresOf(header, columns),
      ...(tokenIds && { tokenIds }),
      ...(significance && { significance }),
      metadata: header.metadata,
    };
  });
}

function required<T>(path: string, name: string, tensor: T | undefined): T {
  if (tensor !== undefined) return tensor;
  throw new TurncoatError(`${path}: expected a tensor ${name}, found none`, {
    hint: "A file of scalars holds scalars F32 [tokens, features] and answer_index I32 [tokens]; turncoat scalars writes such.",
  });
}

function featuresOf({ path, metadata }: SafetensorsHeader, columns: number): string[] {
  const named = metadata[featuresKey];
  const names =
    named === undefined
      ? (metadata.layers?.split(",").map((layer) => `layer ${layer.trim()}`) ??
        Array.from({ length: columns }, (_, column) => `scalar ${column + 1}`))
      : parseJson(named, z.array(z.string()), `${path}: __metadata__: ${featuresKey}`);
  if (names.length === columns) return names;
  throw new TurncoatError(
    `${path}: __metadata__: expected ${columns} names of scalars, found ${names.length}`,
  );
}
