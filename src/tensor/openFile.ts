import { closeSync, openSync, readSync } from "node:fs";
import { messageOf, TurncoatError } from "../errors.js";

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
    const wanted = Math.min(length - done, 2 ** 30);
    const count = readSome(path, descriptor, bytes, { at: done, wanted, position: position + done });
    if (count === 0)
      throw new TurncoatError(`${path}: the file ended at byte ${position + done} while it was read`);
    done += count;
  }
  return bytes;
}

function readSome(
  path: string,
  descriptor: number,
  bytes: Uint8Array,
  { at, wanted, position }: { readonly at: number; readonly wanted: number; readonly position: number },
): number {
  try {
    return readSync(descriptor, bytes, at, wanted, position);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The error for a file that could not be opened or read. */
export function unreadable(path: string, error: unknown): TurncoatError {
  if (isSystemError(error)) {
    if (error.code === "ENOENT") return new TurncoatError(`${path}: no such file`, { cause: error });
    if (error.code === "ELOOP")
      return new TurncoatError(`${path}: expected a file, found links in a circle`, { cause: error });
    if (error.code === "EISDIR")
      return new TurncoatError(`${path}: expected a file, found a folder`, { cause: error });
    if (error.code === "EACCES")
      return new TurncoatError(`${path}: no permission to read it`, { cause: error });
  }
  return new TurncoatError(`${path}: cannot be read (${messageOf(error)})`, { cause: error });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error;
}
