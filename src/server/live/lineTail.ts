import { fstatSync, readSync } from "node:fs";
import { withOpenFile } from "../../tensor/openFile.js";

/** Most bytes that are read at once; a longer stretch takes several looks. */
const mostBytes = 4 * 1024 * 1024;
const newline = 0x0a;

/** New lines of an append-only file since the last look. */
export interface NewLines {
  /** Whole new lines. */
  readonly lines: readonly string[];
  /** True where the file is another one than before, or shorter: then it is read from its start. */
  readonly isReplaced: boolean;
  /** True where there is more to read at once. */
  readonly hasMore: boolean;
}

/** Follows a file of lines that only grows, from its end or from its start. */
export class LineTail {
  readonly #path: string;
  #file: number | null = null;
  #offset = 0;
  #skip: boolean;

  /** @param from whether the lines that are there at the first look count as new */
  constructor(path: string, from: "start" | "end") {
    this.#path = path;
    this.#skip = from === "end";
  }

  /** Reads what is new; nothing where the file is not there, or is none that can be read. */
  look(): NewLines {
    try {
      return withOpenFile(this.#path, (descriptor) => this.#newLines(descriptor));
    } catch {
      const wasThere = this.#file !== null;
      this.#file = null;
      this.#offset = 0;
      this.#skip = false;
      return { lines: [], isReplaced: wasThere, hasMore: false };
    }
  }

  #newLines(descriptor: number): NewLines {
    const { ino, size } = fstatSync(descriptor);
    const isReplaced = this.#file !== null && (ino !== this.#file || size < this.#offset);
    if (isReplaced) this.#offset = 0;
    this.#file = ino;
    if (this.#skip) {
      this.#skip = false;
      this.#offset = endOfLines(descriptor, size);
    }
    const bytes = Buffer.alloc(Math.min(mostBytes, Math.max(0, size - this.#offset)));
    const count = readSync(descriptor, bytes, 0, bytes.length, this.#offset);
    const end = bytes.subarray(0, count).lastIndexOf(newline) + 1;
    this.#offset += end;
    const lines = bytes.toString("utf8", 0, end).split("\n").slice(0, -1);
    return { lines, isReplaced, hasMore: end > 0 && this.#offset < size && count === mostBytes };
  }
}

/** Position in bytes at which the last whole line ends; a line that is being written counts as new once it is whole. */
function endOfLines(descriptor: number, size: number): number {
  const bytes = Buffer.alloc(Math.min(mostBytes, size));
  const from = size - bytes.length;
  const count = readSync(descriptor, bytes, 0, bytes.length, from);
  return from + bytes.subarray(0, count).lastIndexOf(newline) + 1;
}
