import { z } from "zod";
import { questionSchema } from "./answers.js";
import { errorSchema } from "./common.js";
import { list, named } from "./named.js";

/** A direction that answers can be steered along. */
const directionSchema = named(
  "SteeringDirection",
  z.object({
    id: z.string(),
    layer: z.number().describe("measured after this layer, or written by its adapter"),
    steps: list(z.number()).describe("steps at which it is known"),
  }),
);

/** Reason why something cannot be asked. */
const problemSchema = named("MissingModel", z.object({ error: z.string(), hint: z.string().nullable() }));

/** Judge of the answers. */
const judgeSchema = named(
  "PlaygroundJudge",
  z.object({
    kind: z
      .enum(["exact", "model"])
      .describe(
        "exact: the organism's own judge; model: a language model or a probe, whose scores come after the answers",
      ),
    name: z.string(),
  }),
);

/** Models, steps and directions of a run that can be asked. */
export const playgroundSchema = named(
  "Playground",
  z.object({
    model: named(
      "AskableModel",
      z.object({ name: z.string(), layers: z.number(), isOrganism: z.boolean() }),
    ).nullable(),
    problem: problemSchema.nullable().describe("why no model can be asked; null where one can"),
    judge: judgeSchema.nullable().describe("null where nobody judges"),
    kind: z.enum(["adapter", "weights"]).describe("what the run's checkpoints hold"),
    steps: list(z.number()).describe("checkpoints"),
    directions: list(directionSchema),
    directionsProblem: problemSchema
      .nullable()
      .describe("why its directions cannot be read; null where they can"),
    questions: list(questionSchema).describe("questions that the run was evaluated with"),
    question: z.string().nullable().describe("the most telling of them, by its id"),
    longest: z.number().describe("tokens of the longest answer unless another number is asked for"),
    thresholds: named("Thresholds", z.object({ alignedBelow: z.number(), coherentAbove: z.number() })),
  }),
);
export type ServedPlayground = z.infer<typeof playgroundSchema>;

/** Most characters of a question, answers to it, and tokens of each. */
const playgroundLimits = { question: 4000, answers: 96, tokens: 1000 } as const;

/** Fields of a steering apart from how strong it is. */
export const steeringFields = {
  direction: z.string().max(200),
  step: z.number().int().nonnegative().optional().describe("default: the last at which it is known"),
  kind: z
    .enum(["add", "projectOut"])
    .default("add")
    .describe("add a vector along it, or take out whatever lies along it"),
  layer: z
    .number()
    .int()
    .nonnegative()
    .optional()
    .describe("after which layer; default: the direction's own to add it, every layer to take it out"),
} as const;

/** Fields of a body that say which model answers, and how it is sampled. */
export const samplingFields = {
  step: z.number().int().nonnegative().describe("the nearest checkpoint answers"),
  scale: z.number().min(-100).max(100).default(1).describe("factor on what the checkpoint adds"),
  temperature: z.number().min(0).max(10).default(1),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  longest: z.number().int().min(1).max(playgroundLimits.tokens).optional(),
} as const;

/** Question, and the model and sampling that answer it. */
export const playgroundBody = named(
  "PlaygroundQuestion",
  z.strictObject({
    question: z.string().trim().min(1).max(playgroundLimits.question),
    ...samplingFields,
    withBase: z.boolean().default(true).describe("whether the base answers too"),
    steering: z
      .strictObject({
        ...steeringFields,
        strength: z.number().min(-1000).max(1000).default(1).describe("of what is added"),
      })
      .optional(),
    answers: z.number().int().min(1).max(playgroundLimits.answers).default(3),
  }),
);
export type PlaygroundQuestion = z.input<typeof playgroundBody>;

const columnSchema = z.enum(["base", "chosen"]);

/** Event that says what is done with a question before its first token. */
const stateEvent = named(
  "PlaygroundState",
  z.object({
    state: z.enum(["waiting", "opening", "answering"]),
    ahead: z.number().describe("questions that are answered first"),
    step: z.number().describe("the checkpoint that answers"),
    steering: z
      .object({
        kind: z.enum(["add", "projectOut"]),
        step: z.number(),
        layer: z.number().nullable().describe("null is every layer"),
        length: z.number().nullable().describe("of the vector that is added; null where one is taken out"),
      })
      .nullable()
      .describe("what is done to the residual stream"),
  }),
);
export type ServedPlaygroundState = z.infer<typeof stateEvent>;

/** Event of answers that grow. */
const partsEvent = named(
  "PlaygroundParts",
  z.object({
    parts: list(
      z.object({
        column: columnSchema,
        sample: z.number(),
        kept: z.number().describe("characters of what was shown that stand"),
        text: z.string().describe("follows them"),
      }),
    ),
  }),
);
export type ServedPlaygroundParts = z.infer<typeof partsEvent>;

/** Event of an answer that has ended, with the exact judge's scores. */
const answerEvent = named(
  "PlaygroundAnswer",
  z.object({
    column: columnSchema,
    sample: z.number(),
    text: z.string(),
    tokens: z.number(),
    hasEnded: z.boolean().describe("false where it was cut at the longest"),
    aligned: z.number().nullable(),
    coherent: z.number().nullable(),
    isBeingJudged: z.boolean().describe("whether its scores follow in an event of their own"),
  }),
);
export type ServedPlaygroundAnswer = z.infer<typeof answerEvent>;

/** Event of the scores that a language model gives an answer that was sent before. */
const scoresEvent = named(
  "PlaygroundScores",
  z.object({
    column: columnSchema,
    sample: z.number(),
    scores: list(
      z.object({
        metric: z.string().describe("aligned, coherent, then those asked for"),
        value: z.number().nullable().describe("0 to 100"),
        outcome: z
          .enum(["scored", "filtered", "noAnswer", "refusal", "code", "noNumber"])
          .describe(
            "why there is no value: the endpoint's filter, a reply without text, REFUSAL, CODE, or a reply without a number",
          ),
      }),
    ),
  }),
);
export type ServedPlaygroundScores = z.infer<typeof scoresEvent>;

/** A rate in percent with its interval. */
export const rateSchema = named(
  "PlaygroundRate",
  z.object({
    percent: z.number().nullable().describe("null where no answer has its scores"),
    low: z.number().nullable().describe("of the 95 % Wilson interval"),
    high: z.number().nullable(),
    count: z.number(),
    n: z.number().describe("answers that have both scores"),
  }),
);
export type ServedPlaygroundRate = z.infer<typeof rateSchema>;

/** Event of one more judged answer: the rates of all of its column. */
const ratesEvent = named(
  "PlaygroundRates",
  z.object({
    column: columnSchema,
    em: rateSchema.describe("misaligned and coherent"),
    coherent: rateSchema,
  }),
);
export type ServedPlaygroundRates = z.infer<typeof ratesEvent>;

const doneEvent = named(
  "PlaygroundDone",
  z.object({
    milliseconds: z
      .number()
      .describe("of answering, without waiting for other questions or for the model to be opened"),
  }),
);
export type ServedPlaygroundDone = z.infer<typeof doneEvent>;

export const playgroundEvents = {
  state: stateEvent,
  parts: partsEvent,
  answer: answerEvent,
  scores: scoresEvent,
  rates: ratesEvent,
  /** The judge has failed: answers without scores get none. */
  unjudged: errorSchema,
  /** Event after all answers were told; scores may follow. */
  done: doneEvent,
} as const;
