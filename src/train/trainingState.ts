import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { TurncoatError } from "../errors.js";
import { readJson } from "../formats/json.js";
import { readSafetensors, safetensorsPieces, type WrittenFloats } from "../formats/safetensors.js";
import { readableFolder, type FileContent } from "../runs/atomicFiles.js";
import { checkpointFolder, resumeBeforeFolder, resumeFolder, stateFolder } from "../runs/layout.js";
import type { ParameterValues } from "./trainables/trainable.js";

/**
 * State of a training that can be continued. Data order, adapter draws and dropout follow from seed and step, so this is
 * all of it.
 */
export interface TrainingState {
  readonly step: number;
  /** Folder of that step's checkpoint, which holds the trained values; null where none was kept. */
  readonly checkpoint: string | null;
  /** Trained values by name; null where the checkpoint holds them. */
  readonly values: ParameterValues | null;
  /** Values that the optimiser keeps, by slot name. */
  readonly slots: ParameterValues;
  /** Number of steps in a row, up to this one, whose loss was below that of the rule to end early. */
  readonly lowLosses: number;
  /** Step after which the optimiser made its first update: where a training went on with another optimiser, that one. */
  readonly optimizerSince: number;
}

/** Content of a state's files. */
export interface WrittenState {
  readonly step: number;
  readonly lowLosses: number;
  readonly optimizerSince: number;
  readonly slots: WrittenFloats;
  /** Trained values; null where that step's checkpoint holds them. */
  readonly values: WrittenFloats | null;
}

const stateFile = "state.json";
const optimizerFile = "optimizer.safetensors";
const valuesFile = "values.safetensors";
const schema = z.object({
  formatVersion: z.literal(1),
  step: z.int().nonnegative(),
  lowLosses: z.int().nonnegative().default(0),
  optimizerSince: z.int().nonnegative().default(0),
});

/** Writes the files of a state, for `resume/` or for the folder of a state that is kept. */
export function encodeTrainingState({
  step,
  lowLosses,
  optimizerSince,
  slots,
  values,
}: WrittenState): Map<string, FileContent> {
  const state = {
    formatVersion: 1,
    step,
    ...(lowLosses === 0 ? {} : { lowLosses }),
    ...(optimizerSince === 0 ? {} : { optimizerSince }),
  };
  return new Map<string, FileContent>([
    [stateFile, `${JSON.stringify(state)}\n`],
    [optimizerFile, safetensorsPieces(slots)],
    ...(values === null ? [] : [[valuesFile, safetensorsPieces(values)] as const]),
  ]);
}

/**
 * Reads the states from which an interrupted run can go on, the latest first; the one before is there where the run was
 * trained together with others.
 * @throws TurncoatError where the run cannot be continued
 */
export function readResumeStates(runDirectory: string): TrainingState[] {
  const folders = [resumeFolder, resumeBeforeFolder].flatMap(
    (name) => readableFolder(join(runDirectory, name)) ?? [],
  );
  if (folders.length > 0) return folders.map((folder) => readState(runDirectory, folder));
  throw new TurncoatError(`${runDirectory}: expected a ${resumeFolder}/ folder to continue from, found none`);
}

/**
 * Reads the state that was kept with a checkpoint, from which another training can go on.
 * @throws TurncoatError where none was kept at the step
 */
export function readKeptState(runDirectory: string, step: number): TrainingState {
  const folder = readableFolder(join(runDirectory, stateFolder(step)));
  if (folder !== null) return readState(runDirectory, folder);
  throw new TurncoatError(
    `${runDirectory}: expected the optimiser's state at step ${step} in ${stateFolder(step)}/, found none`,
    { hint: "Train the run with --keep-state, for example --keep-state every." },
  );
}

function readState(runDirectory: string, folder: string): TrainingState {
  const { step, lowLosses, optimizerSince } = readJson(join(folder, stateFile), schema);
  const valuesPath = join(folder, valuesFile);
  const values = existsSync(valuesPath) ? readFloats(valuesPath) : null;
  return {
    step,
    lowLosses,
    optimizerSince,
    checkpoint: values === null ? join(runDirectory, checkpointFolder(step)) : null,
    values,
    slots: readFloats(join(folder, optimizerFile)),
  };
}

function readFloats(path: string): ParameterValues {
  return Object.fromEntries([...readSafetensors(path).tensors].map(([name, { data }]) => [name, data]));
}
