import type { RunStore } from "../reports/runStore.js";
import { runParams } from "../schemas/common.js";
import { configSchema } from "../schemas/config.js";
import { jsonRoute, type Route } from "./route.js";

/** Route to the configuration that a run was made with. */
export function configRoutes(store: RunStore): Route[] {
  return [
    jsonRoute({
      method: "get",
      path: "/runs/:id/config",
      summary: "How a run was made: its run.json, or null for a run made elsewhere",
      params: runParams,
      response: configSchema,
      answer: ({ params }) => store.read("config", params.id, {}),
    }),
  ];
}
