import { fstatSync, readSync } from "node:fs";
import { readTrainerState } from "../../formats/trainerState.js";
import { withOpenFile } from "../../tensor/openFile.js";

/**
 * Reads the last step of a `trainer_state.json` from its first few thousand characters: the file is written whole at
 * every step, and of a long run it is large. Null where there is none yet, or it cannot be read.
 */
export function loggedStep(path: string): number | null {
  try {
    const step = /"global_step":\s*(\d+)/.exec(beginning(path))?.[1];
    return step === undefined ? readTrainerState(path).globalStep : Number(step);
  } catch {
    return null;
  }
}

function beginning(path: string): string {
  return withOpenFile(path, (descriptor) => {
    const bytes = Buffer.alloc(Math.min(4096, fstatSync(descriptor).size));
    return bytes.toString("utf8", 0, readSync(descriptor, bytes, 0, bytes.length, 0));
  });
}
