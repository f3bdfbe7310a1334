import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { euclideanNorm } from "../../analysis/linalg/innerProduct.js";
import { TurncoatError } from "../../errors.js";
import { sha256OfFile } from "../../formats/fileHash.js";
import { encodeSafetensors } from "../../formats/safetensors.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { writing } from "../../tensor/systemFaults.js";
import { isLora, methodOf, methodWords } from "../../train/trainConfig.js";
import { directionSet, type DirectionSet } from "../directions/directionSets.js";
import { datasetDomain } from "../evaluation/organismQuestions.js";
import { usualPersonas } from "../measurement/personaDirection.js";
import { usualPersonasOf } from "../measurement/usualPersonas.js";
import type { BranchParent, TrainingChange } from "./branchParent.js";

/** Adds a direction of the run to the residual stream while it is trained, after the direction's own layer. */
export async function steeredChange(
  parent: BranchParent,
  direction: string,
  strength: number,
): Promise<TrainingChange> {
  const set = await directionOf(parent, direction);
  const steering = { ...vectorsFile(parent, set), layer: set.layer, strength };
  return { config: { ...parent.config, steering } };
}

/** Takes a direction of the run out of the gradient of B in the modules that write into the residual stream. */
export async function projectedChange(parent: BranchParent, direction: string): Promise<TrainingChange> {
  const { config } = parent;
  if (!isLora(config)) {
    throw new TurncoatError(
      `${parent.directory}: --with project: expected a run of adapters, found ${methodWords[methodOf(config)]}`,
    );
  }
  const set = await directionOf(parent, direction);
  return { config: { ...config, projectedOut: vectorsFile(parent, set) } };
}

/** A direction of the run; the difference of the usual personas is found in its first checkpoint where it is not there. */
async function directionOf({ run, model, dataset }: BranchParent, name: string): Promise<DirectionSet> {
  if (name !== usualPersonas) return directionSet(run, model.config.hiddenSize, { direction: name });
  return usualPersonasOf(run, model, datasetDomain(dataset.name) !== null);
}

/** Writes the vectors of a direction, each as long as its unit, so that strength 1 is once the direction. */
function vectorsFile(
  { folder }: BranchParent,
  { name, step, layers }: DirectionSet,
): { readonly file: string; readonly sha256: string } {
  const file = join(folder, "directions", `${name}-${step}.safetensors`);
  const tensors = new Map(
    layers.map(({ layer, vector, unit }) => {
      const scale = unit / euclideanNorm(vector);
      const data = Float32Array.from(vector, (value) => value * scale);
      return [`layer.${layer}`, { shape: [data.length], data }] as const;
    }),
  );
  writing(file, () => mkdirSync(join(folder, "directions"), { recursive: true }));
  writeFileWhole(file, encodeSafetensors(tensors, {}));
  return { file, sha256: sha256OfFile(file) };
}
