import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { checkEvaluationName } from "./evaluations.js";
import { isFolder } from "./isFolder.js";
import { evaluationLockFile, measuringLockFile, trainingLockFile, writtenUnderLock } from "./layout.js";
import { isHeld, signOf, whileHolding, type LockSign } from "./writeLock.js";

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

/**
 * Does work that measures something of a run, and keeps other processes from measuring the same meanwhile, and from
 * putting another run in its place: what was measured would be kept with that one.
 *
 * @param what is measured, one word, such as `likelihood`
 * @throws TurncoatError where another process measures it, or may do so on another machine
 */
export async function whileMeasuring<T>(
  runDirectory: string,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  // What is no folder is told by whoever reads it.
  if (!isFolder(runDirectory)) return work();
  const path = resolve(join(runDirectory, measuringLockFile(what)));
  return whileHolding(path, { what: `${runDirectory}: ${what}`, otherwise: "measure another run" }, work);
}

/** Lists in words what of a run is being written, by this process or another: its evaluations, interventions and measurements. */
export function writtenOf(runDirectory: string): string[] {
  if (!existsSync(runDirectory)) return [];
  return readdirSync(runDirectory).flatMap((file) => {
    const what = writtenUnderLock(file);
    return what !== undefined && isHeld(resolve(join(runDirectory, file))) ? [what] : [];
  });
}

/** Work on a run, and the sign of life of who does it. */
export interface RunWork extends LockSign {
  /** `training`, or what is written, as `writtenOf` says it. */
  readonly what: string;
}

/** Lists who is at work on a run, here or on another machine, without writing anything; nothing where there is no such folder. */
export function workOn(runDirectory: string): RunWork[] {
  const directory = resolve(runDirectory);
  const locks = [
    { what: "training", path: join(dirname(directory), trainingLockFile(basename(directory))) },
    ...(isFolder(directory) ? readdirSync(directory) : []).flatMap((file) => {
      const what = writtenUnderLock(file);
      return what === undefined ? [] : [{ what, path: join(directory, file) }];
    }),
  ];
  return locks.flatMap(({ what, path }) => {
    const sign = signOf(path);
    return sign === null ? [] : [{ what, ...sign }];
  });
}
