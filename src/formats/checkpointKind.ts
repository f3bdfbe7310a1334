import { existsSync } from "node:fs";
import { join } from "node:path";
import { changedTensorsFile } from "./changedTensors.js";
import { modelIndexFile, modelWeightsFile } from "./modelWeights.js";
import { adapterWeightsFile } from "./peft.js";

/** What a checkpoint holds: an adapter, or the weights of the model themselves. */
export type CheckpointKind = "adapter" | "weights";

/** What a folder holds, by the names in it; `null` for neither. An adapter counts first, as in PEFT's own folders. */
export function checkpointKind(folder: string): CheckpointKind | null {
  const holds = (name: string): boolean => existsSync(join(folder, name));
  if (holds(adapterWeightsFile)) return "adapter";
  return [modelWeightsFile, modelIndexFile, changedTensorsFile].some(holds) ? "weights" : null;
}
