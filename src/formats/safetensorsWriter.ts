import { closeSync, openSync } from "node:fs";
import { byteLengthOf, type SafetensorsDtype } from "./safetensorsHeader.js";
import { writeBytes } from "../tensor/openFile.js";

/** Type and shape of a tensor in a file that is about to be written. */
export interface WrittenTensor {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
}

/**
 * Writes the bytes before the data: the header's length and the header, padded with spaces so that the data begin at a
 * multiple of 8 bytes.
 * @param tensors in the order in which their data follow
 */
export function encodeSafetensorsHeader(
  tensors: ReadonlyMap<string, WrittenTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const entries: [string, unknown][] =
    Object.keys(metadata).length === 0 ? [] : [["__metadata__", sorted(metadata)]];
  let end = 0;
  for (const [name, { dtype, shape }] of tensors) {
    const begin = end;
    end += byteLengthOf(dtype, shape);
    entries.push([name, { dtype, shape, data_offsets: [begin, end] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, 8);
  return bytes;
}

function sorted(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Writer of a safetensors file of any size, piece by piece. */
export class SafetensorsWriter {
  readonly #descriptor: number;
  readonly #length: number;
  #position = 0;

  /** Creates the file and writes its header; the data follow through `write`, in the order of `tensors`. */
  constructor(
    path: string,
    tensors: ReadonlyMap<string, WrittenTensor>,
    metadata: Readonly<Record<string, string>>,
  ) {
    const header = encodeSafetensorsHeader(tensors, metadata);
    const sizes = [...tensors.values()].map(({ dtype, shape }) => byteLengthOf(dtype, shape));
    this.#length = header.length + sizes.reduce((sum, size) => sum + size, 0);
    this.#descriptor = openSync(path, "wx");
    this.write(header);
  }

  write(bytes: Uint8Array): void {
    writeBytes(this.#descriptor, bytes);
    this.#position += bytes.length;
  }

  /** Closes the file; one that did not get all its data is a defect of the caller. */
  close(): void {
    closeSync(this.#descriptor);
    if (this.#position !== this.#length) {
      throw new RangeError(`SafetensorsWriter: ${this.#position} of ${this.#length} bytes were written`);
    }
  }

  /** Closes a file that is not going to be finished. */
  abandon(): void {
    closeSync(this.#descriptor);
  }
}
