import express, { Router } from "express";
import type { Request, Response } from "express";
import { confineReads } from "../../tensor/openFile.js";
import { errorAnswer } from "../requestErrors.js";
import { allRoutes } from "../routes/allRoutes.js";
import type { PlaygroundOptions } from "../routes/playground.js";
import type { Route } from "../routes/route.js";
import { RunStore, type RunStoreOptions } from "../reports/runStore.js";

/** Options of the API: runs, reports and playground. */
export interface ApiOptions extends RunStoreOptions, PlaygroundOptions {
  /** Called with every error that is a defect, not the user's. @default ignored */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Whether the run that changed last is read before anybody asks for it. @default false */
  readonly readsAhead?: boolean;
}

/** Most bytes of a request's body. */
const largestBody = 64 * 1024;

/** Router of the API, version 1. */
export function apiRouter(options: ApiOptions): Router {
  const store = new RunStore(options);
  const routes = allRoutes(store, options);
  if (options.readsAhead === true) {
    confineReads(options.runsRoot, () => store.readAhead()).catch((error: unknown) =>
      options.onError?.(error),
    );
  }
  const confined = routes.map((route): Route => ({
    ...route,
    // A link inside a run must not show what lies outside.
    handle: (request, response) => confineReads(options.runsRoot, () => route.handle(request, response)),
  }));
  return routerOf(confined, options);
}

/** Mounts routes on a router; other methods, other addresses and errors are answered with JSON as well. */
export function routerOf(routes: readonly Route[], { onError }: Pick<ApiOptions, "onError"> = {}): Router {
  const router = Router();
  for (const route of routes) {
    if (route.body === undefined) router[route.method](route.path, route.handle);
    else router[route.method](route.path, onlyJson, express.json({ limit: largestBody }), route.handle);
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    router.all(path, refuseMethod(routes.filter((route) => route.path === path)));
  }
  router.use((_request: Request, response: Response) => {
    response
      .status(404)
      .json({ error: "no such address", hint: "The API is described at api/v1/openapi.json." });
  });
  router.use(errorAnswer(onError));
  return router;
}

/**
 * Refuses a body that does not say that it is JSON: a form of another web page cannot, so that its browser asks first
 * and is refused by its Origin.
 */
function onlyJson(request: Request, response: Response, next: () => void): void {
  if (request.is("application/json") !== false) next();
  else response.status(415).json({ error: "expected a body of type application/json" });
}

function refuseMethod(routes: readonly Route[]): (request: Request, response: Response) => void {
  const allowed = routes.flatMap(({ method }) =>
    method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()],
  );
  const words = new Intl.ListFormat("en", { type: "conjunction" }).format(allowed);
  return (_request, response) => {
    response
      .status(405)
      .set("Allow", allowed.join(", "))
      .json({ error: `this address only answers ${words}` });
  };
}
