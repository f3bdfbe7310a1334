import { z } from "zod";
import { TurncoatError } from "../errors.js";
import { parseJson } from "./json.js";
import { encodeSafetensors, readSafetensors } from "./safetensors.js";
import { shownName } from "./safetensorsHeader.js";

/** Name of the file of a checkpoint whose run trained vectors. */
export const trainedVectorsFile = "trained_vectors.safetensors";

/**
 * Trained vectors of the residual stream: after each layer named, α · v is added at every position
 * (`docs/directions-format.md`).
 */
export interface TrainedVectors {
  readonly alpha: number;
  /** Name or folder of the base model; null where the file does not say. */
  readonly baseModel: string | null;
  /** In the order of the layers; each v is [hiddenSize], without α. */
  readonly vectors: readonly { readonly layer: number; readonly vector: Float32Array }[];
}

/** Metadata of the file, which safetensors keeps as texts. */
const metadataSchema = z.object({
  formatVersion: z.literal("1"),
  alpha: z
    .string()
    .refine((text) => text.trim() !== "" && Number(text) > 0 && Number(text) < Infinity, {
      message: "expected a number above 0",
    })
    .transform(Number),
  baseModel: z.string().optional(),
});

/** Writes the file of one step as `docs/directions-format.md` describes it; equal content gives equal bytes. */
export function encodeTrainedVectors({ alpha, baseModel, vectors }: TrainedVectors): Uint8Array {
  const tensors = vectors.map(
    ({ layer, vector }) => [`layer.${layer}`, { shape: [vector.length], data: vector }] as const,
  );
  return encodeSafetensors(new Map(tensors), {
    format: "pt",
    formatVersion: "1",
    alpha: String(alpha),
    ...(baseModel === null ? {} : { baseModel }),
  });
}

/**
 * Reads the file of one step, written by Turncoat or by a trainer of its own.
 * @throws TurncoatError naming the file, and the tensor or the field that is missing or of another kind
 */
export function readTrainedVectors(path: string): TrainedVectors {
  const { metadata, tensors } = readSafetensors(path);
  const fields = parseJson(JSON.stringify(metadata), metadataSchema, `${path}: __metadata__`);
  const vectors = [...tensors].map(([name, { shape, data }]) => {
    const digits = /^layer\.(\d{1,6})$/.exec(name)?.[1];
    if (digits === undefined || shape.length !== 1) {
      throw new TurncoatError(
        `${path}: tensor ${shownName(name)}: expected a vector named layer.N, found shape [${shape.join(", ")}]`,
      );
    }
    return { layer: Number(digits), vector: data };
  });
  if (vectors.length === 0) throw new TurncoatError(`${path}: expected at least one vector, found none`);
  vectors.sort((one, other) => one.layer - other.layer);
  return { alpha: fields.alpha, baseModel: fields.baseModel ?? null, vectors };
}
