import { join } from "node:path";
import { adapterWeightsFile } from "../formats/peft.js";
import { readSafetensorsHeader } from "../formats/safetensorsHeader.js";

/** Most adapters that are analysed one by one; of more, the update of the whole model is. */
export const mostSeparateAdapters = 12;

/** Tells from the header of a checkpoint whether its run has so many adapters that its whole update is analysed. */
export function holdsManyAdapters(checkpoint: string): boolean {
  try {
    const { tensors } = readSafetensorsHeader(join(checkpoint, adapterWeightsFile));
    return [...tensors.keys()].filter((name) => name.includes("lora_A")).length > mostSeparateAdapters;
  } catch {
    // Why a checkpoint cannot be read, whoever reads all of it says.
    return false;
  }
}
