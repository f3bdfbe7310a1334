import { z } from "zod";
import { list, named } from "./named.js";
import { samplingFields, steeringFields } from "./playground.js";

/** Sweep of a steering over strengths, or of what is left without a direction. */
export const sweepBody = named(
  "PlaygroundSweep",
  z.strictObject({
    ...samplingFields,
    steering: z.strictObject(steeringFields),
    strengths: list(z.number().min(-1000).max(1000))
      .refine((all) => all.length > 0 && all.length <= 12, "expected 1 to 12 strengths")
      .default([-2, -1, 1, 2])
      .describe("beside 0, which is always asked; of no account where the direction is taken out"),
    answers: z
      .number()
      .int()
      .min(1)
      .max(96)
      .default(24)
      .describe("about as many at each strength, spread evenly over questions and random directions"),
  }),
);
export type SweepQuestion = z.input<typeof sweepBody>;

/** Event that says what is going to be asked. */
const plannedEvent = named(
  "SweepPlanned",
  z.object({
    step: z.number().describe("the checkpoint that answers"),
    points: z.number(),
    questions: z.number(),
    answers: z.number().describe("of each point, those to all questions together"),
    directions: z.number().describe("random directions that share the answers of their points"),
    length: z
      .number()
      .nullable()
      .describe("of the vector that is added at strength 1; null where one is taken out"),
    layer: z.number().nullable().describe("null is every layer"),
  }),
);
export type ServedSweepPlan = z.infer<typeof plannedEvent>;

const progressEvent = named(
  "SweepProgress",
  z.object({ done: z.number().describe("answers"), total: z.number() }),
);
export type ServedSweepProgress = z.infer<typeof progressEvent>;

const rateSchema = named(
  "SweepRate",
  z.object({
    percent: z.number().nullable().describe("null where no answer has its scores"),
    low: z.number().nullable().describe("of the 95 % Wilson interval"),
    high: z.number().nullable(),
    n: z.number().describe("answers that have both scores"),
  }),
);
export type ServedSweepRate = z.infer<typeof rateSchema>;

/** Event of a point all of whose answers are judged. */
const pointEvent = named(
  "SweepPoint",
  z.object({
    kind: z
      .enum(["untouched", "intervention", "random"])
      .describe("without the direction, with it added or taken out, or random ones of the same length"),
    strength: z.number().nullable().describe("null where a direction is taken out"),
    em: rateSchema,
    coherent: rateSchema,
  }),
);
export type ServedSweepPoint = z.infer<typeof pointEvent>;

const sweptEvent = named(
  "Swept",
  z.object({
    sentences: list(z.string()).describe("what moved, or that nothing did, as turncoat steer says it"),
  }),
);
export type ServedSwept = z.infer<typeof sweptEvent>;

export const sweepEvents = {
  planned: plannedEvent,
  progress: progressEvent,
  point: pointEvent,
  swept: sweptEvent,
} as const;
