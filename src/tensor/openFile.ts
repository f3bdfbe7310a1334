import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
  type Stats,
} from "node:fs";
import { messageOf, TurncoatError } from "../errors.js";

/**
 * Opens a regular file for the duration of `use`; a failure of the system becomes a named error.
 *
 * Pipes and devices are refused before anything is read: a pipe that nobody writes to would block the whole process,
 * and a device may never end.
 * @throws TurncoatError naming the path and what it is instead
 */
export function withOpenFile<T>(path: string, use: (descriptor: number) => T): T {
  let descriptor: number;
  try {
    // Without waiting: opening a pipe for reading blocks until somebody writes to it.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw new TurncoatError(`${path}: expected a file, found ${kindOf(status)}`);
    return use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Reads all bytes of a regular file.
 * @throws TurncoatError naming the path, where it cannot be read or is no regular file
 */
export function readWholeFile(path: string): Buffer {
  return withOpenFile(path, (descriptor) => {
    try {
      return readFileSync(descriptor);
    } catch (error) {
      throw unreadable(path, error);
    }
  });
}

function kindOf(status: Stats): string {
  if (status.isDirectory()) return "a folder";
  if (status.isFIFO()) return "a pipe";
  return status.isSocket() ? "a socket" : "a device";
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

/** Writes all bytes to an open file: one call of the operating system writes at most 2 GiB, and may write less. */
export function writeBytes(descriptor: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) {
    done += writeSync(descriptor, bytes, done, Math.min(bytes.length - done, 2 ** 30));
  }
}

/** Makes the error for a file that could not be opened or read, with the reason in plain words. */
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
