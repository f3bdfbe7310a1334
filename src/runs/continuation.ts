import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isTurncoatError } from "../errors.js";
import { readableFolder } from "./atomicFiles.js";
import { manifestFile, resumeBeforeFolder, resumeFolder, stepOfFolder } from "./layout.js";
import { readManifest, type RunManifest } from "./manifest.js";
import { readRunLog } from "./runLog.js";
import { commandLine } from "../hints.js";

/**
 * Place from which the training of a run goes on: a state that was kept, or the beginning, where its writer died before
 * the first step was made. Null where something was trained and nothing is there to continue it from.
 */
export type Continuation = "state" | "beginning" | null;

/** Finds from where a run goes on. What is found may still turn out to be damaged. */
export function continuationOf(directory: string): Continuation {
  const isThere = (name: string): boolean => readableFolder(join(directory, name)) !== null;
  if (isThere(resumeFolder) || isThere(resumeBeforeFolder)) return "state";
  const isTrained =
    readdirSync(directory).some((name) => (stepOfFolder(name) ?? 0) > 0) || hasLogged(directory);
  return isTrained ? null : "beginning";
}

/** Tells whether a step was logged; a log that cannot be read may hold any. */
function hasLogged(directory: string): boolean {
  try {
    return (readRunLog(directory)?.state.globalStep ?? 0) > 0;
  } catch (error) {
    if (isTurncoatError(error)) return true;
    throw error;
  }
}

/** The manifest of a run; null where it is damaged, so that nothing says how the run was made. */
export function readableManifest(directory: string): RunManifest | null {
  try {
    return readManifest(join(directory, manifestFile));
  } catch (error) {
    if (isTurncoatError(error)) return null;
    throw error;
  }
}

/** The way out of a run that cannot be continued: nothing of it is lost unless somebody says so. */
export function trainAnew(directory: string): string {
  return (
    `What it holds stays readable. Train into another folder, or anew with ${commandLine("train", directory, "--overwrite")}, ` +
    "which sets aside a run with answers, analyses or notes."
  );
}

/** What to do about a run in whose place another is to be trained, or which was not trained to its end. */
export function wayOn(directory: string): string {
  const manifest = existsSync(join(directory, manifestFile)) ? readableManifest(directory) : null;
  if (manifest === null || continuationOf(directory) === null) return trainAnew(directory);
  const others = `--overwrite in its place replaces it; or choose another folder`;
  return manifest.status === "finished"
    ? `It is finished: ${others}.`
    : `${commandLine("train", directory, "--resume")} continues it; ${others}.`;
}
