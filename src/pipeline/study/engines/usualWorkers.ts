import { existsSync, readdirSync, statSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { studyPath, type Study } from "../studyFile.js";

/** Memory of a process that trains, in sizes of its model's files: weights in 32 bits, and copies while they are laid out. */
const timesTheModel = 6;
/** Bytes of a process beside its model. */
const besideTheModel = 2 ** 30;

/** Number of processes that this machine carries for a study: one for each core, as far as its memory goes. */
export function usualWorkers(study: Study, files: string | undefined): number {
  const sizes = study.models.map(({ folder }) => weightBytes(studyPath(study, folder, files)));
  const bytes = besideTheModel + timesTheModel * Math.max(0, ...sizes);
  return Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / bytes)));
}

function weightBytes(folder: string): number {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return 0;
  return readdirSync(folder)
    .filter((name) => name.endsWith(".safetensors"))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
