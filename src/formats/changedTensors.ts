import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readJson } from "./json.js";

/**
 * Names of the two files of a checkpoint that holds only the tensors that differ from a model folder's: the tensors,
 * and the record of that folder.
 */
export const changedTensorsFile = "changed_tensors.safetensors";
export const changedTensorsRecordFile = "changed_tensors.json";

/** Record of the model folder that changed tensors are put on top of. */
export interface ChangedTensorsRecord {
  readonly formatVersion: 1;
  readonly baseModel: {
    readonly path: string;
    /** SHA-256 of the folder's weights, by `sha256OfModelWeights`. */
    readonly sha256: string;
  };
}

const schema = z.object({
  formatVersion: z.literal(1),
  baseModel: z.object({ path: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
});

/** Tells whether a folder holds changed tensors alone. */
export function isChangedTensorsFolder(folder: string): boolean {
  return existsSync(join(folder, changedTensorsRecordFile));
}

/**
 * Reads `changed_tensors.json` in a checkpoint's folder.
 * @throws TurncoatError naming the file and the field
 */
export function readChangedTensorsRecord(folder: string): ChangedTensorsRecord {
  return readJson(join(folder, changedTensorsRecordFile), schema);
}

/** Writes the text of `changed_tensors.json`. */
export function encodeChangedTensorsRecord(record: ChangedTensorsRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}
