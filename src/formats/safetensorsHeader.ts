import { fstatSync } from "node:fs";
import { z } from "zod";
import { messageOf, TurncoatError } from "../errors.js";
import { floatBytes } from "../tensor/fileSlice.js";
import type { FloatFormat } from "../tensor/tensorData.js";
import { readBytes, withOpenFile } from "../tensor/openFile.js";
import { duplicateKey, hasMoreBrackets, isNestedDeeper } from "./duplicateKeys.js";
import { parseJsonText, validate } from "./json.js";

/** Element types of the format that occupy whole bytes. Only F32, F16 and BF16 are decoded here. */
export type SafetensorsDtype = keyof typeof bytesPerElement;

const bytesPerElement = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
} as const;

/** Tells whether tensors of a type can be used as numbers here. */
export function isFloatFormat(dtype: SafetensorsDtype): dtype is FloatFormat {
  return dtype in floatBytes;
}

/** Computes the bytes that a tensor takes. */
export function byteLengthOf(dtype: SafetensorsDtype, shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, bytesPerElement[dtype]);
}

/** Place, shape and type of one tensor in its file. */
export interface SafetensorsTensorInfo {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** Position of the first byte, counted from the start of the file. */
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** Content of a safetensors file, without the numbers. */
export interface SafetensorsHeader {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Tensors by name, in the order in which they lie in the file. */
  readonly tensors: ReadonlyMap<string, SafetensorsTensorInfo>;
}

/** Longest header in bytes; real ones are under a megabyte, and those of thousands of experts a few. */
const longestHeader = 32 * 2 ** 20;
/** Most tensors of a file. The largest published models have some 100 000, in more than a hundred files. */
const mostTensors = 100_000;
/** Lists and objects of a header: the header itself, its metadata, and three for each tensor. */
const mostBrackets = 3 * mostTensors + 2;
const lengthBytes = 8;
/** Deepest nesting of a header: the header, an entry, its shape. */
const deepestHeader = 3;
/** Most dimensions of a tensor, as in PyTorch and NumPy. */
const mostDimensions = 64;

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
const metadataSchema = z.record(z.string(), z.string());

/**
 * Reads only the header of a safetensors file, however large the file is.
 *
 * Checks all that the numbers' place depends on: that the file is as long as the header says, that
 * sizes follow from type and shape, and that the tensors cover the data without overlap or hole.
 *
 * @throws TurncoatError naming the file, and the tensor where one is at fault.
 */
export function readSafetensorsHeader(path: string): SafetensorsHeader {
  return withOpenFile(path, (descriptor) => readHeader(path, descriptor));
}

/** Reads the safetensors header of a file that is already open. */
export function readHeader(path: string, descriptor: number): SafetensorsHeader {
  const stat = fstatSync(descriptor);
  if (!stat.isFile()) throw new TurncoatError(`${path}: expected a safetensors file, found a folder`);
  return headerOf(path, stat.size, (position, length) => readBytes(path, descriptor, position, length));
}

/** Reads a safetensors header from any bytes: `read` gives `length` of them at a position within `fileSize`. */
export function headerOf(
  path: string,
  fileSize: number,
  read: (position: number, length: number) => Uint8Array,
): SafetensorsHeader {
  const headerLength = checkedHeaderLength(path, read(0, Math.min(lengthBytes, fileSize)), fileSize);
  const text = decodeUtf8(path, read(lengthBytes, headerLength));
  if (lastHeader?.text === text && lastHeader.fileSize === fileSize) return { ...lastHeader.header, path };
  const header = parseSafetensorsHeader(path, text, lengthBytes + headerLength, fileSize);
  // That of a small file alone: a long run has many alike, and a large one should not be held.
  lastHeader = headerLength <= mostKeptHeader ? { text, fileSize, header } : null;
  return header;
}

/** Bytes of the longest header that is kept. */
const mostKeptHeader = 64 * 1024;
/** The header that was read last, whose text says all but the size of its file. */
let lastHeader: {
  readonly text: string;
  readonly fileSize: number;
  readonly header: SafetensorsHeader;
} | null = null;

/** Longest part of a name that errors show. */
const longestName = 200;

/** Writes a name out of a file as errors show it: on one line, and cut where it is longer than any sensible one. */
export function shownName(name: string): string {
  const cut = name.length <= longestName ? name : `${name.slice(0, longestName)}…`;
  return cut.replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  });
}

function checkedHeaderLength(path: string, start: Uint8Array, fileSize: number): number {
  if (isStartOf(start, "version ")) {
    throw new TurncoatError(`${path}: expected a safetensors file, found a Git LFS pointer`, {
      hint: "Fetch the file itself, for example with `git lfs pull`.",
    });
  }
  if (fileSize < lengthBytes) {
    throw new TurncoatError(
      `${path}: expected a safetensors file, found only ${fileSize} bytes; it is truncated`,
    );
  }
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(longestHeader)) {
    throw new TurncoatError(
      `${path}: expected a safetensors file, found a header length of ${length.toString()} bytes`,
    );
  }
  if (length > BigInt(fileSize - lengthBytes)) {
    throw new TurncoatError(
      `${path}: the header takes ${length.toString()} bytes but the file has only ${fileSize}; it is truncated`,
    );
  }
  return Number(length);
}

function parseSafetensorsHeader(
  path: string,
  text: string,
  dataStart: number,
  fileSize: number,
): SafetensorsHeader {
  const source = `${path}: safetensors header`;
  if (!text.startsWith("{")) throw new TurncoatError(`${source}: expected a JSON object`);
  // Before parsing, which takes far more memory for nested lists than the text does.
  if (isNestedDeeper(text, deepestHeader)) {
    throw new TurncoatError(`${source}: expected tensors, found lists or objects nested too deep`);
  }
  if (hasMoreBrackets(text, mostBrackets)) {
    throw new TurncoatError(`${source}: expected at most ${mostTensors} tensors, found more`, {
      hint: "Split the weights into several files, as save_pretrained does.",
    });
  }
  const entries = parseJsonText(text, source);
  if (!isObject(entries)) throw new TurncoatError(`${source}: expected a JSON object`);
  const repeated = duplicateKey(text);
  if (repeated !== undefined) {
    throw new TurncoatError(`${source}: the key ${JSON.stringify(shownName(repeated))} occurs twice`);
  }
  const found: [string, SafetensorsTensorInfo][] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(entries)) {
    if (name === "__metadata__") metadata = checkedMetadata(`${source}: __metadata__`, entry);
    else found.push([name, tensorInfo(`${path}: tensor ${shownName(name)}`, entry, dataStart, fileSize)]);
  }
  found.sort(([, one], [, other]) => one.byteOffset - other.byteOffset || one.byteLength - other.byteLength);
  checkCoverage(path, found, dataStart, fileSize);
  return { path, metadata, tensors: new Map(found) };
}

/** Checks that metadata is free text; an error describes only the first value that is none. */
function checkedMetadata(source: string, value: unknown): Record<string, string> {
  if (!isObject(value)) return validate(value, metadataSchema, source);
  const wrong = Object.entries(value).filter(([, text]) => typeof text !== "string");
  return validate(
    Object.fromEntries(wrong.length === 0 ? Object.entries(value) : wrong.slice(0, 1)),
    metadataSchema,
    source,
  );
}

function tensorInfo(
  source: string,
  entry: unknown,
  dataStart: number,
  fileSize: number,
): SafetensorsTensorInfo {
  if (isObject(entry) && Array.isArray(entry.shape) && entry.shape.length > mostDimensions) {
    throw new TurncoatError(
      `${source}: expected at most ${mostDimensions} dimensions, found ${entry.shape.length}`,
    );
  }
  const { dtype, shape, data_offsets: offsets } = validate(entry, entrySchema, source);
  if (!isKnownDtype(dtype)) {
    throw new TurncoatError(
      `${source}: expected a dtype among ${Object.keys(bytesPerElement).join(", ")}, found ${shownName(dtype)}`,
    );
  }
  const [begin, end] = offsets;
  const dataLength = fileSize - dataStart;
  if (begin > end || end > dataLength) {
    throw new TurncoatError(
      `${source}: data_offsets [${begin}, ${end}] lie outside the ${dataLength} data bytes; the file may be truncated`,
    );
  }
  const expected = byteLengthOf(dtype, shape);
  if (end - begin !== expected) {
    throw new TurncoatError(
      `${source}: ${dtype} of shape [${shape.join(", ")}] takes ${expected} bytes, data_offsets give ${end - begin}`,
    );
  }
  return { dtype, shape, byteOffset: dataStart + begin, byteLength: end - begin };
}

/** Checks that the tensors, in order, fill the data exactly, as the format demands. */
function checkCoverage(
  path: string,
  inOrder: readonly [string, SafetensorsTensorInfo][],
  dataStart: number,
  fileSize: number,
): void {
  let covered = dataStart;
  let previous = "";
  for (const [name, { byteOffset, byteLength }] of inOrder) {
    if (byteOffset < covered)
      throw new TurncoatError(`${path}: tensor ${shownName(name)} overlaps tensor ${shownName(previous)}`);
    if (byteOffset > covered) {
      throw new TurncoatError(
        `${path}: ${byteOffset - covered} bytes before tensor ${shownName(name)} belong to no tensor`,
      );
    }
    covered = byteOffset + byteLength;
    previous = name;
  }
  if (covered !== fileSize) {
    throw new TurncoatError(`${path}: the last ${fileSize - covered} bytes belong to no tensor`);
  }
}

function decodeUtf8(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new TurncoatError(`${path}: safetensors header: expected UTF-8 text (${messageOf(error)})`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isKnownDtype(dtype: string): dtype is SafetensorsDtype {
  return Object.hasOwn(bytesPerElement, dtype);
}

function isStartOf(bytes: Uint8Array, text: string): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(0, text.length)) === text;
}
