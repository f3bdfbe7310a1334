import type { RunStore } from "../reports/runStore.js";
import { runParams } from "../schemas/common.js";
import { liveEvents, liveStateSchema } from "../schemas/live.js";
import { eventRoute } from "./eventRoute.js";
import { jsonRoute, type Route } from "./route.js";

/** Route to the events of a run that is being written. */
export function eventsRoutes(store: RunStore): Route[] {
  const { watchers } = store;
  return [
    jsonRoute({
      method: "get",
      path: "/runs/:id/live",
      summary: "Where a run is now, for readers that cannot follow its events",
      params: runParams,
      response: liveStateSchema,
      answer: ({ params }) => watchers.stateOf(store.directoryOf(params.id)),
    }),
    eventRoute({
      method: "get",
      path: "/runs/:id/events",
      summary: "What is new of a run, as it is written; Last-Event-ID continues where a connection broke",
      params: runParams,
      events: liveEvents,
      admit: ({ params }) => {
        watchers.admit();
        store.directoryOf(params.id);
      },
      stream: async ({ params, lastEventId, send, signal }) => {
        const directory = store.directoryOf(params.id);
        for await (const { event, data, id } of watchers.events(directory, lastEventId, signal)) {
          await send(event, data, { id });
        }
      },
    }),
  ];
}
