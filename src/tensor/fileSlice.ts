import { decodeBfloat16, decodeFloat16, encodeBfloat16, encodeFloat16 } from "./halfFloats.js";
import type { ConstantData, FloatFormat, FileSlice, TensorData } from "./tensorData.js";
import { readBytes, withOpenFile } from "./openFile.js";

/** Bytes that one number takes in a file. */
export const floatBytes: Readonly<Record<FloatFormat, number>> = { F32: 4, F16: 2, BF16: 2 };

/** Tells a tensor that lies in a file from one in memory. */
export function isFileSlice(value: object): value is FileSlice {
  return "path" in value && "offset" in value;
}

/**
 * Reads a tensor from its file; float16 and bfloat16 are decoded exactly.
 * @throws TurncoatError naming the file, where it cannot be read or ends too early.
 */
export function readFileSlice({ path, offset, byteLength, dtype }: FileSlice): Float32Array {
  return withOpenFile(path, (descriptor) =>
    decodeFloats(readBytes(path, descriptor, offset, byteLength), dtype),
  );
}

/** Gives a constant's values, read from their file where they lie in one. */
export function inMemory(value: ConstantData): TensorData {
  return isFileSlice(value) ? { shape: value.shape, data: readFileSlice(value) } : value;
}

/**
 * Decodes floats of a file as 32-bit floats; the bytes begin at a multiple of 4 in their buffer, and F32 keeps that
 * buffer.
 */
export function decodeFloats(bytes: Uint8Array, dtype: FloatFormat): Float32Array {
  const count = bytes.byteLength / floatBytes[dtype];
  switch (dtype) {
    case "F32":
      return new Float32Array(bytes.buffer, bytes.byteOffset, count);
    case "BF16":
      return decodeBfloat16(new Uint16Array(bytes.buffer, bytes.byteOffset, count));
    case "F16":
      return decodeFloat16(new Uint16Array(bytes.buffer, bytes.byteOffset, count));
  }
}

/** Encodes 32-bit floats in a format of safetensors, rounded to the nearest where it is a shorter one. */
export function encodeFloats(values: Float32Array, dtype: FloatFormat): Uint8Array {
  const encoded =
    dtype === "F32" ? values : dtype === "BF16" ? encodeBfloat16(values) : encodeFloat16(values);
  return new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength);
}
