import { messageOf, TurncoatError } from "../errors.js";

/** Reason of the operating system in plain words, and what to do about it. */
interface Reason {
  readonly words: string;
  readonly hint: string;
}

const rights = "Give yourself the right to it, or choose another place.";
const space =
  "Make space, then give the same command again: what is there is whole, and half a line at the end of a file is left out.";
const move = "Choose another place, or move that out of the way.";

/** Reasons by the codes of the operating system. */
const reasons: Readonly<Record<string, Reason>> = {
  EACCES: { words: "no permission", hint: rights },
  EPERM: { words: "the system does not allow it", hint: rights },
  EROFS: { words: "the file system is read-only", hint: rights },
  ENOSPC: { words: "no space is left on the disk", hint: space },
  EDQUOT: { words: "the quota of the disk is used up", hint: space },
  EFBIG: { words: "the file is larger than the system allows", hint: "Raise the limit (ulimit -f)." },
  ENOENT: {
    words: "no such file or folder",
    hint: "Was it moved or removed meanwhile? What is gone is not made again by itself.",
  },
  ENOTDIR: { words: "expected folders on the way to it, found a file", hint: move },
  EEXIST: { words: "something of that name is there already", hint: move },
  EISDIR: { words: "expected a file, found a folder", hint: move },
  ENAMETOOLONG: { words: "the name is longer than the system allows", hint: "Choose a shorter name." },
  ELOOP: { words: "links lead in a circle", hint: move },
  EMFILE: { words: "too many files are open", hint: "Raise the limit (ulimit -n), and try again." },
  EIO: { words: "the disk reports an error", hint: "Look at the disk; another place may work." },
};

/** Makes the named error of a fault of the operating system; null for any other error. */
export function systemFault(error: unknown): TurncoatError | null {
  return isFault(error) ? named(error, error.path === undefined ? "" : `${error.path}: `) : null;
}

/**
 * Makes the named error of a fault of the operating system while something was written; any other error is given back.
 * @param path what was being written: the fault may not say it, or name a temporary file
 */
export function unwritable(path: string, error: unknown): unknown {
  return isFault(error) ? named(error, `${path}: cannot be written: `) : error;
}

/** Does work that writes a file or folder; a fault of the operating system becomes an error that names it. */
export function writing<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Error of the operating system: which call failed, why, and at what. */
interface Fault extends Error {
  readonly code: string;
  readonly syscall: string;
  readonly path?: string;
}

function isFault(error: unknown): error is Fault {
  return (
    error instanceof Error &&
    "syscall" in error &&
    "code" in error &&
    typeof error.code === "string" &&
    (!("path" in error) || typeof error.path === "string")
  );
}

function named(fault: Fault, start: string): TurncoatError {
  const reason = reasons[fault.code];
  if (reason === undefined) {
    return new TurncoatError(`${start}${messageOf(fault).replace(/\s+/g, " ")}`, { cause: fault });
  }
  const { words, hint } = reason;
  return new TurncoatError(`${start}${words} (${fault.code})`, { hint, cause: fault });
}
