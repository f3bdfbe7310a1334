import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { openApiDocument } from "../../../src/server/routes/openApiDocument.js";
import { allRoutes } from "../../../src/server/routes/allRoutes.js";
import { eventRoute } from "../../../src/server/routes/eventRoute.js";
import { jsonRoute, type Route } from "../../../src/server/routes/route.js";
import { RunStore } from "../../../src/server/reports/runStore.js";
import { runSchema } from "../../../src/server/schemas/runs.js";
import { startServer, type RunningServer } from "../../../src/server/http/startServer.js";
import { json, rawRequest } from "../../support/servers/rawRequest.js";
import { plannedStudy, writePlan } from "../../support/study/plannedStudy.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-openapi-"));
const options = { runsRoot: folder, buildReport: (directory: string) => buildRunReport(directory) };
const routes = allRoutes(new RunStore(options));

/** What a request that is no GET sends. */
const bodies: Readonly<Record<string, unknown>> = {
  "post /runs/:id/notes": { step: 8, text: "here" },
  "put /runs/:id/tags": { tags: ["paper"] },
};

/** A real request for every route that answers with JSON; a route without one fails the test. */
const examples: Readonly<Record<string, string>> = {
  "get /runs": "/runs",
  "get /stamps": "/stamps",
  "get /study": "/study",
  "get /runs/:id/summary": "/runs/synthetic/summary",
  "get /summaries": "/summaries",
  "get /diff": "/diff?run=synthetic&ignore=seed",
  "get /runs/:id/report": "/runs/synthetic/report",
  "get /runs/:id/controls": "/runs/synthetic/controls",
  "get /runs/:id/analysis": "/runs/synthetic/analysis",
  "get /runs/:id/figures/:figureId": "/runs/synthetic/figures/behavior?theme=dark",
  "get /runs/:id/figures/:figureId/table": "/runs/synthetic/figures/behavior/table",
  "get /runs/:id/answers": "/runs/synthetic/answers?step=8",
  "get /runs/:id/answers/along": "/runs/synthetic/answers/along?sample=1",
  "get /runs/:id/answers/facets": "/runs/synthetic/answers/facets",
  "get /runs/:id/answers/table": "/runs/synthetic/answers/table?search=leaflet&locate=3",
  "get /runs/:id/answers/numbered": "/runs/synthetic/answers/numbered?number=3",
  "get /runs/:id/playground": "/runs/synthetic/playground",
  "get /runs/:id/config": "/runs/synthetic/config",
  "get /runs/:id/live": "/runs/synthetic/live",
  "get /runs/:id/notes": "/runs/synthetic/notes",
  "post /runs/:id/notes": "/runs/synthetic/notes",
  "delete /runs/:id/notes/:noteId": "/runs/synthetic/notes/0",
  "put /runs/:id/tags": "/runs/synthetic/tags",
  "get /compare": "/compare?run=synthetic&align=relativeStep",
  "get /compare/figures/:figureId": "/compare/figures/norm?run=synthetic&theme=dark",
  "get /compare/figures/:figureId/table": "/compare/figures/norm/table?run=synthetic",
  "get /compare/directions": "/compare/directions?run=synthetic&run=other",
  "get /compare/directions/table": "/compare/directions/table?run=synthetic&run=other",
  "get /openapi.json": "/openapi.json",
};

const documentSchema = z.looseObject({
  openapi: z.string(),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        parameters: z.array(z.looseObject({ name: z.string(), in: z.enum(["path", "query"]) })),
        responses: z.looseObject({ "200": z.looseObject({ content: z.record(z.string(), z.unknown()) }) }),
      }),
    ),
  ),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

/** A schema of the document, with its references, as something that checks values. */
function checkerOf(document: z.infer<typeof documentSchema>, schema: unknown): z.ZodType {
  const wanted = z.looseObject({ $ref: z.string() }).parse(schema);
  const local = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value).replaceAll("#/components/schemas/", "#/$defs/"));
  return z.fromJSONSchema(
    z.looseObject({}).parse({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      ...z.looseObject({}).parse(local(wanted)),
      $defs: local(document.components.schemas),
    }),
  );
}

describe("openApi: the description of the API", () => {
  let server: RunningServer;
  let document: z.infer<typeof documentSchema>;
  const ask = (path: string, name = "get") =>
    rawRequest(`/api/v1${path}`, {
      port: server.port,
      method: (name.split(" ")[0] ?? "get").toUpperCase(),
      ...(name in bodies ? { json: bodies[name] } : {}),
    });

  beforeAll(async () => {
    mkdirSync(join(folder, "empty"));
    writePlan(folder, plannedStudy([0]));
    writeSyntheticRun(join(folder, "synthetic"), { steps: 16, turn: 8 });
    writeSyntheticRun(join(folder, "other"), { steps: 4, turn: 2 });
    server = await startServer({ ...options, port: 0 });
    document = documentSchema.parse(json(await ask("/openapi.json")));
  });

  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("has every route, with all parameters of its path", () => {
    expect(document.openapi).toBe("3.1.0");
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`),
    );
    expect(described.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const { parameters } of Object.values(methods)) {
        const names = parameters.filter((each) => each.in === "path").map(({ name }) => name);
        expect(names).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      }
    }
  });

  test("points only to schemas that it has", () => {
    const text = JSON.stringify(document);
    for (const [, name = ""] of text.matchAll(/"\$ref":"([^"]*)"/g)) {
      expect(name).toMatch(/^#\/components\/schemas\/\w+$/);
      expect(Object.keys(document.components.schemas)).toContain(name.split("/").at(-1));
    }
  });

  test.each(
    routes
      .filter(({ answer }) => answer.kind === "json")
      .map((route) => [`${route.method} ${route.path}`, route]),
  )("is what %s answers", async (name, { path, method, answer }: Route) => {
    const example = examples[name];
    if (example === undefined) throw new Error(`add a request for ${name} to the examples of this test`);
    const reply = await ask(example, name);
    expect(reply.status).toBe(200);
    const body = json(reply);
    if (answer.kind !== "json") throw new Error("no JSON");
    expect(answer.schema.safeParse(body).error).toBeUndefined();
    const operation = document.paths[path.replaceAll(/:(\w+)/g, "{$1}")]?.[method];
    const content = operation?.responses["200"].content["application/json"];
    const { schema } = z.looseObject({ schema: z.unknown() }).parse(content);
    const checker = checkerOf(document, schema);
    expect(checker.safeParse(body).error).toBeUndefined();
    // The check can fail: a field of another type, and one that is not described.
    expect(checker.safeParse("something else").success).toBe(false);
  });

  test("is what errors look like", async () => {
    const checker = checkerOf(document, { $ref: "#/components/schemas/Error" });
    for (const path of ["/runs/nope/report", "/runs/synthetic/answers?step=x", "/nothing"]) {
      const reply = await ask(path);
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect(checker.safeParse(json(reply)).error).toBeUndefined();
    }
  });

  test("refuses an answer without a name, and describes streams by their events", () => {
    const base = { method: "get", path: "/x", summary: "x" } as const;
    const unnamed = jsonRoute({ ...base, response: z.object({}), answer: () => ({}) });
    expect(() => openApiDocument([unnamed])).toThrow(/named/);
    const stream = eventRoute({ ...base, events: { run: runSchema }, stream: () => Promise.resolve() });
    expect(openApiDocument([stream]).paths["/x"]?.get).toMatchObject({
      responses: { "200": { content: { "text/event-stream": {} } } },
    });
  });
});
