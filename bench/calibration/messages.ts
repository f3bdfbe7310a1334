/** What the benchmark of the transition detectors and its processes say to each other; see `lineProcess.ts`. */
import { z } from "zod";

/** Trials of one family of nulls or of one planted event, by seed from `from` to `to` − 1. */
export const trialRequestSchema = z.object({
  indicator: z.string(),
  kind: z.enum(["null", "event"]),
  /** Position among the indicator's families or events. */
  row: z.number(),
  from: z.number(),
  to: z.number(),
  resamples: z.number(),
});
export type TrialRequest = z.infer<typeof trialRequestSchema>;

export const trialsSchema = z.object({
  /** One for every trial in which something was found. */
  found: z.array(z.object({ step: z.number(), interval: z.tuple([z.number(), z.number()]) })),
});
