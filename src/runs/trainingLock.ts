import { mkdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { writing } from "../tensor/systemFaults.js";
import { trainingLockFile } from "./layout.js";
import { whileHolding } from "./writeLock.js";

/**
 * Does work that trains into a run's folder, and keeps other processes from it meanwhile. Two would leave a run made of
 * both, which nothing could tell from one. The lock of a process that has ended is taken over.
 *
 * The lock is a hidden file beside the run's folder, because an overwritten folder is emptied.
 *
 * @throws TurncoatError where another process trains into the folder, or may do so on another machine
 */
export async function whileTraining<T>(runDirectory: string, work: () => Promise<T>): Promise<T> {
  const directory = resolve(runDirectory);
  writing(directory, () => mkdirSync(dirname(directory), { recursive: true }));
  const path = join(dirname(directory), trainingLockFile(basename(directory)));
  return whileHolding(path, { what: `${runDirectory}: training`, otherwise: "choose another folder" }, work);
}
