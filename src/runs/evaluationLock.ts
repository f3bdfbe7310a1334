import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { checkEvaluationName } from "./evaluations.js";
import { evaluationLockFile, evaluationOfLock } from "./layout.js";
import { isHeld, whileHolding } from "./writeLock.js";

/**
 * Does work that writes an evaluation, and keeps other processes from writing it meanwhile. Two would ask for the
 * same answers, and one might cut off a line that the other has half written. The lock of a process that has ended is
 * taken over.
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
  const claim = {
    what: `${runDirectory}: evaluation ${name}`,
    otherwise: "choose another name (--evaluation)",
  };
  return whileHolding(path, claim, work);
}

/** Names the evaluations of a run that are being written, by this process or another. */
export function evaluationsAtWork(runDirectory: string): string[] {
  if (!existsSync(runDirectory)) return [];
  return readdirSync(runDirectory).flatMap((file) => {
    const name = evaluationOfLock(file);
    return name !== undefined && isHeld(resolve(join(runDirectory, file))) ? [name] : [];
  });
}
