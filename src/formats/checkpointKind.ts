import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { changedTensorsFile } from "./changedTensors.js";
import { modelIndexFile, modelWeightsFile } from "./modelWeights.js";
import { trainedVectorsFile } from "./trainedVectors.js";
import { adapterWeightsFile } from "./peft.js";

/** Content of a checkpoint: an adapter, vectors of the residual stream, or the weights of the model themselves. */
export type CheckpointKind = "adapter" | "vectors" | "weights";

/**
 * Tells by the names in a folder what it holds; `null` for none of them. An adapter counts first, as in PEFT's own folders.
 */
export function checkpointKind(folder: string): CheckpointKind | null {
  const holds = (name: string): boolean => existsSync(join(folder, name));
  if (holds(adapterWeightsFile)) return "adapter";
  if (holds(trainedVectorsFile)) return "vectors";
  return [modelWeightsFile, modelIndexFile, changedTensorsFile].some(holds) ? "weights" : null;
}

/** Finds the file with what was trained in the folder of a checkpoint that holds an adapter or vectors. */
export function trainedFile(folder: string): string {
  return join(folder, checkpointKind(folder) === "vectors" ? trainedVectorsFile : adapterWeightsFile);
}

/**
 * Finds the folder of a checkpoint that holds its adapter or weights: the checkpoint itself, or the only folder inside it
 * that does, as PEFT writes an adapter with a name of its own and some trainers write `adapter/`.
 * @returns every folder that holds one, the checkpoint alone where it does itself; none for what is no folder
 */
export function foldersWithWeights(checkpoint: string): string[] {
  if (checkpointKind(checkpoint) !== null) return [checkpoint];
  if (statSync(checkpoint, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(checkpoint, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(checkpoint, name))
    .filter((folder) => checkpointKind(folder) !== null)
    .sort();
}
