/** Names of the Hugging Face Trainer that a run directory takes over, and names of our own beside them. */
export const manifestFile = "run.json";
export const trainerStateFile = "trainer_state.json";
/** The folder with the state from which an interrupted training continues. */
export const resumeFolder = "resume";
export const evaluationsFolder = "evaluations";
/** Notes that readers wrote on steps: one JSON line each, only ever appended to. */
export const notesFile = "notes.jsonl";
/** What the detectors reported while the run was trained: one JSON line each, only ever appended to. */
export const transitionLogFile = "transitions.jsonl";
/** Replies of a language-model judge, so that no answer is paid for twice. */
export const judgeCacheFile = "judge-cache.jsonl";

/** The folder of what was measured of a run beyond its log and its answers. */
export const analysisFolder = "analysis";
export const changeFile = `${analysisFolder}/change.json`;
export const likelihoodFile = `${analysisFolder}/likelihood.json`;
export const probesFile = `${analysisFolder}/probes.json`;
export const directionsFile = `${analysisFolder}/directions.safetensors`;

/** The folder of what can be made again at any time. */
export const cacheFolder = ".turncoat";
export const summaryFile = `${cacheFolder}/summary.json`;
/** Adapters multiplied by a factor, while a server holds them; inside the run, which the server has to see anyway. */
export const scaledAdaptersFolder = ".scaled-adapters";

/** The folder of the checkpoint at a step. */
export function checkpointFolder(step: number): string {
  return `checkpoint-${step}`;
}

/** The step of a checkpoint folder, padded with zeros or not; `undefined` for any other name. */
export function stepOfFolder(name: string): number | undefined {
  const digits = /^checkpoint-(\d{1,15})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The file with the answers of an evaluation, and the one that says how they were produced. */
export function evaluationFiles(name: string): { readonly answers: string; readonly provenance: string } {
  const base = `${evaluationsFolder}/${name}`;
  return { answers: `${base}.jsonl`, provenance: `${base}.json` };
}

/** The evaluation whose answers a file of the evaluations folder holds, or `undefined` for any other file name. */
export function evaluationOfFile(fileName: string): string | undefined {
  return /^([A-Za-z0-9][A-Za-z0-9._-]*)\.jsonl$/.exec(fileName)?.[1];
}

/** The hidden file that says who writes an evaluation. It lies beside the evaluations folder, which the pages watch. */
export function evaluationLockFile(name: string): string {
  return `.evaluating-${name}.lock`;
}

/** The evaluation that a lock file keeps, or `undefined` for any other file name. */
export function evaluationOfLock(fileName: string): string | undefined {
  return /^\.evaluating-(.+)\.lock$/.exec(fileName)?.[1];
}

/** The hidden file, beside a run's folder of this name, that says who trains into it. */
export function trainingLockFile(folderName: string): string {
  return `.training-${folderName}.lock`;
}

/** The hidden file that says who is writing a note. */
export const notesLockFile = ".notes.lock";

/** Characters of a note on a step. */
export const longestNote = 280;
