import { TurncoatError } from "../errors.js";
import { decodeFloats, encodeFloats } from "../tensor/fileSlice.js";
import { readBytes, withOpenFile } from "../tensor/openFile.js";
import { sizeOf } from "../tensor/program.js";
import type { FloatFormat } from "../tensor/tensorData.js";
import { isFloatFormat, readHeader, type SafetensorsTensorInfo, shownName } from "./safetensorsHeader.js";
import { encodeSafetensorsHeader, type WrittenTensor } from "./safetensorsWriter.js";

export type { SafetensorsDtype, SafetensorsHeader, SafetensorsTensorInfo } from "./safetensorsHeader.js";
export { readSafetensorsHeader } from "./safetensorsHeader.js";

/** Tensor as 32-bit floats in row-major order, whatever its type on disk. */
export interface SafetensorsTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Safetensors file read into memory. */
export interface SafetensorsFile {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>;
}

/**
 * Reads a whole safetensors file; for adapters and other small files.
 *
 * F32, F16 and BF16 are decoded, the last two exactly.
 *
 * @param isWanted chooses tensors by name; the others are checked but neither read nor decoded
 * @throws TurncoatError naming the file and the tensor: a damaged file, or a type that is not decoded
 */
export function readSafetensors(
  path: string,
  isWanted: (name: string) => boolean = () => true,
): SafetensorsFile {
  return withOpenFile(path, (descriptor) => {
    const header = readHeader(path, descriptor);
    const tensors = new Map<string, SafetensorsTensor>();
    for (const [name, info] of header.tensors) {
      if (isWanted(name)) tensors.set(name, readTensor(path, descriptor, name, info));
    }
    return { path, metadata: header.metadata, tensors };
  });
}

function readTensor(
  path: string,
  descriptor: number,
  name: string,
  info: SafetensorsTensorInfo,
): SafetensorsTensor {
  const { dtype, shape, byteOffset, byteLength } = info;
  if (!isFloatFormat(dtype)) {
    throw new TurncoatError(`${path}: tensor ${shownName(name)}: expected F32, F16 or BF16, found ${dtype}`);
  }
  return { shape, data: decodeFloats(readBytes(path, descriptor, byteOffset, byteLength), dtype) };
}

/** Tensors of 32-bit floats to write, by name, row-major; `data` has as many elements as `shape` says. */
export type WrittenFloats = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: Float32Array }
>;

/**
 * Writes tensors as the bytes of a safetensors file. Equal input gives equal bytes: names are in code-unit order and the
 * header is padded with spaces to a multiple of 8 bytes.
 *
 * @param metadata free text by key; PEFT writes `{format: "pt"}`
 * @param dtype to which numbers are rounded, to the nearest and on ties to even. @default "F32"
 */
export function encodeSafetensors(
  tensors: WrittenFloats,
  metadata: Readonly<Record<string, string>> = {},
  dtype: FloatFormat = "F32",
): Uint8Array {
  const pieces = [...safetensorsPieces(tensors, metadata, dtype)];
  const file = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const piece of pieces) {
    file.set(piece, position);
    position += piece.length;
  }
  return file;
}

/** Yields the bytes of a safetensors file piece by piece, without copies: for files as large as the memory. */
export function* safetensorsPieces(
  tensors: WrittenFloats,
  metadata: Readonly<Record<string, string>> = {},
  dtype: FloatFormat = "F32",
): Generator<Uint8Array> {
  const names = [...tensors.keys()].sort();
  const places = new Map<string, WrittenTensor>();
  for (const name of names) {
    const { shape, data } = tensorNamed(tensors, name);
    if (name === "__metadata__" || sizeOf(shape) !== data.length) {
      throw new RangeError(
        `encodeSafetensors: ${name} of shape [${shape.join(", ")}] has ${data.length} elements`,
      );
    }
    places.set(name, { dtype, shape });
  }
  yield encodeSafetensorsHeader(places, metadata);
  for (const name of names) yield encodeFloats(tensorNamed(tensors, name).data, dtype);
}

function tensorNamed<T>(tensors: ReadonlyMap<string, T>, name: string): T {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new RangeError(`encodeSafetensors: no tensor ${name}`);
  return tensor;
}
