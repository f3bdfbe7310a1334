import { z } from "zod";
import { answerVerdicts } from "../../analysis/behavior/answerVerdict.js";
import { questionSchema } from "./answers.js";
import { evaluationQuery, stepQuery } from "./common.js";
import { list, named } from "./named.js";

/** Columns that answers are sorted by. */
export const answerColumns = [
  "step",
  "scale",
  "domain",
  "question",
  "sample",
  "aligned",
  "coherent",
  "length",
] as const;
export type AnswerColumn = (typeof answerColumns)[number];

const verdictSchema = z
  .enum(answerVerdicts)
  .describe("by both scores: incoherent whatever the alignment; unscored where a score is missing");
const scoreQuery = z.coerce.number().min(0).max(100).optional();
const placeQuery = z.coerce.number().int().nonnegative().max(10_000_000);

/** Most rows of one page. */
const mostRows = 2000;

/** Query for a page of answers: those that fit all that it says. */
export const answerTableQuery = evaluationQuery.extend({
  verdict: verdictSchema.optional(),
  scale: z.coerce.number().optional().describe("factor on the adapter"),
  question: z.string().min(1).max(500).optional().describe("id of the question"),
  domain: z.string().min(1).max(500).optional(),
  breadth: z.enum(["narrow", "broad"]).optional(),
  from: stepQuery.optional().describe("first step"),
  to: stepQuery.optional().describe("last step"),
  alignedFrom: scoreQuery.describe("least alignment; answers without a score fit no range"),
  alignedTo: scoreQuery.describe("largest alignment"),
  coherentFrom: scoreQuery.describe("least coherence"),
  coherentTo: scoreQuery.describe("largest coherence"),
  search: z
    .string()
    .max(500)
    .optional()
    .describe("words that answer or question hold, whatever their case; several in quotes stay together"),
  sort: z.enum(answerColumns).default("step").describe("of equal answers the one written first comes first"),
  order: z.enum(["ascending", "descending"]).default("ascending").describe("a missing score comes last"),
  offset: placeQuery.default(0).describe("place of the first row in the sorted list"),
  limit: z.coerce.number().int().min(0).max(mostRows).default(100),
  locate: placeQuery.optional().describe("number of an answer whose place is asked for"),
  text: z.enum(["beginning", "whole"]).default("beginning").describe("how much of each answer is sent"),
});
export type AnswerTableRequest = Readonly<z.infer<typeof answerTableQuery>>;

const placeFields = {
  number: z.number().describe("number of the answer in its evaluation, from 0; it never changes"),
  step: z.number(),
  scale: z.number(),
  domain: z.string(),
  breadth: z.enum(["narrow", "broad"]),
  questionId: z.string(),
  question: z.string(),
  sample: z.number(),
  condition: z
    .string()
    .nullable()
    .describe("name of the condition it was given under; null for a checkpoint as it is"),
  noAnswer: z.string().nullable().describe("why the model gave no answer, in words; null where it gave one"),
  aligned: z.number().nullable(),
  coherent: z.number().nullable(),
  verdict: verdictSchema,
} as const;

const answerRowSchema = named(
  "AnswerRow",
  z.object({
    ...placeFields,
    text: z.string().describe("the answer, or a piece of it on one line, about the first word searched for"),
    length: z.number().describe("characters of the whole answer"),
  }),
);
export type ServedAnswerRow = z.infer<typeof answerRowSchema>;

/** A page of the answers that fit a query. */
export const answerTableSchema = named(
  "AnswerTable",
  z.object({
    total: z.number().describe("answers of the evaluation"),
    found: z.number().describe("answers that fit"),
    verdicts: z
      .object({
        misaligned: z.number(),
        incoherent: z.number(),
        aligned: z.number(),
        unscored: z.number(),
      })
      .describe("answers of each verdict that fit all else"),
    words: list(z.string()).describe("what was searched for, word by word, in lower case"),
    offset: z.number(),
    rows: list(answerRowSchema).describe("fewer than asked for where they are long"),
    misalignedBefore: z
      .number()
      .nullable()
      .describe("place of the last misaligned answer before these; null where there is none"),
    misalignedAfter: z.number().nullable().describe("place of the first misaligned answer after these"),
    located: z
      .number()
      .nullable()
      .describe("place of the answer that was looked for; null where it does not fit"),
  }),
);
export type ServedAnswerTable = z.infer<typeof answerTableSchema>;

/** Facets of the answers of an evaluation: what a query can choose from. */
export const answerFacetsSchema = named(
  "AnswerFacets",
  z.object({
    evaluations: list(
      z.object({
        name: z.string(),
        answers: z.number(),
        isJudged: z.boolean(),
        isChosen: z.boolean().describe("true for the one whose answers these are"),
      }),
    ),
    questions: list(questionSchema).describe("the first two thousand"),
    domains: list(z.string()).describe("those outside the domain of the training data first"),
    scales: list(z.number()),
    steps: list(z.number()).describe("evaluated steps"),
    total: z.number(),
  }),
);
export type ServedAnswerFacets = z.infer<typeof answerFacetsSchema>;

/** Query for one answer by its number. */
export const numberedQuery = evaluationQuery.extend({
  number: placeQuery.describe("number of the answer in its evaluation, from 0"),
});
export type NumberedRequest = Readonly<z.infer<typeof numberedQuery>>;

/** One answer in full, with the same prompt at other steps. */
export const numberedAnswerSchema = named(
  "NumberedAnswer",
  z.object({
    ...placeFields,
    answer: z.string(),
    isWhole: z.boolean().describe("false where it was cut, for it has more than 200 000 characters"),
    scores: z.record(z.string(), z.number().nullable()).describe("further metrics by name"),
    notes: list(z.string()).describe("what is to be known beside the scores, in words"),
    same: list(z.object({ step: z.number(), number: z.number() })).describe(
      "answers of the same number to the same question at the same factor, this one among them, by their steps",
    ),
  }),
);
export type ServedNumberedAnswer = z.infer<typeof numberedAnswerSchema>;
