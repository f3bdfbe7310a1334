import { closeSync, openSync, readSync } from "node:fs";
import { TurncoatError } from "../errors.js";
import { unreadable } from "./json.js";

/** Opens a file for the duration of `use`; a failure of the system becomes a named error. */
export function withOpenFile<T>(path: string, use: (descriptor: number) => T): T {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Reads exactly `length` bytes at `position`. */
export function readBytes(path: string, descriptor: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    // One read call is limited to 2 GiB by the operating system.
    const count = readSync(descriptor, bytes, done, Math.min(length - done, 2 ** 30), position + done);
    if (count === 0)
      throw new TurncoatError(`${path}: the file ended at byte ${position + done} while it was read`);
    done += count;
  }
  return bytes;
}
