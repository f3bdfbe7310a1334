import type { RunStore } from "../reports/runStore.js";
import { alongQuery, alongSchema, answersQuery, answersSchema } from "../schemas/answers.js";
import { runParams } from "../schemas/common.js";
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
  ];
}
