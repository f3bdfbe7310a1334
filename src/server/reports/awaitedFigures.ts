import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isFolder } from "../../runs/isFolder.js";
import type { FigureNeeds } from "../../figures/run/runFigure.js";
import { isOfRuns, runFigures } from "../../figures/run/runFigures.js";
import { evaluationsFolder, stepOfFolder } from "../../runs/layout.js";
import { holdsManyAdapters } from "../../runs/manyAdapters.js";
import type { CurrentReport } from "./currentReport.js";
import type { FigureEntry } from "../schemas/figures.js";
import { trainedVectorsFile } from "../../formats/trainedVectors.js";

/**
 * Adds to the figures of a report, in their places, those that will come: of a run that is being analysed, what its
 * files hold enough for; of one that is being trained, what training and evaluation usually lead to.
 */
export function withAwaited(
  there: readonly FigureEntry[],
  { directory, status, isComplete, analysis }: CurrentReport,
): FigureEntry[] {
  const isRunning = status === "running";
  if (isComplete && !isRunning) return [...there];
  const last = someCheckpoint(directory);
  const which = last !== undefined && holdsManyAdapters(join(directory, last)) ? "many" : "few";
  const isFull = analysis.adapters.length === 0 && (isComplete || holdsWeights(directory));
  const hasAnswers = isFolder(join(directory, evaluationsFolder));
  const isComing = (from: FigureNeeds["from"]): boolean => {
    if (from === "checkpoints" && isFull) return false;
    return isRunning || from !== "answers" || hasAnswers;
  };
  const entryOf = new Map(there.map((entry) => [entry.id, entry]));
  return runFigures.flatMap((row): FigureEntry[] => {
    const { id, place, needs } = row;
    const { from, awaited } = needs;
    const drawn = entryOf.get(id);
    if (drawn !== undefined) return [drawn];
    if (awaited === null || !isComing(from) || !isOfRuns(row, which)) return [];
    const title = which === "many" ? (row.titleOfMany ?? row.title) : row.title;
    const isWaiting = isComplete || (from === "answers" && !hasAnswers);
    return [
      { id, title, ...place, version: "", awaited: isWaiting ? `Waits for ${awaited}.` : "Being analysed …" },
    ];
  });
}

/** Tells whether the last checkpoint holds whole weights, not an adapter. */
function holdsWeights(directory: string): boolean {
  const last = someCheckpoint(directory);
  return (
    last !== undefined &&
    !readdirSync(join(directory, last)).some(
      (name) => name.startsWith("adapter_model") || name === trainedVectorsFile,
    )
  );
}

function someCheckpoint(directory: string): string | undefined {
  return readdirSync(directory).findLast((name) => stepOfFolder(name) !== undefined);
}
