import { existsSync } from "node:fs";
import { join } from "node:path";
import { readText } from "../formats/json.js";
import { adapterConfigFile, adapterWeightsFile } from "../formats/peft.js";
import { encodeSafetensors, readSafetensors, readSafetensorsHeader } from "../formats/safetensors.js";
import { removeFolderWhole, writeFolderWhole } from "./atomicFiles.js";
import { checkpointFolder, stepDirectionsFile } from "./layout.js";

/**
 * Leaves of the adapter of a step what a form of keeping says, as if it had never been more: numbers rounded to
 * bfloat16, or nothing but the random projections, where they are there. A step that is as it should be stays so.
 */
export function thinCheckpoint(directory: string, step: number, form: "bf16" | "directions"): void {
  const folder = join(directory, checkpointFolder(step));
  if (!existsSync(folder)) return;
  if (form === "bf16") roundCheckpoint(folder);
  else if (existsSync(join(directory, stepDirectionsFile(step)))) removeFolderWhole(folder);
}

function roundCheckpoint(folder: string): void {
  const path = join(folder, adapterWeightsFile);
  if (isRounded(folder)) return;
  const { tensors, metadata } = readSafetensors(path);
  writeFolderWhole(folder, [
    [adapterConfigFile, readText(join(folder, adapterConfigFile))],
    [adapterWeightsFile, encodeSafetensors(tensors, metadata, "BF16")],
  ]);
}

/** Tells whether the adapter in a folder was rounded to bfloat16. */
export function isRounded(folder: string): boolean {
  const { tensors } = readSafetensorsHeader(join(folder, adapterWeightsFile));
  return [...tensors.values()].every(({ dtype }) => dtype === "BF16");
}
