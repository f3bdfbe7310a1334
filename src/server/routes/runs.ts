import { runRow, runSummary } from "../runRow.js";
import type { RunStore } from "../runStore.js";
import { runParams } from "../schemas/common.js";
import { runsSchema, summarySchema } from "../schemas/runs.js";
import { jsonRoute, type Route } from "./route.js";

/** The list of runs, and the numbers of its rows. */
export function runsRoutes(store: RunStore): Route[] {
  return [
    jsonRoute({
      method: "get",
      path: "/runs",
      summary: "The runs, without reading a checkpoint",
      response: runsSchema,
      answer: () => ({ runs: [...store.list()].map(([id, directory]) => runRow(id, directory)) }),
    }),
    jsonRoute({
      method: "get",
      path: "/runs/:id/summary",
      summary: "The numbers of a run's row; analyses the run where its files have changed",
      params: runParams,
      response: summarySchema,
      answer: ({ params }) => runSummary(params.id, store.reportOf(params.id)),
    }),
  ];
}
