import { AsyncLocalStorage } from "node:async_hooks";
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  writeSync,
  type Stats,
} from "node:fs";
import { resolve, sep } from "node:path";
import { messageOf, TurncoatError } from "../errors.js";

/** Folder out of which no link is followed, of the work in hand. */
const confinement = new AsyncLocalStorage<string>();

/**
 * Does work that follows no link out of a folder: a file inside it is refused where it really lies elsewhere. Files
 * that are named by a path outside the folder are read as ever. It holds for all that the work starts.
 * @param folder nothing is confined where there is none
 */
export function confineReads<T>(folder: string | undefined, work: () => T): T {
  return folder === undefined ? work() : confinement.run(folder, work);
}

/** Makes the refusal of a link that leads out of a folder. */
export function linkOut(path: string, folder: string, hint: string): TurncoatError {
  return new TurncoatError(`${path}: a link that leads out of ${folder}; it is not followed`, { hint });
}

/**
 * Finds where a file really lies.
 * @throws TurncoatError where it seems to lie in the folder that reads are confined to, and does not
 */
function followed(path: string): string {
  const folder = confinement.getStore();
  if (folder === undefined || !isInside(resolve(path), resolve(folder))) return path;
  const real = realpathSync.native(path);
  if (isInside(real, realpathSync.native(folder))) return real;
  throw linkOut(path, folder, "Put the file itself where the link stands.");
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

/**
 * Opens a regular file for the duration of `use`; a failure of the system becomes a named error.
 *
 * Pipes and devices are refused before anything is read: a pipe that nobody writes to would block the whole process,
 * and a device may never end. Links out of the folder that `confineReads` names are refused too.
 * @throws TurncoatError naming the path and what it is instead
 */
export function withOpenFile<T>(path: string, use: (descriptor: number) => T): T {
  let descriptor: number;
  try {
    // Without waiting: opening a pipe for reading blocks until somebody writes to it.
    descriptor = openSync(followed(path), constants.O_RDONLY | constants.O_NONBLOCK);
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
 * @param most bytes that it may have. @default as many as memory holds
 * @throws TurncoatError naming the path, where it cannot be read, is no regular file or is larger
 */
export function readWholeFile(path: string, most = Infinity): Buffer {
  return withOpenFile(path, (descriptor) => {
    const { size } = fstatSync(descriptor);
    if (size > most) {
      throw new TurncoatError(
        `${path}: expected a file of at most ${mebibytes(most)} MiB, found ${mebibytes(size)} MiB`,
        { hint: "Is it the file that was meant? A larger one has to be split." },
      );
    }
    try {
      return readFileSync(descriptor);
    } catch (error) {
      throw unreadable(path, error);
    }
  });
}

/** Bytes in the unit of 2²⁰, rounded. */
function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
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
  if (error instanceof TurncoatError) return error;
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
