import { z } from "zod";
import { estimateSchema } from "./common.js";
import { list, named } from "./named.js";

/** One row of the list: what is known without reading a checkpoint. */
export const runSchema = named(
  "Run",
  z.object({
    id: z.string().describe("names the run in every address; the name of its folder"),
    status: z.string().describe("running, finished, interrupted, imported or unreadable"),
    recipe: z.string(),
    steps: z
      .object({ first: z.number(), last: z.number(), checkpoints: z.number() })
      .nullable()
      .describe("optimiser steps of the first and last checkpoint; null before the first one"),
    error: z.string().nullable().describe("why the run cannot be opened; null where it can"),
  }),
);
export type ServedRun = z.infer<typeof runSchema>;

export const runsSchema = named("Runs", z.object({ runs: list(runSchema) }));
export type ServedRuns = z.infer<typeof runsSchema>;

/** The numbers of a run's row that need its analysis. */
export const summarySchema = named(
  "Summary",
  z.object({
    id: z.string(),
    misaligned: estimateSchema
      .nullable()
      .describe("misaligned answers (percent) at the last evaluated step; null where nothing was judged"),
    turn: estimateSchema.nullable().describe("step at which broad behaviour turns; null where it does not"),
    turnAbsent: z.string().nullable().describe("why there is no turn; null where there is one"),
    steps: z
      .object({ first: z.number(), last: z.number() })
      .nullable()
      .describe("first and last step of anything known; null where nothing is"),
  }),
);
export type ServedSummary = z.infer<typeof summarySchema>;
