import { createHash } from "node:crypto";
import { basename } from "node:path";
import { parseJudgedCsv } from "../../evaluate/judgedCsv.js";
import { readTableText } from "../../formats/csv/csv.js";
import { whileEvaluating } from "../../runs/runLocks.js";
import { EvaluationWriter } from "../../runs/evaluations.js";
import { runOf, type RunSource } from "../../runs/openRun.js";

/** Result of an import: what was read, and what was written. */
export interface ImportedScores {
  /** Answers in the file. */
  readonly answers: number;
  /** Answers of the file that were not in the run yet. */
  readonly added: number;
  readonly steps: readonly number[];
  /** Steps of the file of which the run has no checkpoint: they count all the same. */
  readonly withoutCheckpoint: readonly number[];
}

/**
 * Makes an evaluation of a run from a CSV of answers that were sampled and judged elsewhere. It has the columns
 * `step`, `question_id`, `aligned` and `coherent`, and others as `readJudgedCsv` takes them. The same file can be
 * imported again: what is there already is not written twice.
 *
 * @throws TurncoatError where there is no run, the file has no step, or an evaluation of that name is another one
 */
export async function importScores(request: {
  readonly run: RunSource;
  readonly path: string;
  readonly name: string;
}): Promise<ImportedScores> {
  const { path, name } = request;
  const run = runOf(request.run);
  const { directory } = run;
  const text = readTableText(path);
  const { answers } = parseJudgedCsv(text, path, ["step"]);
  const provenance = {
    formatVersion: 1,
    imported: { file: basename(path), sha256: createHash("sha256").update(text).digest("hex") },
  };
  const added = await whileEvaluating(directory, name, () => {
    const { writer, answers: before } = EvaluationWriter.continue(directory, name, provenance);
    const missing = answers.slice(before.length);
    if (missing.length > 0) writer.append(missing);
    return Promise.resolve(missing.length);
  });
  const steps = [...new Set(answers.map(({ step }) => step))].sort((left, right) => left - right);
  const stored = new Set(run.checkpoints.map(({ step }) => step));
  return {
    answers: answers.length,
    added,
    steps,
    withoutCheckpoint: steps.filter((step) => !stored.has(step)),
  };
}
