import type { ConstantData, TensorData } from "./program.js";
import { readBytes, withOpenFile } from "./openFile.js";

/** The floating-point types of safetensors files that programs can take, by their names there. */
export type FloatFormat = "F32" | "F16" | "BF16";

/** A tensor of floats that lies in a file, little-endian and row-major; programs see float32. */
export interface FileSlice {
  readonly path: string;
  /** Position of the first byte in the file. */
  readonly offset: number;
  readonly byteLength: number;
  readonly dtype: FloatFormat;
  readonly shape: readonly number[];
}

/** Bytes that one number takes in a file. */
export const floatBytes: Readonly<Record<FloatFormat, number>> = { F32: 4, F16: 2, BF16: 2 };

/** Whether a tensor lies in a file, and not in memory. */
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

/** A constant's values, read from their file where they lie in one. */
export function inMemory(value: ConstantData): TensorData {
  return isFileSlice(value) ? { shape: value.shape, data: readFileSlice(value) } : value;
}

/** Floats as 32-bit floats; the bytes begin at a multiple of 4 in their buffer, and F32 keeps that buffer. */
export function decodeFloats(bytes: Uint8Array<ArrayBuffer>, dtype: FloatFormat): Float32Array {
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

/** A bfloat16 is the upper half of a float32. */
function decodeBfloat16(halves: Uint16Array): Float32Array {
  const bits = new Uint32Array(halves.length);
  for (let index = 0; index < halves.length; index++) bits[index] = (halves[index] ?? 0) << 16;
  return new Float32Array(bits.buffer);
}

/** IEEE 754 binary16: 1 sign bit, 5 exponent bits (bias 15), 10 fraction bits. */
function decodeFloat16(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  for (let index = 0; index < halves.length; index++) values[index] = float16(halves[index] ?? 0);
  return values;
}

function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
