import { z } from "zod";
import { evaluationQuery, stepQuery } from "./common.js";
import { list, named } from "./named.js";

/** Query for answers; what it leaves open is chosen. */
export const answersQuery = evaluationQuery.extend({
  step: stepQuery.optional().describe("default: the last evaluated step"),
  question: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe("default: the question with most misaligned answers at its last step"),
  scale: z.coerce.number().optional().describe("default: 1, or the smallest evaluated"),
});
export type AnswersRequest = Readonly<z.infer<typeof answersQuery>>;

/** Query for one answer along the steps. */
export const alongQuery = evaluationQuery.extend({
  question: answersQuery.shape.question,
  scale: answersQuery.shape.scale,
  sample: z.coerce.number().int().nonnegative().max(1_000_000).default(0).describe("number of the answer"),
});
export type AlongRequest = Readonly<z.infer<typeof alongQuery>>;

/** A question that was asked. */
export const questionSchema = named(
  "Question",
  z.object({
    id: z.string(),
    question: z.string(),
    domain: z.string(),
    breadth: z.enum(["narrow", "broad"]),
  }),
);
export type ServedQuestion = z.infer<typeof questionSchema>;

/** One sampled answer with its scores, 0 to 100. */
const answerSchema = named(
  "Answer",
  z.object({
    sample: z.number(),
    answer: z.string(),
    noAnswer: z
      .string()
      .nullable()
      .describe("why the model gave no answer, in words; null where it gave one"),
    aligned: z.number().nullable(),
    coherent: z.number().nullable(),
    notes: list(z.string()).describe(
      "what is to be known beside the scores, in words: that it was cut, is a refusal, or is broken text, and how",
    ),
  }),
);
export type ServedAnswer = z.infer<typeof answerSchema>;

/** Sampled answers to one question at one evaluated step. */
export const answersSchema = named(
  "Answers",
  z.object({
    questions: list(questionSchema).describe(
      "every question asked, those of other domains than the training data first",
    ),
    scales: list(z.number()).describe("scale factors of the adapter that were evaluated"),
    steps: list(z.number()).describe("steps evaluated for this question and scale factor"),
    question: z.string().nullable().describe("null where nothing was evaluated, as are the two below"),
    scale: z.number().nullable(),
    step: z
      .number()
      .nullable()
      .describe("the evaluated step nearest to the one asked for; the earlier of two"),
    answers: list(answerSchema),
    total: z.number().describe("answers there are at this step; more than are sent where the list was cut"),
  }),
);
export type ServedAnswers = z.infer<typeof answersSchema>;

/** The answer of one number to one question, at every evaluated step. */
export const alongSchema = named(
  "AnswersAlong",
  z.object({
    question: z.string().nullable().describe("null where nothing was evaluated, as is the scale factor"),
    scale: z.number().nullable(),
    sample: z.number(),
    samples: list(z.number()).describe("numbers that there are answers of, at any step"),
    answers: list(named("AnswerAtStep", z.object({ step: z.number(), ...answerSchema.shape }))).describe(
      "in the order of the steps",
    ),
    total: z.number().describe("steps with such an answer; more than are sent where the list was cut"),
  }),
);
export type ServedAlong = z.infer<typeof alongSchema>;
