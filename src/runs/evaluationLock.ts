import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { z } from "zod";
import { TurncoatError } from "../errors.js";
import { checkEvaluationName } from "./evaluations.js";
import { evaluationLockFile } from "./layout.js";

/** Who writes an evaluation. */
const holderSchema = z.object({ pid: z.int().positive(), host: z.string() });
type Holder = z.infer<typeof holderSchema>;

/** The locks of this process: its number alone may be that of one which died before. */
const heldHere = new Set<string>();

/**
 * Does work that writes an evaluation while no other process does the same: two would ask for the same answers, and
 * one might cut off a line that the other has half written. What a process left behind that has ended is taken over.
 *
 * The lock is a hidden file in the run's folder, and not beside the answers, whose folder the pages watch.
 *
 * @throws TurncoatError where another process writes the evaluation, or may do so on another machine
 */
export async function whileEvaluating<T>(
  runDirectory: string,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  checkEvaluationName(name);
  const path = resolve(join(runDirectory, evaluationLockFile(name)));
  acquire(path, `${runDirectory}: evaluation ${name}`);
  heldHere.add(path);
  try {
    return await work();
  } finally {
    heldHere.delete(path);
    rmSync(path, { force: true });
  }
}

function acquire(path: string, what: string): void {
  const own: Holder = { pid: process.pid, host: hostname() };
  if (create(path, own)) return;
  const text = readIfThere(path);
  if (text !== null) {
    const holder = holderOf(text);
    if (isAtWork(holder, path)) throw refusal(what, holder, path);
    // Of two that find the same lock left behind, the second must not take away what the first has put there.
    const aside = `${path}.${process.pid}`;
    renameIfThere(path, aside);
    const moved = readIfThere(aside);
    if (moved !== null && moved !== text) {
      renameSync(aside, path);
      throw refusal(what, holderOf(moved), path);
    }
    rmSync(aside, { force: true });
  }
  if (!create(path, own)) throw refusal(what, holderOf(readIfThere(path) ?? ""), path);
}

/** False where the file is there already. */
function create(path: string, holder: Holder): boolean {
  try {
    writeFileSync(path, `${JSON.stringify(holder)}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

function refusal(what: string, holder: Holder | null, path: string): TurncoatError {
  const where = holder === null || holder.host === hostname() ? "" : ` on ${holder.host}`;
  const who = holder === null ? "another process" : `process ${holder.pid}${where}`;
  return new TurncoatError(`${what}: expected nobody else to write it, found ${who}`, {
    hint: `Wait until it has ended, or choose another name (--evaluation). If no such process runs, delete ${path}.`,
  });
}

/** A process of another machine, and one that has only begun to write its lock, may be at work. */
function isAtWork(holder: Holder | null, path: string): boolean {
  if (holder?.host !== hostname()) return true;
  if (holder.pid === process.pid) return heldHere.has(path);
  try {
    process.kill(holder.pid, 0);
    return true;
  } catch (error) {
    // One of another user's may not be asked, but is there.
    return codeOf(error) !== "ESRCH";
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
    return readFileSync(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
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
