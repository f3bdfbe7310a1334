import { basename, join } from "node:path";
import { isTurncoatError } from "../../errors.js";
import { readAdapterConfig } from "../../formats/adapterConfig.js";
import { checkpointKind, trainedFile } from "../../formats/checkpointKind.js";
import { readTrainedVectors } from "../../formats/trainedVectors.js";
import { adapterConfigFile } from "../../formats/peft.js";
import type { JsonValue } from "../../formats/json.js";
import type { RunManifest } from "../../runs/manifest.js";

/** What a run trains of which model, in a few words. */
export interface ListedShape {
  /** LoRA rank; null where all weights or vectors are trained, or where it is not known. */
  readonly rank: number | null;
  /** Layers that are adapted, such as "12" or "0–23"; null for all of them, or where they are not known. */
  readonly layers: string | null;
  /** Name of the base model, without its place; null where it is not known. */
  readonly baseModel: string | null;
}

const unknownShape: ListedShape = { rank: null, layers: null, baseModel: null };

/** The shape that a run's manifest names. */
export function shapeOfManifest({ config, baseModel }: RunManifest): ListedShape {
  const { rank, layers } = config;
  return {
    rank: typeof rank === "number" ? rank : null,
    layers: Array.isArray(layers) ? layersWords(numbersIn(layers)) : null,
    baseModel: basename(baseModel.path),
  };
}

/** The shape that the adapter of a checkpoint names, for a run made elsewhere. */
export function shapeOfAdapter(checkpoint: string): ListedShape {
  try {
    if (checkpointKind(checkpoint) === "vectors") return shapeOfVectors(checkpoint);
    const { rank, layersToTransform, baseModel } = readAdapterConfig(join(checkpoint, adapterConfigFile));
    const layers = layersToTransform === null ? null : layersWords(layersToTransform);
    return { rank, layers, baseModel: baseModel === null ? null : basename(baseModel) };
  } catch (error) {
    // Its page tells what is wrong with the file, or that there is none.
    if (isTurncoatError(error)) return unknownShape;
    throw error;
  }
}

function shapeOfVectors(checkpoint: string): ListedShape {
  const { vectors, baseModel } = readTrainedVectors(trainedFile(checkpoint));
  const layers = layersWords(vectors.map(({ layer }) => layer));
  return { rank: null, layers, baseModel: baseModel === null ? null : basename(baseModel) };
}

function numbersIn(values: readonly JsonValue[]): number[] {
  return values.filter((each) => typeof each === "number");
}

/** Layers in words: those that follow each other as a stretch, the others one by one. */
function layersWords(layers: readonly number[]): string {
  const sorted = layers.toSorted((one, other) => one - other);
  const [first = 0, last = 0] = [sorted[0], sorted.at(-1)];
  const isStretch = sorted.length > 2 && last - first === sorted.length - 1;
  return isStretch ? `${first}–${last}` : sorted.join(", ");
}
