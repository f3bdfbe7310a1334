import { checkpointKind, trainedFile } from "../formats/checkpointKind.js";
import { readSafetensorsHeader } from "../formats/safetensorsHeader.js";

/** Most adapters that are analysed one by one; of more, the update of the whole model is. */
export const mostSeparateAdapters = 12;

/** Tells from the header of a checkpoint whether its run has so many adapters that its whole update is analysed. */
export function holdsManyAdapters(checkpoint: string): boolean {
  return adaptedModules(checkpoint).length > mostSeparateAdapters;
}

/**
 * Names the modules that a checkpoint adapts, or its trained vectors, sorted, from its header; none where the weights were trained, or it cannot
 * be read.
 */
export function adaptedModules(checkpoint: string): string[] {
  try {
    const { tensors } = readSafetensorsHeader(trainedFile(checkpoint));
    const isVectors = checkpointKind(checkpoint) === "vectors";
    return [...tensors.keys()].filter((name) => isVectors || name.includes("lora_A")).sort();
  } catch {
    // Why a checkpoint cannot be read, whoever reads all of it says.
    return [];
  }
}
