import { selectAnswers } from "../answers.js";
import type { RunStore } from "../runStore.js";
import { answersQuery, answersSchema } from "../schemas/answers.js";
import { runParams } from "../schemas/common.js";
import { jsonRoute, type Route } from "./route.js";

/** What a run's checkpoints answered. */
export function answersRoutes(store: RunStore): Route[] {
  return [
    jsonRoute({
      method: "get",
      path: "/runs/:id/answers",
      summary: "Sampled answers to one question at the evaluated step nearest to the one asked for",
      params: runParams,
      query: answersQuery,
      response: answersSchema,
      answer: ({ params, query }) => selectAnswers(store.answersOf(params.id), query),
    }),
  ];
}
