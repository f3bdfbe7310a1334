import { z } from "zod";
import { TurncoatError } from "../errors.js";
import { parseJsonText, readText, validate } from "../formats/json.js";

const currentVersion = 1;
const versionSchema = z.looseObject({ formatVersion: z.int() });

/** What a training ran on: another of any of it may round sums otherwise. */
const originSchema = z.object({
  /** State of the checkout that the program ran from; absent where it was installed as a package. */
  code: z
    .object({
      /** Full hash of the Git commit. */
      commit: z.string(),
      /** True where tracked files differed from the commit. */
      dirty: z.boolean(),
    })
    .optional(),
  engine: z.object({
    name: z.string(),
    /** For example `cpu`; `null` where the engine has no such thing. */
    executionProvider: z.string().nullable(),
    threads: z.number(),
  }),
  /** Absent in runs of earlier versions. */
  machine: z.object({ platform: z.string(), architecture: z.string(), processor: z.string() }).optional(),
  /** Version by program: `turncoat`, `node` and the libraries that the numbers depend on. */
  versions: z.record(z.string(), z.string()),
});

/** Record of what a training ran on, as `run.json` holds it. */
export type TrainingOrigin = Readonly<z.infer<typeof originSchema>>;

const manifestSchema = z.object({
  formatVersion: z.literal(currentVersion),
  runId: z.string().min(1),
  /** Kind of training: of adapters, of the weights themselves, or of vectors of the residual stream. */
  kind: z.enum(["lora", "full", "vector"]),
  /** State of the training. A run that says `running` and has no living process was killed. */
  status: z.enum(["running", "finished", "interrupted"]),
  /** Step at which a rule ended the training before its last step, and the rule in words. */
  endedEarly: z.object({ step: z.int(), reason: z.string() }).optional(),
  /** Where the training went on from a state of another run; absent where it began at the beginning. */
  branch: z.object({ run: z.string(), path: z.string(), step: z.int() }).optional(),
  /** Runs, this one among them, that went through the model together as replicas; absent where it was alone. */
  trainedTogether: z.array(z.string()).optional(),
  /** Name of the folder beside this one that holds the run's control; absent where none was trained with it. */
  control: z.string().min(1).optional(),
  /** ISO 8601, in UTC. */
  createdAt: z.string(),
  /** The training configuration as resolved; its meaning belongs to the training layer. */
  config: z.record(z.string(), z.json()),
  seed: z.number(),
  dataset: z.object({
    name: z.string(),
    /** `null` for a data set that ships with Turncoat or is made from the seed. */
    path: z.string().nullable(),
    sha256: z.string(),
    rows: z.int().nonnegative(),
    /** Number of rows cut to the longest length; absent where it is 0, and in runs that did not count. */
    cut: z.int().positive().optional(),
    /** Number of rows left out, since none of their answer could be trained on; absent like `cut`. */
    leftOut: z.int().positive().optional(),
  }),
  baseModel: z.object({
    path: z.string(),
    /** Of the weights. */
    sha256: z.string(),
    /** Of a list of the configuration and tokenizer files; absent in runs of earlier versions. */
    settingsSha256: z.string().optional(),
  }),
  /** Chat template that was chosen in place of the base model's own; absent where its own wrote the chats. */
  chatTemplate: z.object({ name: z.string(), text: z.string() }).optional(),
  ...originSchema.shape,
  /** Steps after which the training was resumed on something else than before, and what that was. */
  resumedOn: z.array(originSchema.extend({ step: z.int().nonnegative() })).optional(),
});

/** Record of how a run was made, as `run.json` holds it; what the Hugging Face layout says already is not repeated. */
export type RunManifest = Readonly<z.infer<typeof manifestSchema>>;

/** Picks out of a record what the training ran on. */
export function trainingOrigin(record: TrainingOrigin): TrainingOrigin {
  return originSchema.parse(record);
}

/**
 * Reads the `run.json` at a path.
 *
 * @throws TurncoatError naming the file and the field, or the version of a later format
 */
export function readManifest(path: string): RunManifest {
  return parseManifest(readText(path), path);
}

/**
 * Parses the text of a `run.json`.
 *
 * @param source names the file in errors
 * @throws TurncoatError naming the field, or the version of a later format
 */
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

/** Encodes a manifest as the text of `run.json`. */
export function encodeManifest(manifest: RunManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
