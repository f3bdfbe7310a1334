import { basename } from "node:path";
import { isTurncoatError, orNull } from "../../errors.js";
import { openCheckpoint } from "../../model/checkpointModel.js";
import type { Model } from "../../model/model.js";
import { openRun } from "../../runs/openRun.js";
import { whileMeasuring } from "../../runs/runLocks.js";
import { keepDirections } from "../directions/keepDirections.js";
import { findAnswerDirections } from "../measurement/findAnswerDirections.js";
import { fewestPerClass, probeAnswers } from "../measurement/probeAnswers.js";
import { analyzeRun } from "../report/analyzeRun.js";
import { keepingSummary, storedSummary } from "../report/runSummary.js";
import { readRunDirections } from "../results/directionResult.js";
import type { Study } from "./studyFile.js";

/** Who hears of what is found. */
interface FindEvents {
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
  readonly onNote: ((line: string) => void) | undefined;
}

/** Names of the directions that a study wants and a run does not keep. */
export function lackingDirections(directory: string, wanted: readonly string[]): string[] {
  const kept = orNull(() => readRunDirections(directory)) ?? [];
  return wanted.filter((name) => !kept.some((each) => each.name === name));
}

/** Tells whether a run has enough answers of both classes for a direction from one to the other. */
export function hasAnswersForDirections(directory: string): boolean {
  return orNull(() => probeAnswers(directory, fewestPerClass, 0)) !== null;
}

/**
 * Finds the directions of a run that it lacks, from aligned to misaligned answers, in its last checkpoint, and keeps them. A run
 * with too few answers of a class keeps none, and that is said.
 */
export async function findStudyDirections(
  directory: string,
  model: Model,
  wanted: Study["directions"],
  { onProgress, onNote }: FindEvents,
): Promise<void> {
  const missing = lackingDirections(directory, Object.keys(wanted));
  for (const [name, { answersPerClass, tokens }] of Object.entries(wanted)) {
    const last = openRun(directory).checkpoints.at(-1);
    if (!missing.includes(name) || last === undefined) continue;
    try {
      probeAnswers(directory, answersPerClass, 0);
    } catch (error) {
      if (!isTurncoatError(error)) throw error;
      onNote?.(`no direction ${name}: ${error.message}`);
      continue;
    }
    await whileMeasuring(directory, "directions", async () => {
      const opened = openCheckpoint(model, last.path);
      const found = await findAnswerDirections({
        ...{ name, opened, step: last.step, run: directory, from: basename(directory) },
        ...{ answersPerClass, tokens, onProgress },
      }).finally(() => opened.dispose());
      keepDirections(directory, found, { isReplacing: false });
    });
  }
}

/** Tells whether the numbers of a run's whole analysis are kept beside it, of its files as they are. */
export function isAnalysisKept(directory: string): boolean {
  return (storedSummary(directory)?.mechanism ?? null) !== null;
}

/** Analyses a run whose numbers are not kept, and keeps them beside it. */
export async function keepStudyAnalysis(directory: string): Promise<void> {
  if (isAnalysisKept(directory)) return;
  await whileMeasuring(directory, "analysis", () => keepingSummary(directory, () => analyzeRun(directory)));
}
