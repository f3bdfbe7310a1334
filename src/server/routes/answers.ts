import type { RunStore } from "../reports/runStore.js";
import { alongQuery, alongSchema, answersQuery, answersSchema } from "../schemas/answers.js";
import {
  answerFacetsSchema,
  answerTableQuery,
  answerTableSchema,
  numberedAnswerSchema,
  numberedQuery,
} from "../schemas/answerTable.js";
import { evaluationQuery, runParams } from "../schemas/common.js";
import { jsonRoute, type Route } from "./route.js";

/** Routes to the answers of a run's checkpoints. */
export function answersRoutes(store: RunStore): Route[] {
  return [
    jsonRoute({
      method: "get",
      path: "/runs/:id/answers",
      summary: "Sampled answers to one question at the evaluated step nearest to the one asked for",
      params: runParams,
      query: answersQuery,
      response: answersSchema,
      answer: ({ params, query }) => store.read("answers", params.id, { query }, query),
    }),
    jsonRoute({
      method: "get",
      path: "/runs/:id/answers/along",
      summary: "The answer of one number to one question at every evaluated step",
      params: runParams,
      query: alongQuery,
      response: alongSchema,
      answer: ({ params, query }) => store.read("along", params.id, { query }, query),
    }),
    jsonRoute({
      method: "get",
      path: "/runs/:id/answers/facets",
      summary: "What the answers of an evaluation can be chosen by: questions, domains, steps and factors",
      params: runParams,
      query: evaluationQuery,
      response: answerFacetsSchema,
      answer: ({ params, query }) => store.read("answerFacets", params.id, { query }, query),
    }),
    jsonRoute({
      method: "get",
      path: "/runs/:id/answers/table",
      summary: "A page of the answers of an evaluation, at all steps, filtered, searched and sorted",
      params: runParams,
      query: answerTableQuery,
      response: answerTableSchema,
      answer: ({ params, query }) => store.read("answerTable", params.id, { query }, query),
    }),
    jsonRoute({
      method: "get",
      path: "/runs/:id/answers/numbered",
      summary: "One answer of an evaluation in full, by its number",
      params: runParams,
      query: numberedQuery,
      response: numberedAnswerSchema,
      answer: ({ params, query }) => store.read("numberedAnswer", params.id, { query }, query),
    }),
  ];
}
