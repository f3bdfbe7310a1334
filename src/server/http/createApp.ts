import { existsSync } from "node:fs";
import type { RequestListener } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import express, { Router } from "express";
import { TurncoatError } from "../../errors.js";
import { packageRoot } from "../../pipeline/packageRoot.js";
import { apiRouter, type ApiOptions } from "./apiRouter.js";
import { errorAnswer } from "../requestErrors.js";
import { preloadedLinks } from "./preloadedLinks.js";
import { addressAsked, checkHost, checkToken, readOnly, type GuardOptions } from "./requestGuard.js";
import { securityHeaders } from "./securityHeaders.js";

export interface AppOptions extends ApiOptions, GuardOptions {
  /** Path under which a proxy passes requests on, such as `/proxy/7777/`. @default "/" */
  readonly basePath?: string;
  /** Folder of the built pages. @default the one built with this package */
  readonly webRoot?: string;
}

/**
 * Builds the request listener of the pages and the API over run directories. Everything comes from disk and nothing is
 * fetched; files are read only from the folder of the pages and, by the run readers, from the listed run directories.
 *
 * @throws TurncoatError for a base path that is no path
 */
export function createApp(options: AppOptions): RequestListener {
  const basePath = normalBasePath(options.basePath ?? "/");
  const webRoot = options.webRoot ?? builtPages();
  const app = express();
  app.disable("x-powered-by");
  app.set("query parser", "simple");
  app.use(securityHeaders, checkHost(options));
  if (options.token !== undefined) app.use(checkToken(options.token, basePath));

  const site = Router();
  site.use("/api/v1", apiRouter(options));
  // Everything else is only read; the API says for itself what each of its addresses answers.
  site.use(readOnly());
  site.get("/plotly.min.js", (_request, response) => {
    response.sendFile(plotlyBundlePath());
  });
  site.use(
    "/assets",
    express.static(join(webRoot, "assets"), {
      index: false,
      redirect: false,
      // Their names tell their content.
      setHeaders: (response) => response.setHeader("Cache-Control", "public, max-age=31536000, immutable"),
    }),
  );
  site.get("/", (request, response) => {
    const { pathname, search, searchParams } = addressAsked(request);
    if (!pathname.endsWith("/")) {
      response.redirect(308, `${basePath}${search}`);
      return;
    }
    if (!existsSync(join(webRoot, "index.html"))) {
      response.status(503).json({ error: "the pages are not built", hint: "Run npm run build." });
      return;
    }
    const links = preloadedLinks(searchParams);
    if (links !== null) response.setHeader("Link", links);
    response.sendFile("index.html", { root: webRoot });
  });
  app.use(basePath, site);
  app.use((_request, response) => {
    response.status(404).json({ error: "no such address", hint: `The pages are at ${basePath}.` });
  });
  app.use(errorAnswer(options.onError));
  return app;
}

/** Base path with a slash at both ends. */
export function normalBasePath(path: string): string {
  if (!/^[\w\-./~%]*$/.test(path) || path.split("/").includes("..")) {
    throw new TurncoatError(`base path: expected a path such as /proxy/7777/, found "${path}"`);
  }
  return `/${path}/`.replace(/\/+/g, "/");
}

/** Path of the plotly bundle that the pages load; on disk, never from a network. */
function plotlyBundlePath(): string {
  return createRequire(import.meta.url).resolve("plotly.js-cartesian-dist-min");
}

/** Folder of the built pages, which the compiled server and its sources share. */
function builtPages(): string {
  return join(packageRoot(), "dist", "web");
}
