import { join } from "node:path";
import { z } from "zod";
import { TurncoatError } from "../errors.js";
import { readJson } from "../formats/json.js";
import { readSafetensors, safetensorsPieces, type WrittenFloats } from "../formats/safetensors.js";
import { readableFolder, type FileContent } from "../runs/atomicFiles.js";
import { checkpointFolder, resumeFolder } from "../runs/layout.js";
import type { ParameterValues } from "./trainables/trainable.js";

/**
 * State of a training that can be continued. Data order and adapter draws follow from seed and step, so this is all of
 * it.
 */
export interface ResumeState {
  readonly step: number;
  /** Folder of that step's checkpoint, which holds the trained values. */
  readonly checkpoint: string;
  /** Values that the optimiser keeps, by slot name. */
  readonly slots: ParameterValues;
}

const stateFile = "state.json";
const optimizerFile = "optimizer.safetensors";
const schema = z.object({ formatVersion: z.literal(1), step: z.int().nonnegative() });

/**
 * Writes the files of the `resume/` folder after a step; the trained values themselves are in that step's checkpoint.
 */
export function encodeResumeState(step: number, slots: WrittenFloats): Map<string, FileContent> {
  const state = `${JSON.stringify({ formatVersion: 1, step })}\n`;
  return new Map<string, FileContent>([
    [stateFile, state],
    [optimizerFile, safetensorsPieces(slots)],
  ]);
}

/**
 * Reads the state of a run that is to be continued.
 * @throws TurncoatError where the run cannot be continued
 */
export function readResumeState(runDirectory: string): ResumeState {
  const folder = readableFolder(join(runDirectory, resumeFolder));
  if (folder === null) {
    throw new TurncoatError(
      `${runDirectory}: expected a ${resumeFolder}/ folder to continue from, found none`,
    );
  }
  const { step } = readJson(join(folder, stateFile), schema);
  const { tensors } = readSafetensors(join(folder, optimizerFile));
  const slots = Object.fromEntries([...tensors].map(([name, { data }]) => [name, data]));
  return { step, checkpoint: join(runDirectory, checkpointFolder(step)), slots };
}
