import { existsSync } from "node:fs";
import { join } from "node:path";
import { TurncoatError, withHint } from "../../errors.js";
import { continuationOf, trainAnew } from "../../runs/continuation.js";
import { manifestFile, resumeFolder } from "../../runs/layout.js";
import { readManifest, type RunManifest } from "../../runs/manifest.js";
import { readResumeState, type ResumeState } from "../../train/resumeState.js";

/** Point from which a run is continued. */
export interface ResumePoint {
  readonly manifest: RunManifest;
  /** State after a step; null where none was made before its writer died, so that the run begins again. */
  readonly state: ResumeState | null;
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
    if (continuation === "beginning") return { manifest, state: null };
    if (continuation === "state") return { manifest, state: readResumeState(directory) };
    throw new TurncoatError(
      `${directory}: expected a ${resumeFolder}/ folder to continue from, found none beside what was trained`,
    );
  });
}
