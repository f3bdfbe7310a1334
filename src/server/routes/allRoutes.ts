import type { RunStore } from "../reports/runStore.js";
import { answersRoutes } from "./answers.js";
import { compareRoutes } from "./compare.js";
import { configRoutes } from "./config.js";
import { eventsRoutes } from "./events.js";
import { figuresRoutes } from "./figures.js";
import { notesRoutes } from "./notes.js";
import { openApiRoute } from "./openApi.js";
import { playgroundRoutes, type PlaygroundOptions } from "./playground.js";
import { reportRoutes } from "./report.js";
import type { Route } from "./route.js";
import { runsRoutes } from "./runs.js";
import { studyRoutes } from "./study.js";

/** Routes of the API, in one list; a new resource is a file beside these and a line here. */
export function allRoutes(store: RunStore, playground: PlaygroundOptions = {}): readonly Route[] {
  const routes = [
    ...runsRoutes(store),
    ...studyRoutes(store),
    ...reportRoutes(store),
    ...figuresRoutes(store),
    ...answersRoutes(store),
    ...playgroundRoutes(store, playground),
    ...configRoutes(store),
    ...compareRoutes(store),
    ...eventsRoutes(store),
    ...notesRoutes(store),
  ];
  return [...routes, openApiRoute(routes)];
}
