import { closeSync, openSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";
import { orNull, TurncoatError } from "../errors.js";
import { unwritable } from "../tensor/systemFaults.js";
import { readWholeFile } from "../tensor/openFile.js";

/** Content of a lock: the process that holds it. */
const holderSchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** Milliseconds after which the holder writes its lock again, as long as it lives; absent where it never does. */
  beat: z.number().positive().optional(),
});
type Holder = z.infer<typeof holderSchema>;

/** Milliseconds between two signs of life of a holder; a process of another machine is told to be dead by them alone. */
const beat = 30_000;
/** Signs of life that a holder of another machine has to miss until it counts as dead. */
const missedBeats = 10;

/** Refusal of work that another process is at, here or on another machine: it can be tried again later. */
export class HeldElsewhereError extends TurncoatError {}

/** Purpose of a lock, in the words of its refusal. */
export interface Claim {
  /** Name of what is written, such as `runs/demo: evaluation curve`. */
  readonly what: string;
  /** Advice beside waiting, such as `choose another folder`. */
  readonly otherwise: string;
}

/** Paths of the locks that this process holds. Its number alone may be that of one which died before. */
const heldHere = new Set<string>();

/**
 * Does work while a lock file says so, so that no second process does the same at once. The lock of a process that has
 * ended is taken over; on another machine, that of one which has given no sign of life for five minutes.
 *
 * @param path of the lock, resolved; its folder has to be there
 * @throws TurncoatError where another process holds it, or may do so on another machine
 */
export async function whileHolding<T>(path: string, claim: Claim, work: () => Promise<T>): Promise<T> {
  acquire(path, claim);
  heldHere.add(path);
  const alive = setInterval(() => giveSignOfLife(path), beat).unref();
  try {
    return await work();
  } finally {
    clearInterval(alive);
    release(path);
  }
}

/**
 * Does short work while holding a lock, and waits for another process that does the same.
 *
 * @param patience milliseconds to wait for it. @default 2000
 * @throws TurncoatError where the other process has not ended by then
 */
export function whileHoldingBriefly<T>(path: string, claim: Claim, work: () => T, patience = 2000): T {
  const until = performance.now() + patience;
  for (;;) {
    try {
      acquire(path, claim);
      break;
    } catch (error) {
      if (!(error instanceof TurncoatError) || performance.now() > until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
  heldHere.add(path);
  try {
    return work();
  } finally {
    release(path);
  }
}

/** Tells whether a process that may still be at work holds a lock. */
export function isHeld(path: string): boolean {
  const text = readIfThere(path);
  return text !== null && isAtWork(holderOf(text), path);
}

/** Sign of life of whoever holds a lock. */
export interface LockSign {
  readonly host: string;
  readonly pid: number;
  /** Seconds since the lock was last written, by this machine's clock. */
  readonly seconds: number;
}

/**
 * Reads who holds a lock, for those who only look; null where nobody does, or the holder has ended. Unlike `isHeld` it writes
 * nothing: the silence of another machine is taken by this machine's clock.
 */
export function signOf(path: string): LockSign | null {
  const holder = orNull(() => holderOf(readIfThere(path) ?? ""));
  const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (holder === null || written === undefined) return null;
  const silence = Math.max(0, Date.now() - written);
  const { host, pid, beat: every = Infinity } = holder;
  const isThere = host === hostname() ? isAtWork(holder, path) : silence < missedBeats * every;
  return isThere ? { host, pid, seconds: silence / 1000 } : null;
}

/**
 * Writes a lock again with what it holds, which moves its time on by the clock of its file system. A lock that is not
 * there is not made.
 */
function giveSignOfLife(path: string): void {
  try {
    const file = openSync(path, "r+");
    try {
      writeSync(file, encodeHolder(own()), 0);
    } finally {
      closeSync(file);
    }
  } catch {
    // What keeps one sign from being written is no fault of the work; the next follows.
  }
}

function own(): Holder {
  return { pid: process.pid, host: hostname(), beat };
}

function encodeHolder(holder: Holder): string {
  return `${JSON.stringify(holder)}\n`;
}

function release(path: string): void {
  heldHere.delete(path);
  removeIfPossible(path);
}

/** Removes a lock that nobody holds; one that cannot be removed tells whoever finds it that its holder is not at work. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // What keeps it from being removed is no fault of the work.
  }
}

function acquire(path: string, claim: Claim): void {
  if (create(path, own())) return;
  const text = readIfThere(path);
  if (text !== null) {
    const holder = holderOf(text);
    if (isAtWork(holder, path)) throw refusal(claim, holder, path);
    // Of two that find the same lock left behind, the second must not take away what the first has put there.
    const aside = `${path}.${process.pid}`;
    renameIfThere(path, aside);
    const moved = readIfThere(aside);
    if (moved !== null && moved !== text) {
      renameSync(aside, path);
      throw refusal(claim, holderOf(moved), path);
    }
    rmSync(aside, { force: true });
  }
  if (!create(path, own())) throw refusal(claim, holderOf(readIfThere(path) ?? ""), path);
}

/** Creates a lock file; false where it is there already. */
function create(path: string, holder: Holder): boolean {
  try {
    writeFileSync(path, encodeHolder(holder), { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    // Where only the file was made, as on a full disk, it must not stay as the lock of nobody.
    removeIfPossible(path);
    throw unwritable(path, error);
  }
}

function refusal({ what, otherwise }: Claim, holder: Holder | null, path: string): TurncoatError {
  const where = holder === null || holder.host === hostname() ? "" : ` on ${holder.host}`;
  const who = holder === null ? "another process" : `process ${holder.pid}${where}`;
  return new HeldElsewhereError(`${what}: expected nobody else to write it, found ${who}`, {
    hint: `Wait until it has ended, or ${otherwise}. If no such process runs, delete ${path}.`,
  });
}

/**
 * Tells whether the holder of a lock may still be at work. So may one that has only begun to write its lock (`null`),
 * and a process of another machine, until it has missed several signs of life.
 */
function isAtWork(holder: Holder | null, path: string): boolean {
  if (holder === null) return true;
  if (holder.host !== hostname()) {
    return holder.beat === undefined || silentFor(path) < missedBeats * holder.beat;
  }
  if (holder.pid === process.pid) return heldHere.has(path);
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    // One of another user's may not be asked, but is there.
    return codeOf(error) !== "ESRCH";
  }
}

/** Milliseconds since a lock was last written, by the clock of its file system: clocks of machines differ. */
function silentFor(path: string): number {
  const probe = `${path}.${process.pid}.now`;
  try {
    writeFileSync(probe, "");
    return statSync(probe).mtimeMs - statSync(path).mtimeMs;
  } catch {
    return 0;
  } finally {
    removeIfPossible(probe);
  }
}

function holderOf(text: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function readIfThere(path: string): string | null {
  try {
    return readWholeFile(path).toString("utf8");
  } catch (error) {
    if (error instanceof TurncoatError && codeOf(error.cause) === "ENOENT") return null;
    throw error;
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
