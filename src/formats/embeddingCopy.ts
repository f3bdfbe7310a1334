import { TurncoatError } from "../errors.js";
import { decodeFloats, encodeFloats, floatBytes, isFileSlice, readFileSlice } from "../tensor/fileSlice.js";
import { sizeOf } from "../tensor/program.js";
import type { ConstantData, FileSlice } from "../tensor/tensorData.js";
import { shownName } from "./safetensorsHeader.js";

/** Numbers that are compared at a time: embeddings can be as large as half the memory. */
const blockLength = 2 ** 20;
const copyName = /^(?:base_model\.model\.)?((?:.+\.)?(?:embed_tokens|lm_head))\.weight$/;

/**
 * Names the parameter of the base that a tensor of an adapter is a copy of, going by its name: PEFT keeps copies of
 * embeddings and output projection beside LoRA matrices, whether or not they were trained.
 * @returns null for a tensor that is no such copy
 */
export function copiedParameter(tensorName: string): string | null {
  const module = copyName.exec(tensorName)?.[1];
  return module === undefined ? null : `${module}.weight`;
}

/**
 * Makes sure that a stored copy is the base's parameter: number for number, or as the copy's format rounds it. Then it
 * plays no part, and the model can be run without it.
 * @param name of the tensor, for errors
 * @throws TurncoatError where it is another: it was trained, or belongs to another base
 */
export function checkCopy(name: string, copy: FileSlice, base: ConstantData): void {
  const place = `${copy.path}: tensor ${shownName(name)}`;
  if (copy.shape.join() !== base.shape.join()) {
    throw differs(
      place,
      `shape [${base.shape.join(", ")}] as the base model's`,
      `[${copy.shape.join(", ")}]`,
    );
  }
  const length = sizeOf(copy.shape);
  for (let start = 0; start < length; start += blockLength) {
    const end = Math.min(start + blockLength, length);
    const stored = block(copy, start, end);
    const original = block(base, start, end);
    const expected =
      copy.dtype === "F32" ? original : decodeFloats(encodeFloats(original, copy.dtype), copy.dtype);
    const at = stored.findIndex((value, index) => !Object.is(value + 0, (expected[index] ?? NaN) + 0));
    if (at >= 0) {
      throw differs(
        place,
        `${expected[at] ?? NaN} at ${start + at}, a copy of the base model's`,
        `${stored[at] ?? NaN}`,
      );
    }
  }
}

/** The numbers of a tensor from one to another. */
function block(tensor: ConstantData, start: number, end: number): Float32Array {
  if (!isFileSlice(tensor)) return Float32Array.from(tensor.data.subarray(start, end));
  const width = floatBytes[tensor.dtype];
  return readFileSlice({
    ...tensor,
    offset: tensor.offset + start * width,
    byteLength: (end - start) * width,
    shape: [end - start],
  });
}

function differs(place: string, expected: string, found: string): TurncoatError {
  return new TurncoatError(`${place}: expected ${expected}, found ${found}`, {
    hint:
      "It was trained too, or belongs to another base. Running the model with trained embeddings is not supported; " +
      "the geometry of A and B can be analysed all the same.",
  });
}
