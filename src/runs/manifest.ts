import { z } from "zod";
import { TurncoatError } from "../errors.js";
import type { JsonObject } from "../formats/json.js";
import { parseJsonText, readText, validate } from "../formats/json.js";

/** What became of a run. A run that says `running` and has no living process was killed. */
export type RunStatus = "running" | "finished" | "interrupted";

/** `run.json`: everything that says how a run was made, beside what the Hugging Face layout already holds. */
export interface RunManifest {
  formatVersion: 1;
  runId: string;
  /** What was trained: adapters, or the weights themselves. */
  kind: "lora" | "full";
  status: RunStatus;
  /** ISO 8601, in UTC. */
  createdAt: string;
  /** The training configuration as resolved; its meaning belongs to the training layer. */
  config: JsonObject;
  seed: number;
  dataset: {
    name: string;
    /** `null` for a data set that ships with Turncoat or is made from the seed. */
    path: string | null;
    sha256: string;
    rows: number;
  };
  baseModel: {
    path: string;
    sha256: string;
  };
  engine: {
    name: string;
    /** For example `cpu`; `null` where the engine has no such thing. */
    executionProvider: string | null;
    threads: number;
  };
  /** Version by program: `turncoat`, `node` and the libraries that the numbers depend on. */
  versions: Record<string, string>;
}

const currentVersion = 1;
const versionSchema = z.looseObject({ formatVersion: z.int() });
const manifestSchema = z.object({
  formatVersion: z.literal(currentVersion),
  runId: z.string().min(1),
  kind: z.enum(["lora", "full"]),
  status: z.enum(["running", "finished", "interrupted"]),
  createdAt: z.string(),
  config: z.record(z.string(), z.json()),
  seed: z.number(),
  dataset: z.object({
    name: z.string(),
    path: z.string().nullable(),
    sha256: z.string(),
    rows: z.int().nonnegative(),
  }),
  baseModel: z.object({ path: z.string(), sha256: z.string() }),
  engine: z.object({ name: z.string(), executionProvider: z.string().nullable(), threads: z.number() }),
  versions: z.record(z.string(), z.string()),
});

/**
 * Reads `run.json`.
 *
 * @throws TurncoatError naming the file and the field, or the version of a later format
 */
export function readManifest(path: string): RunManifest {
  return parseManifest(readText(path), path);
}

/** As `readManifest`, for text already in memory; `source` names the file in errors. */
export function parseManifest(text: string, source: string): RunManifest {
  const value = parseJsonText(text, source);
  const { formatVersion } = validate(value, versionSchema, source);
  if (formatVersion > currentVersion) {
    throw new TurncoatError(`${source}: expected formatVersion ${currentVersion}, found ${formatVersion}`, {
      hint: "The run was written by a later Turncoat; update this one.",
    });
  }
  return validate(value, manifestSchema, source);
}

/** The text of `run.json`. */
export function encodeManifest(manifest: RunManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
