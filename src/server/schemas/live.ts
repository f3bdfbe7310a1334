import { z } from "zod";
import { list, named } from "./named.js";

/** A detector's report during training, as `transitions.jsonl` keeps it. */
const firedSchema = named(
  "FiredTransition",
  z.object({
    knownAt: z.number().describe("the last step known when the detector fired"),
    indicator: z.string(),
    words: z.string().describe("says in a few words what has happened"),
    step: z.number(),
    interval: z.tuple([z.number(), z.number()]).readonly(),
    adapter: z.string().optional(),
    method: z.string(),
  }),
);
export type ServedFired = z.infer<typeof firedSchema>;

/** State of a run that may be being written. */
export const liveStateSchema = named(
  "LiveState",
  z.object({
    status: z.string().describe("as in the list of runs"),
    why: z.string().nullable().describe("what is wrong; null where nothing is"),
    step: z.number().nullable().describe("last step with a checkpoint or a log entry; null before the first"),
    planned: z.number().nullable().describe("steps that it was to train"),
    checkpoints: z.number(),
    written: z.string().nullable().describe("when anything of it was last written, in UTC"),
    transitions: list(firedSchema).describe("what detectors reported during training"),
  }),
);
export type ServedLiveState = z.infer<typeof liveStateSchema>;

/** A new step: its checkpoint, its log entry or both are there. */
const liveStepSchema = named(
  "LiveStep",
  z.object({
    step: z.number(),
    planned: z.number().nullable(),
    checkpoint: z.number().nullable().describe("step of the last checkpoint"),
    logged: z.number().nullable().describe("last logged step"),
  }),
);

/** Answers that were judged since the last such event. */
const liveBehaviorSchema = named(
  "LiveBehavior",
  z.object({
    evaluation: z.string().describe("its name"),
    answers: z.number().describe("how many are new"),
    step: z.number().nullable().describe("checkpoint of the last of them"),
  }),
);

const liveStatusSchema = named("LiveStatus", z.object({ status: z.string(), why: z.string().nullable() }));

/** Call to read everything again: whatever was known before may be wrong. */
const liveResyncSchema = named(
  "LiveResync",
  z.object({
    reason: z
      .enum(["start", "missed", "replaced"])
      .describe(
        "a new reader, one that was away or behind for too long, or files that do not go on as before",
      ),
    what: z.string().nullable().describe("which file was replaced or truncated"),
    state: liveStateSchema,
  }),
);

/** The events of a run's stream, by name. */
export const liveEvents = {
  step: liveStepSchema,
  behavior: liveBehaviorSchema,
  transition: firedSchema,
  status: liveStatusSchema,
  resync: liveResyncSchema,
} as const;

/** One event of a run's stream. */
export type LiveEvent = {
  [K in keyof typeof liveEvents]: { readonly event: K; readonly data: z.infer<(typeof liveEvents)[K]> };
}[keyof typeof liveEvents];
