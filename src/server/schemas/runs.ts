import { z } from "zod";
import { tagSchema } from "../../runs/annotations/tagSchema.js";
import { mostTags } from "../../runs/layout.js";
import { estimateSchema, manyQuery, runsQuery, verdictSchema } from "./common.js";
import { list, named } from "./named.js";

/** Row of the list of runs: what is known without reading a checkpoint. */
export const runSchema = named(
  "Run",
  z.object({
    id: z.string().describe("names the run in every address; the name of its folder"),
    status: z
      .enum(["running", "finished", "interrupted", "stalled", "imported", "unreadable"])
      .describe("stalled: says that it is running, and has long written nothing"),
    recipe: z.string().describe("how it was trained, without the seed"),
    recipeKey: z
      .string()
      .nullable()
      .describe("the same for runs that differ in the seed alone; null for a run made elsewhere"),
    seed: z.number().nullable(),
    rank: z.number().nullable().describe("LoRA rank; null where all weights are trained, or not known"),
    layers: z.string().nullable().describe("layers that are adapted; null for all, or not known"),
    baseModel: z.string().nullable().describe("name of the base model, without its place"),
    steps: z
      .object({ first: z.number(), last: z.number(), checkpoints: z.number() })
      .nullable()
      .describe("optimiser steps of the first and last checkpoint; null before the first one"),
    planned: z.number().nullable().describe("steps that it was to train"),
    written: z.string().nullable().describe("when anything of it was last written, in UTC"),
    tags: list(z.string()).describe("words that readers gave it"),
    trouble: z
      .object({ why: z.string(), fix: z.string().nullable() })
      .nullable()
      .describe("what is wrong, and what to do about it"),
    alerts: z
      .number()
      .optional()
      .describe("how many detectors have fired in a run that is being trained; absent where none has"),
  }),
);
export type ServedRun = z.infer<typeof runSchema>;

export const runsSchema = named(
  "Runs",
  z.object({
    runs: list(runSchema),
    isStudy: z.boolean().describe("whether they are the runs of a study, which has a page of its own"),
  }),
);
export type ServedRuns = z.infer<typeof runsSchema>;

/** Tags of a run, as a reader gives them, and as they are kept. */
export const tagsSchema = named("Tags", z.object({ tags: z.array(tagSchema).max(mostTags).readonly() }));
export type ServedTags = z.infer<typeof tagsSchema>;

/** Stamps of the runs, by which a reader tells that a row of the list is not as it was. */
export const stampsSchema = named(
  "Stamps",
  z.object({
    stamps: list(
      z.object({ id: z.string(), stamp: z.string().describe("another one where the run has changed") }),
    ),
  }),
);
export type ServedStamps = z.infer<typeof stampsSchema>;

/** Numbers of a run's row that need its answers. */
export const summarySchema = named(
  "Summary",
  z.object({
    id: z.string(),
    misaligned: estimateSchema
      .nullable()
      .describe("misaligned answers (percent) at the last evaluated step; null where nothing was judged"),
    curve: z
      .object({ steps: list(z.number()), emPercent: list(z.number().nullable()) })
      .describe("the same at every evaluated step"),
    turn: estimateSchema.nullable().describe("step at which broad behaviour turns; null where it does not"),
    turnVerdict: verdictSchema
      .nullable()
      .describe("whether broad behaviour turns; null where nothing was judged"),
    turnAbsent: z
      .string()
      .nullable()
      .describe("why there is no turn, or none can be told; null where there is one"),
    mechanism: z
      .object({
        direction: estimateSchema.nullable(),
        directionVerdict: verdictSchema.nullable(),
        gradientPeak: estimateSchema.nullable(),
      })
      .nullable()
      .describe("turns of the direction and the gradient norm; null until the run has been analysed"),
  }),
);
export type ServedSummary = z.infer<typeof summarySchema>;

/** Numbers of many rows: those that are kept, and as many others as could be made in a short while. */
export const summariesSchema = named(
  "Summaries",
  z.object({
    summaries: list(summarySchema),
    failed: list(z.object({ id: z.string(), error: z.string() })).describe(
      "runs whose answers cannot be read",
    ),
    pending: list(z.string()).describe("runs still to be summarised; ask again"),
  }),
);
export type ServedSummaries = z.infer<typeof summariesSchema>;

/** Query for the settings in which runs differ. */
export const diffQuery = z.object({
  run: runsQuery,
  ignore: manyQuery
    .default([])
    .describe("settings to leave out, such as config.steps, beside the usual ones"),
});

/** Settings in which runs differ. */
export const diffSchema = named(
  "RunsDiff",
  z.object({
    runs: list(z.string()),
    isKnown: list(z.boolean()).describe("whether each run says how it was made"),
    differences: list(z.object({ setting: z.string(), values: list(z.string().nullable()) })).describe(
      "the value of each run as JSON; null where it does not have the setting",
    ),
    compared: z.number().describe("settings that were looked at"),
    ignore: list(z.string()).describe("settings that were left out"),
    ignored: list(z.string()).describe("those of them that differ"),
  }),
);
export type ServedDiff = z.infer<typeof diffSchema>;
