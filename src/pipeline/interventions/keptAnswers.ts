import { directoryOf, type RunSource } from "../../runs/openRun.js";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { TurncoatError } from "../../errors.js";
import { writing } from "../../tensor/systemFaults.js";
import {
  checkEvaluationName,
  EvaluationWriter,
  readEvaluationFile,
  type AnswerSet,
  type Evaluation,
  type JudgedAnswer,
} from "../../runs/evaluations.js";
import { namesIn } from "../../runs/isFolder.js";
import {
  evaluationOfFile,
  interventionFiles,
  interventionLockFile,
  interventionsFolder,
} from "../../runs/layout.js";
import { whileHolding } from "../../runs/writeLock.js";

const interventionSet: AnswerSet = {
  what: "intervention",
  files: interventionFiles,
  otherName: "with --name",
};

/**
 * Does work that writes answers under interventions, and keeps other processes from writing them meanwhile.
 *
 * @throws TurncoatError where another process writes them, or may do so on another machine
 */
export async function whileIntervening<T>(
  runDirectory: string,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  checkEvaluationName(name);
  const path = resolve(join(runDirectory, interventionLockFile(name)));
  const claim = {
    what: `${runDirectory}: intervention ${name}`,
    otherwise: "choose another name (--name)",
  };
  return whileHolding(path, claim, work);
}

/**
 * Starts answers under interventions, or continues some that were produced in the same way, and reads those that are
 * there.
 *
 * @throws TurncoatError if they were produced in another way, or naming `file:line` and field of a malformed line
 */
export function continueInterventions(
  runDirectory: string,
  name: string,
  provenance: object,
): { readonly writer: EvaluationWriter; readonly answers: readonly JudgedAnswer[] } {
  const folder = join(runDirectory, interventionsFolder);
  writing(folder, () => mkdirSync(folder, { recursive: true }));
  return EvaluationWriter.continue(runDirectory, name, provenance, interventionSet);
}

/** Names of the interventions whose answers a run keeps, sorted. */
export function interventionNames(run: RunSource): string[] {
  return namesIn(join(directoryOf(run), interventionsFolder)).flatMap((file) => evaluationOfFile(file) ?? []);
}

/**
 * Reads the answers under interventions of a name.
 *
 * @throws TurncoatError for an unknown name, or naming `file:line` and field of a malformed line
 */
export function readInterventions(run: RunSource, name: string): Evaluation {
  const directory = directoryOf(run);
  const path = join(directory, interventionFiles(name).answers);
  if (existsSync(path)) return readEvaluationFile(path);
  const names = interventionNames(run);
  throw new TurncoatError(`${directory}: no intervention ${JSON.stringify(name)}`, {
    hint: names.length === 0 ? "This run has none yet." : `There are: ${names.join(", ")}.`,
  });
}
