import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { TurncoatError } from "../errors.js";
import { readJson } from "../formats/json.js";
import { readAdapter } from "../formats/peft.js";
import { encodeSafetensors, readSafetensors } from "../formats/safetensors.js";
import { textModulePath } from "../model/parameters.js";
import { checkpointFolder, resumeFolder } from "../runs/layout.js";

/** Where a training stands. Data order and adapter draws follow from seed and step, so this is all of it. */
export interface ResumeState {
  readonly step: number;
  /** Adapter matrices by parameter name. */
  readonly values: Readonly<Record<string, Float32Array>>;
  /** What the optimiser keeps, by slot name. */
  readonly slots: Readonly<Record<string, Float32Array>>;
}

const stateFile = "state.json";
const optimizerFile = "optimizer.safetensors";
const schema = z.object({ formatVersion: z.literal(1), step: z.int().nonnegative() });

/** The files of the `resume/` folder after a step; the adapter itself is in that step's checkpoint. */
export function encodeResumeState(
  step: number,
  slots: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>,
): Map<string, Uint8Array> {
  const state = `${JSON.stringify({ formatVersion: 1, step })}\n`;
  return new Map([
    [stateFile, new TextEncoder().encode(state)],
    [optimizerFile, encodeSafetensors(slots)],
  ]);
}

/**
 * Reads where a run stands.
 * @throws TurncoatError where the run cannot be continued
 */
export function readResumeState(runDirectory: string): ResumeState {
  const folder = join(runDirectory, resumeFolder);
  if (!existsSync(folder)) {
    throw new TurncoatError(
      `${runDirectory}: expected a ${resumeFolder}/ folder to continue from, found none`,
    );
  }
  const { step } = readJson(join(folder, stateFile), schema);
  const values: Record<string, Float32Array> = {};
  for (const { modulePath, loraA, loraB } of readAdapter(join(runDirectory, checkpointFolder(step)))
    .modules) {
    const trained = textModulePath(modulePath);
    values[`${trained}.lora_A`] = loraA;
    values[`${trained}.lora_B`] = loraB;
  }
  const { tensors } = readSafetensors(join(folder, optimizerFile));
  const slots = Object.fromEntries([...tensors].map(([name, { data }]) => [name, data]));
  return { step, values, slots };
}
