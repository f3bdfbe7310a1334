import { z } from "zod";
import { list, named } from "./named.js";
import { rateSchema, samplingFields, steeringFields } from "./playground.js";

/** Sweep of a steering over strengths, of what is left without a direction, or of the factor on the adapter. */
export const sweepBody = named(
  "PlaygroundSweep",
  z
    .strictObject({
      ...samplingFields,
      over: z
        .enum(["strength", "factor"])
        .default("strength")
        .describe("strengths of a steering, or factors on what the checkpoint adds, without one"),
      steering: z.strictObject(steeringFields).optional().describe("required for strengths"),
      strengths: list(z.number().min(-1000).max(1000))
        .refine((all) => all.length > 0 && all.length <= 12, "expected 1 to 12 strengths")
        .default([-2, -1, 1, 2])
        .describe(
          "beside 0, which is always asked; of no account where the direction is taken out; factors are asked beside 1",
        ),
      answers: z
        .number()
        .int()
        .min(1)
        .max(96)
        .default(24)
        .describe("about as many at each strength, spread evenly over questions and random directions"),
    })
    .refine(({ over, steering }) => (over === "strength") === (steering !== undefined), {
      path: ["steering"],
      message: "expected one for strengths, and none for factors",
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
    directions: z
      .number()
      .describe("random directions that share the answers of their points; 0 where the factor is swept"),
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

/** Event of a point all of whose answers are judged. */
const pointEvent = named(
  "SweepPoint",
  z.object({
    kind: z
      .enum(["untouched", "intervention", "random"])
      .describe("without the direction, with it added or taken out, or random ones of the same length"),
    strength: z
      .number()
      .nullable()
      .describe("the factor where that is swept; null where a direction is taken out"),
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
