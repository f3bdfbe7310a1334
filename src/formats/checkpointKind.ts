import { existsSync } from "node:fs";
import { join } from "node:path";
import { changedTensorsFile } from "./changedTensors.js";
import { modelIndexFile, modelWeightsFile } from "./modelWeights.js";
import { adapterWeightsFile } from "./peft.js";

/** Content of a checkpoint: an adapter, or the weights of the model themselves. */
export type CheckpointKind = "adapter" | "weights";

/**
 * Tells by the names in a folder what it holds; `null` for neither. An adapter counts first, as in PEFT's own folders.
 */
export function checkpointKind(folder: string): CheckpointKind | null {
  const holds = (name: string): boolean => existsSync(join(folder, name));
  if (holds(adapterWeightsFile)) return "adapter";
  return [modelWeightsFile, modelIndexFile, changedTensorsFile].some(holds) ? "weights" : null;
}
