import { noControl, type RunStore } from "../reports/runStore.js";
import { controlQuery, evaluationQuery, runParams } from "../schemas/common.js";
import { analysisSchema, controlChoicesSchema, reportSchema } from "../schemas/report.js";
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
      query: evaluationQuery.extend(controlQuery.shape),
      response: reportSchema,
      answer: async ({ params, query }) => servedReport(await store.currentReport(params.id, query)),
    }),
    jsonRoute({
      method: "get",
      path: "/runs/:id/controls",
      summary: "The runs that a run can be held against",
      params: runParams,
      response: controlChoicesSchema,
      answer: async ({ params }) => {
        const { named, alike } = await store.read("controls", params.id, { runs: [...store.list()] });
        const others = [...new Set(named === null ? alike : [named, ...alike])];
        return {
          choices: [
            { control: noControl, isUsual: named === null },
            ...others
              .filter((control) => control !== noControl)
              .map((control) => ({ control, isUsual: control === named })),
          ],
        };
      },
    }),
    jsonRoute({
      method: "get",
      path: "/runs/:id/analysis",
      summary: "The whole analysis of a run, as turncoat analyze --json prints it",
      params: runParams,
      query: evaluationQuery,
      response: analysisSchema,
      answer: async ({ params, query }) => ({ ...(await store.completeReport(params.id, query)).analysis }),
    }),
  ];
}
