/** The names in a run directory: those of the Hugging Face Trainer, and ours beside them. */
export const manifestFile = "run.json";
export const trainerStateFile = "trainer_state.json";
export const resumeFolder = "resume";
export const evaluationsFolder = "evaluations";

/** The folder of the checkpoint at a step. */
export function checkpointFolder(step: number): string {
  return `checkpoint-${step}`;
}

/** The step of a checkpoint folder, or `undefined` for any other name. */
export function stepOfFolder(name: string): number | undefined {
  const digits = /^checkpoint-(0|[1-9]\d{0,14})$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Characters of a note on a step. */
export const longestNote = 280;
