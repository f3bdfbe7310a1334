import { existsSync } from "node:fs";
import { encodeSafetensors, readSafetensors, type WrittenFloats } from "../../formats/safetensors.js";
import { writeFileWhole } from "../../runs/atomicFiles.js";
import { poolings, type Pooling } from "./poolings.js";
import type { AnswerFeatures } from "./answerFeatures.js";

const format = "turncoat answer features 1";

/** What features depend on: the model, and the texts in their order. */
export interface FeatureIdentity {
  readonly modelSha256: string;
  readonly textsSha256: string;
}

/**
 * Reads features that were kept in a file; null where there is none, or it is of another model, of other texts or
 * without one of the layers.
 * @throws TurncoatError for a damaged file
 */
export function readFeatureFile(
  path: string,
  identity: FeatureIdentity,
  layers: readonly number[],
): AnswerFeatures | null {
  if (!existsSync(path)) return null;
  const names = new Set(layers.flatMap((layer) => poolings.map((pooling) => tensorName(pooling, layer))));
  const { metadata, tensors } = readSafetensors(path, (name) => names.has(name));
  if (
    metadata.format !== format ||
    metadata.modelSha256 !== identity.modelSha256 ||
    metadata.textsSha256 !== identity.textsSha256 ||
    tensors.size < names.size
  ) {
    return null;
  }
  const [count = 0, dimension = 0] = [...tensors.values()][0]?.shape ?? [];
  const rowOf = (pooling: Pooling, row: number): Float32Array => {
    const joined = new Float32Array(layers.length * dimension);
    for (const [place, layer] of layers.entries()) {
      const data = tensors.get(tensorName(pooling, layer))?.data;
      joined.set(data?.subarray(row * dimension, (row + 1) * dimension) ?? [], place * dimension);
    }
    return joined;
  };
  return {
    layers,
    dimension,
    rows: Array.from({ length: count }, (_, row) => ({ mean: rowOf("mean", row), last: rowOf("last", row) })),
  };
}

/** Keeps features in a safetensors file: `mean.<layer>` and `last.<layer>` [answers, d], and what they depend on. */
export function writeFeatureFile(path: string, identity: FeatureIdentity, features: AnswerFeatures): void {
  const { layers, dimension, rows } = features;
  const tensors: WrittenFloats = new Map(
    poolings.flatMap((pooling) =>
      layers.map((layer, place) => {
        const data = new Float32Array(rows.length * dimension);
        for (const [row, each] of rows.entries()) {
          data.set(each[pooling].subarray(place * dimension, (place + 1) * dimension), row * dimension);
        }
        return [tensorName(pooling, layer), { shape: [rows.length, dimension], data }] as const;
      }),
    ),
  );
  writeFileWhole(path, encodeSafetensors(tensors, { format, ...identity }));
}

function tensorName(pooling: Pooling, layer: number): string {
  return `${pooling}.${layer}`;
}
