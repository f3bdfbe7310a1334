/** Names inside a run directory: those of the Hugging Face Trainer, and our own beside them. */
export const manifestFile = "run.json";
export const trainerStateFile = "trainer_state.json";
/** Rows of the log that `trainer_state.json` does not hold yet, one JSON line each; there while a run is trained. */
export const trainerLogFile = "trainer_log.jsonl";
/** Folder with the state from which an interrupted training continues. */
export const resumeFolder = "resume";
/** Folder with the state of the step before, which a run has that is trained together with others. */
export const resumeBeforeFolder = "resume-before";
/** Folder of the states that were kept with checkpoints, from which other trainings can go on. */
export const statesFolder = "states";
export const evaluationsFolder = "evaluations";
/** Notes that readers wrote on steps: one JSON line each, only ever appended to. */
export const notesFile = "notes.jsonl";
/** Tags that readers gave a run. */
export const tagsFile = "tags.json";
/** Reports of the detectors while the run was trained: one JSON line each, only ever appended to. */
export const transitionLogFile = "transitions.jsonl";
/** Replies of a language-model judge, so that no answer is paid for twice. */
export const judgeCacheFile = "judge-cache.jsonl";

/** Folder of the random projections of a run's adapters, a file a step: `docs/directions-format.md`. */
export const directionsFolder = "directions";

/** Folder of measurements of a run beyond its log and its answers. */
export const analysisFolder = "analysis";
export const changeFile = `${analysisFolder}/change.json`;
export const likelihoodFile = `${analysisFolder}/likelihood.json`;
/** What became of the branches of a run. */
export const branchesFile = `${analysisFolder}/branches.json`;
export const probesFile = `${analysisFolder}/probes.json`;
export const dispositionFile = `${analysisFolder}/disposition.safetensors`;
/** Scores of the rows of the training data. */
export const attributionFile = `${analysisFolder}/attribution.safetensors`;
/** What became of trainings without the rows that scored highest. */
export const removalFile = `${analysisFolder}/removal.json`;
/** Local learning coefficients along training. */
export const learningCoefficientFile = `${analysisFolder}/learning-coefficient.json`;
export const directionsFile = `${analysisFolder}/directions.safetensors`;

/** Folder of the answers under interventions, inside that of measurements. */
export const interventionsFolder = `${analysisFolder}/interventions`;

/** Folder of the losses around a run's solution, inside that of measurements. */
export const landscapeFolder = `${analysisFolder}/landscape`;
/** Efficiency and stability along training, as they were last found. */
export const landscapeAlongFile = `${analysisFolder}/landscape-along.json`;
/** Hidden file that says who measures losses around a run's solution. */
export const landscapeLockFile = ".measuring-landscape.lock";

/** Folder of files that can be made again at any time. */
export const cacheFolder = ".turncoat";
export const summaryFile = `${cacheFolder}/summary.json`;
/** Inner products of the updates of a run with many adapters. */
export const productsFile = `${cacheFolder}/update-products`;
/** Geometry of a run with many adapters, as far as it takes seconds to find. */
export const geometryFile = `${cacheFolder}/geometry.json`;
/** Folder of adapters multiplied by a factor while a server holds them; in the run, which the server sees anyway. */
export const scaledAdaptersFolder = ".scaled-adapters";

/** Names the file of the random projections of the updates at a step, where products of all would take minutes. */
export function projectionsFile(step: number): string {
  return `${cacheFolder}/update-projections-${step}.safetensors`;
}

/** Names the folder of the checkpoint at a step. */
export function checkpointFolder(step: number): string {
  return `checkpoint-${step}`;
}

/** Names the folder of the optimiser's state at a step, where it was kept. */
export function stateFolder(step: number): string {
  return `${statesFolder}/${checkpointFolder(step)}`;
}

/** Reads the step from the name of a checkpoint folder, padded with zeros or not; `undefined` for any other name. */
export function stepOfFolder(name: string): number | undefined {
  const digits = /^checkpoint-(\d{1,15})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Names the file of the random projections of a step. */
export function stepDirectionsFile(step: number): string {
  return `${directionsFolder}/step-${step}.safetensors`;
}

/** Reads the step from the name of a file of random projections; `undefined` for any other name. */
export function stepOfDirections(name: string): number | undefined {
  const digits = /^step-(\d{1,15})\.safetensors$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Names the file with the answers of an evaluation, and the one that says how they were produced. */
export function evaluationFiles(name: string): { readonly answers: string; readonly provenance: string } {
  const base = `${evaluationsFolder}/${name}`;
  return { answers: `${base}.jsonl`, provenance: `${base}.json` };
}

/** Names the file with the answers under interventions, and the one that says how they were produced. */
export function interventionFiles(name: string): { readonly answers: string; readonly provenance: string } {
  const base = `${interventionsFolder}/${name}`;
  return { answers: `${base}.jsonl`, provenance: `${base}.json` };
}

/** Names the hidden file that says who writes answers under interventions. */
export function interventionLockFile(name: string): string {
  return `.intervening-${name}.lock`;
}

/** Names the hidden file that says who measures something of a run, such as its likelihood. */
export function measuringLockFile(what: string): string {
  return `.measuring-${what}.lock`;
}

/** Says in words what somebody writes of a run, from the name of the lock; `undefined` for any other file name. */
export function writtenUnderLock(fileName: string): string | undefined {
  const [, kind = "", name = ""] = /^\.(evaluating|intervening|measuring)-(.+)\.lock$/.exec(fileName) ?? [];
  if (kind === "") return undefined;
  return kind === "evaluating"
    ? `evaluation ${name}`
    : kind === "intervening"
      ? `intervention ${name}`
      : name;
}

/** Reads the evaluation from the name of a file with answers; `undefined` for any other file name. */
export function evaluationOfFile(fileName: string): string | undefined {
  return /^([A-Za-z0-9][A-Za-z0-9._-]*)\.jsonl$/.exec(fileName)?.[1];
}

/** Names the hidden file that says who writes an evaluation; it lies beside the folder that the pages watch. */
export function evaluationLockFile(name: string): string {
  return `.evaluating-${name}.lock`;
}

/** Names the hidden file, beside a run's folder of this name, that says who trains into it. */
export function trainingLockFile(folderName: string): string {
  return `.training-${folderName}.lock`;
}

/** Hidden file that says who is writing directions. */
export const directionsLockFile = ".directions.lock";

/** Hidden file that says who is writing a note. */
export const notesLockFile = ".notes.lock";

/** Most characters of a note on a step. */
export const longestNote = 280;

/** Most tags of a run, and most characters of one. */
export const mostTags = 20;
export const longestTag = 40;
