import { z } from "zod";
import type { PlainValue } from "../../analysis/transitions/phaseTransition.js";
import { named } from "./named.js";

/** Parameters of a run's addresses; its id is the name of its folder. */
export const runParams = z.object({ id: z.string().min(1).max(255).describe("name of the run's folder") });

/** Theme that figures are drawn in. */
export const themeSchema = z.enum(["light", "dark"]);
export type Theme = z.infer<typeof themeSchema>;

/** A stored optimiser step, as it stands in a query. */
export const stepQuery = z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

/** The evaluation that behaviour and answers are taken from, as it stands in a query. */
export const evaluationQuery = z.object({
  evaluation: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe("name of the evaluation; default: curve, or the first that was judged"),
});

/** The run that a run is held against, as it stands in a query. */
export const controlQuery = z.object({
  control: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe("name of the run that it is held against, or none; default: the one that its run.json names"),
});

/** A parameter of a query that may be given several times. */
export const manyQuery = z
  .union([z.string().max(255), z.array(z.string().max(255)).max(64)])
  .transform((value) => (typeof value === "string" ? [value] : value));

/** Runs by name, `run=a&run=b`. */
export const runsQuery = manyQuery
  .refine((runs) => new Set(runs).size === runs.length, "expected every run once")
  .describe("name of a run's folder; several times for several runs");

/** Value of JSON; what is undefined is null. */
const plainValueSchema: z.ZodType<PlainValue> = named(
  "PlainValue",
  z.lazy(() =>
    z.union([
      z.number(),
      z.string(),
      z.boolean(),
      z.null(),
      z.array(plainValueSchema),
      z.record(z.string(), plainValueSchema),
    ]),
  ),
);

export const plainRecordSchema = z.record(z.string(), plainValueSchema.optional());

/** A value with its interval. */
export const estimateSchema = named(
  "Estimate",
  z.object({ value: z.number(), low: z.number(), high: z.number() }),
);
export type ServedEstimate = z.infer<typeof estimateSchema>;

/** The body of every answer that is no success. */
export const errorSchema = named(
  "Error",
  z.object({
    error: z.string().describe("what is wrong, in one line"),
    hint: z.string().optional().describe("what to do about it"),
  }),
);
export type ServedError = z.infer<typeof errorSchema>;

/** Answer of a detector. */
export const verdictSchema = z.object({
  name: z.enum(["turns", "doesNotTurn", "cannotTell"]),
  words: z.string().describe("as tables show it"),
});
