import { existsSync } from "node:fs";
import { join } from "node:path";
import { TurncoatError, withHint } from "../../errors.js";
import { continuationOf, trainAnew } from "../../runs/continuation.js";
import { manifestFile, resumeFolder } from "../../runs/layout.js";
import { readManifest, type RunManifest } from "../../runs/manifest.js";
import { readResumeStates, type TrainingState } from "../../train/trainingState.js";

/** Point from which a run is continued. */
export interface ResumePoint {
  readonly manifest: RunManifest;
  /**
   * States that it can go on from, the latest first: two where it was trained together with others, which may be a step
   * behind. None where its writer died before the first, so that the run begins again.
   */
  readonly states: readonly TrainingState[];
}

/**
 * Finds the point from which a run is continued.
 * @throws TurncoatError where there is no run, or it cannot be continued; the hint says what to do instead
 */
export function resumePoint(directory: string): ResumePoint {
  const path = join(directory, manifestFile);
  if (!existsSync(path)) {
    throw new TurncoatError(`${directory}: expected a run to continue, found no ${manifestFile}`, {
      hint: "Train it without --resume.",
    });
  }
  return withHint(trainAnew(directory), () => {
    const manifest = readManifest(path);
    const continuation = continuationOf(directory);
    if (continuation === "beginning") return { manifest, states: [] };
    if (continuation === "state") return { manifest, states: readResumeStates(directory) };
    throw new TurncoatError(
      `${directory}: expected a ${resumeFolder}/ folder to continue from, found none beside what was trained`,
    );
  });
}
