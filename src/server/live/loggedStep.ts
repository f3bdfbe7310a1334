import { fstatSync, readSync } from "node:fs";
import { join } from "node:path";
import { trainerLogFile, trainerStateFile } from "../../runs/layout.js";
import { withOpenFile } from "../../tensor/openFile.js";

/** Bytes that hold a few rows of the log, or what stands before it. */
const fewBytes = 4096;

/**
 * Reads the last step that a run has logged, from the last appended rows and from the beginning of
 * `trainer_state.json`: of a long run that is large. Null where there is no log yet, or it cannot be read.
 */
export function loggedStep(directory: string): number | null {
  // First the appended rows: see `readRunLog`.
  const steps = [appendedStep(join(directory, trainerLogFile)), wholeStep(join(directory, trainerStateFile))];
  const known = steps.filter((step) => step !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** The step of the last whole row that was appended. */
function appendedStep(path: string): number | null {
  try {
    const text = part(path, (size) => Math.max(0, size - fewBytes));
    const rows = text.slice(0, text.lastIndexOf("\n") + 1);
    const last = [...rows.matchAll(/"step":(\d+)/g)].at(-1)?.[1];
    return last === undefined ? null : Number(last);
  } catch {
    return null;
  }
}

/** The last step that `trainer_state.json` holds. */
function wholeStep(path: string): number | null {
  try {
    const step = /"global_step":\s*(\d+)/.exec(part(path, () => 0))?.[1];
    return step === undefined ? null : Number(step);
  } catch {
    return null;
  }
}

/** Reads a few bytes of a file from a position that may depend on its size. */
function part(path: string, from: (size: number) => number): string {
  return withOpenFile(path, (descriptor) => {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(fewBytes, size));
    return bytes.toString("utf8", 0, readSync(descriptor, bytes, 0, bytes.length, from(size)));
  });
}
