/** The element types that programs take and give. */
export type DType = "float32" | "int32" | "bool";

/** The values of a tensor in row-major order; booleans are 0 or 1 in a `Uint8Array`. */
export type TensorValues = Float32Array | Int32Array | Uint8Array;

/** A tensor outside any backend. */
export interface TensorData {
  readonly shape: readonly number[];
  readonly data: TensorValues;
}

/** A value that never changes: in memory, or left in its file until an engine lays it out. */
export type ConstantData = TensorData | FileSlice;

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
