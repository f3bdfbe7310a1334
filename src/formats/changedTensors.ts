import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readJson } from "./json.js";

/**
 * The names of a checkpoint that holds only the tensors that differ from those of a model folder: the tensors, and
 * which folder that is.
 */
export const changedTensorsFile = "changed_tensors.safetensors";
export const changedTensorsRecordFile = "changed_tensors.json";

/** What the tensors of such a checkpoint are put on top of. */
export interface ChangedTensorsRecord {
  readonly formatVersion: 1;
  readonly baseModel: {
    readonly path: string;
    /** As `sha256OfModelWeights` gives it. */
    readonly sha256: string;
  };
}

const schema = z.object({
  formatVersion: z.literal(1),
  baseModel: z.object({ path: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
});

/** Whether a folder holds changed tensors alone. */
export function isChangedTensorsFolder(folder: string): boolean {
  return existsSync(join(folder, changedTensorsRecordFile));
}

/** @throws TurncoatError naming the file and the field */
export function readChangedTensorsRecord(folder: string): ChangedTensorsRecord {
  return readJson(join(folder, changedTensorsRecordFile), schema);
}

/** The text of `changed_tensors.json`. */
export function encodeChangedTensorsRecord(record: ChangedTensorsRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}
