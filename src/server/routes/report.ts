import type { RunStore } from "../reports/runStore.js";
import { runParams } from "../schemas/common.js";
import { analysisSchema, reportSchema } from "../schemas/report.js";
import { servedReport } from "../reports/servedReport.js";
import { jsonRoute, type Route } from "./route.js";

/** Routes to the report of a run, and to the analysis behind it. */
export function reportRoutes(store: RunStore): Route[] {
  return [
    jsonRoute({
      method: "get",
      path: "/runs/:id/report",
      summary: "What a run's page shows, without the data of its figures",
      params: runParams,
      response: reportSchema,
      answer: async ({ params }) => servedReport(await store.currentReport(params.id)),
    }),
    jsonRoute({
      method: "get",
      path: "/runs/:id/analysis",
      summary: "The whole analysis of a run, as turncoat analyze --json prints it",
      params: runParams,
      response: analysisSchema,
      answer: async ({ params }) => ({ ...(await store.completeReport(params.id)).analysis }),
    }),
  ];
}
