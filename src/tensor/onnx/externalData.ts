import { realpathSync, statSync } from "node:fs";
import { parse, relative, sep } from "node:path";
import { TurncoatError } from "../../errors.js";
import type { FileSlice, FloatFormat } from "../tensorData.js";
import { unreadable } from "../openFile.js";
import type { ElementType, OnnxTensor } from "./protobuf.js";

const onnxTypes: Readonly<Record<FloatFormat, ElementType>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

/**
 * Makes an initializer whose numbers stay in their file, which ONNX Runtime maps into memory.
 *
 * ONNX Runtime refuses a link that leads out of the session's folder, as those in the Hugging Face cache do,
 * so the location is that of the file itself, from the root of the file system (`externalFolder`).
 *
 * @throws TurncoatError naming the file, where it is not there or has become too short.
 */
export function fileInitializer(
  name: string,
  { path, offset, byteLength, dtype, shape }: FileSlice,
): OnnxTensor {
  const file = realPath(path);
  const { size } = statSync(file);
  if (size < offset + byteLength) {
    throw new TurncoatError(
      `${path}: expected weights up to byte ${offset + byteLength}, found a file of ${size} bytes`,
      { hint: "the file has changed since it was opened" },
    );
  }
  const location = relative(parse(file).root, file).split(sep).join("/");
  return { name, type: onnxTypes[dtype], shape, data: { location, offset, length: byteLength } };
}

/** Folder from which a session finds the locations that `fileInitializer` gives for a file. */
export function externalFolder(path: string): string {
  return parse(realPath(path)).root;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}
