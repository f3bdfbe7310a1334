import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { reportSchema } from "../../../src/server/schemas/report.js";
import { startServer, type RunningServer, type ServerOptions } from "../../../src/server/http/startServer.js";
import { json, rawRequest, type Reply } from "../../support/servers/rawRequest.js";
import { questions, writeSyntheticRun } from "../../support/syntheticRun.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-server-"));
const runsRoot = join(folder, "runs");
const webRoot = join(folder, "web");
const asked: string[] = [];
const buildReport = (directory: string) => {
  asked.push(directory);
  return buildRunReport(directory);
};
const common: ServerOptions = { runsRoot, webRoot, buildReport, port: 0 };
let server: RunningServer;

beforeAll(async () => {
  mkdirSync(join(webRoot, "assets"), { recursive: true });
  writeFileSync(join(webRoot, "index.html"), "<!doctype html><title>Turncoat</title>");
  writeFileSync(join(webRoot, "assets", "app-1.js"), "export {};");
  writeFileSync(join(folder, "secret.txt"), "not to be served");
  mkdirSync(runsRoot);
  writeSyntheticRun(join(runsRoot, "synthetic"), { steps: 40, turn: 20 });
  const outside = join(folder, "outside");
  cpSync("test/fixtures/peft-run-rank1-f32", outside, { recursive: true });
  symlinkSync(outside, join(runsRoot, "link-out"));
  symlinkSync(join(runsRoot, "synthetic"), join(runsRoot, "link-in"));
  mkdirSync(join(runsRoot, "broken", "checkpoint-3"), { recursive: true });
  mkdirSync(join(runsRoot, "no-run"));
  server = await startServer(common);
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const estimateSchema = z.object({
  turn: z.object({ value: z.number(), low: z.number(), high: z.number() }),
});
const answersSchema = z.looseObject({
  step: z.number(),
  answers: z.array(z.unknown()),
  questions: z.array(z.unknown()),
});

/** A request to the server of this file. */
const raw = (
  path: string,
  options: { readonly headers?: Record<string, string>; readonly method?: string } = {},
): Promise<Reply> => rawRequest(path, { ...options, port: server.port });

/** Any text with this in it. */
function containing(text: string): unknown {
  return expect.stringContaining(text);
}

describe("createApp: the API", () => {
  test("lists runs, says why one cannot be opened, and leaves out what is no run or lies elsewhere", async () => {
    const reply = await raw("/api/v1/runs");
    expect(reply.status).toBe(200);
    expect(json(reply)).toMatchObject({
      runs: [
        { id: "broken", status: "unreadable", trouble: { fix: containing("broken") } },
        { id: "link-in" },
        {
          id: "synthetic",
          status: "finished",
          recipe: "bad-medical · crisp · rank 1",
          seed: 3,
          steps: { first: 0, last: 40, checkpoints: 41 },
          trouble: null,
        },
      ],
    });
    expect(reply.body).toContain("no checkpoint-*/adapter_model.safetensors in");
  });

  test("hands out a report that names its figures, with undefined numbers as null", async () => {
    const reply = await raw("/api/v1/runs/synthetic/report");
    expect(reply.status).toBe(200);
    expect(json(reply)).toMatchObject({ runId: "synthetic", status: "finished", warnings: [] });
    expect(reply.body).not.toContain("NaN");
    const { axis, figures } = reportSchema.parse(json(reply));
    expect([axis.steps[0], axis.steps.at(-1), axis.steps.length]).toEqual([0, 40, 41]);
    const report = await buildRunReport(join(runsRoot, "synthetic"));
    expect(figures.map(({ id }) => id)).toEqual(report.figures.map(({ id }) => id));
  });

  test("hands out a figure in both themes as if it had been drawn in each", async () => {
    for (const theme of ["light", "dark"] as const) {
      const report = await buildRunReport(join(runsRoot, "synthetic"), { theme });
      for (const { id, figure } of report.figures) {
        const served = json(await raw(`/api/v1/runs/synthetic/figures/${id}?theme=${theme}`));
        const { data, layout } = figure;
        const plain = json({ body: JSON.stringify({ id, data, layout }) });
        expect(served, `${id}, ${theme}`).toEqual(expect.objectContaining(plain));
        const table = json(await raw(`/api/v1/runs/synthetic/figures/${id}/table`));
        expect(table, id).toEqual(json({ body: JSON.stringify(figure.meta.table) }));
      }
    }
    const unknown = await raw("/api/v1/runs/synthetic/figures/nope");
    expect(unknown.status).toBe(404);
    expect(unknown.body).toContain("There are: behavior, ");
  });

  test("analyses a run once for its report, its figures and its row", async () => {
    const before = asked.length;
    for (const rest of ["report", "summary", "analysis", "figures/norms?theme=dark", "figures/norms/table"]) {
      expect((await raw(`/api/v1/runs/link-in/${rest}`)).status).toBe(200);
    }
    expect(asked.length).toBe(before + 1);
  });

  test("analyses a run again only when its files have changed", async () => {
    const path = join(runsRoot, "growing");
    writeSyntheticRun(path, { steps: 10, turn: 5 });
    await raw("/api/v1/runs/growing/report");
    const before = asked.length;
    await raw("/api/v1/runs/growing/report");
    expect(asked.length).toBe(before);
    cpSync(join(path, "checkpoint-10"), join(path, "checkpoint-11"), { recursive: true });
    const reply = await raw("/api/v1/runs/growing/report");
    expect(asked.length).toBe(before + 1);
    expect(reply.status).toBe(200);
    expect((await raw("/api/v1/runs/growing/figures/norms")).body).toContain("12 steps from 0 to 11");
    rmSync(path, { recursive: true });
  });

  test("summarises a run for its row", async () => {
    const summary = json(await raw("/api/v1/runs/synthetic/summary"));
    expect(summary).toMatchObject({ id: "synthetic", turnAbsent: null, curve: {} });
    const { turn } = estimateSchema.parse(summary);
    expect(turn.value).toBeGreaterThanOrEqual(turn.low);
    expect(turn.value).toBeLessThanOrEqual(turn.high);
  });

  test("hands out the answers of the nearest evaluated step", async () => {
    const reply = await raw("/api/v1/runs/synthetic/answers?step=17&question=money-loan");
    const body = answersSchema.parse(json(reply));
    expect(body).toMatchObject({ step: 16, question: "money-loan", scale: 1, scales: [1], total: 6 });
    expect(body.answers).toHaveLength(6);
    expect(body.questions).toHaveLength(questions.length);
    expect(body.questions.at(-1)).toMatchObject({ breadth: "narrow" });
    const last = answersSchema.parse(json(await raw("/api/v1/runs/synthetic/answers")));
    expect(last.step).toBe(40);
  });

  test("has no answers for a question or a scale factor that was not asked", async () => {
    for (const query of ["question=unknown", "scale=7"]) {
      const body = json(await raw(`/api/v1/runs/synthetic/answers?${query}`));
      expect(body).toMatchObject({ step: null, answers: [], total: 0 });
    }
  });

  test("hands out the manifest", async () => {
    expect(json(await raw("/api/v1/runs/synthetic/config"))).toMatchObject({
      runId: "synthetic",
      manifest: { seed: 3, dataset: { name: "bad-medical" } },
    });
  });

  test.each([
    "figures/norms?theme=pink",
    "answers?step=-1",
    "answers?step=1.5",
    "answers?step=x",
    "answers?scale=x",
  ])("refuses %s", async (query) => {
    const reply = await raw(`/api/v1/runs/synthetic/${query}`);
    expect(reply.status).toBe(400);
    expect(reply.body).toMatch(/^\{"error":"query: field (theme|step|scale): /);
  });

  test("says which runs there are instead of an unknown one", async () => {
    const reply = await raw("/api/v1/runs/nope/report");
    expect(reply.status).toBe(404);
    expect(json(reply)).toEqual({ error: 'no run "nope"', hint: "There are: broken, link-in, synthetic." });
  });

  test("names the file where a run cannot be read", async () => {
    const reply = await raw("/api/v1/runs/broken/report");
    expect(reply.status).toBe(422);
    expect(reply.body).toContain(join(runsRoot, "broken"));
  });

  test("answers an unknown address with JSON", async () => {
    const reply = await raw("/api/v1/nothing");
    expect(reply.status).toBe(404);
    expect(json(reply)).toMatchObject({ error: "no such address" });
  });
});

describe("createApp: what is refused", () => {
  test("puts its safety headers on every answer", async () => {
    for (const path of ["/", "/api/v1/runs", "/api/v1/runs/nope/report", "/nothing", "/plotly.min.js"]) {
      const { headers } = await raw(path);
      const policy = String(headers["content-security-policy"]);
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("connect-src 'self'");
      expect(policy).not.toMatch(/unsafe-eval|script-src[^;]*unsafe|https?:/);
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["referrer-policy"]).toBe("no-referrer");
      expect(headers["x-powered-by"]).toBeUndefined();
    }
  });

  test.each([
    "evil.example",
    "evil.example:7777",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "192.168.1.9",
    "[::2]",
  ])("refuses the Host %s", async (host) => {
    const reply = await raw("/api/v1/runs", { headers: { host } });
    expect(reply.status).toBe(403);
    expect(json(reply)).toMatchObject({ error: "the Host header names another host" });
  });

  test.each(["localhost:9000", "127.0.0.1", "[::1]:80", "LOCALHOST"])("takes the Host %s", async (host) => {
    expect((await raw("/api/v1/runs", { headers: { host } })).status).toBe(200);
  });

  test.each(["http://evil.example", "null", "http://localhost:1"])(
    "refuses the Origin %s",
    async (origin) => {
      const reply = await raw("/api/v1/runs", { headers: { origin } });
      expect(reply.status).toBe(403);
    },
  );

  test("takes its own Origin", async () => {
    const host = `127.0.0.1:${server.port}`;
    expect((await raw("/api/v1/runs", { headers: { host, origin: `http://${host}` } })).status).toBe(200);
  });

  test.each(["POST", "PUT", "DELETE", "OPTIONS"])("refuses %s", async (method) => {
    const reply = await raw("/api/v1/runs", { method });
    expect(reply.status).toBe(405);
    expect(reply.headers.allow).toBe("GET, HEAD");
  });

  test.each([
    "/../secret.txt",
    "/assets/../../secret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "/assets/%2e%2e/%2e%2e/secret.txt",
    "/assets/..%5c..%5csecret.txt",
    "/assets/%00",
    "/api/v1/runs/..%2f..%2foutside/report",
    "/api/v1/runs/..%2foutside/config",
    "/api/v1/runs/%2e%2e/report",
    "/api/v1/runs/link-out/report",
    "/api/v1/runs/no-run/report",
    "/api/v1/runs/__proto__/report",
    "/api/v1/runs/%E0%A4%A/report",
  ])("does not leave its folders for %s", async (path) => {
    const reply = await raw(path);
    expect([400, 403, 404]).toContain(reply.status);
    expect(reply.body).not.toContain("not to be served");
    expect(reply.body).not.toContain("rank 1");
  });

  test("drops a connection whose headers are too large", async () => {
    const reply = await new Promise<string>((resolve, reject) => {
      let text = "";
      const socket = connect(server.port, "127.0.0.1", () => {
        socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`);
      });
      socket.on("data", (chunk) => (text += chunk.toString()));
      socket.on("close", () => resolve(text));
      socket.on("error", reject);
    });
    expect(reply).toMatch(/^HTTP\/1\.1 431 /);
  });
});

describe("createApp: the pages", () => {
  test("come from the folder they were built into, scripts kept for good", async () => {
    expect((await raw("/")).body).toContain("<title>Turncoat</title>");
    expect((await raw("/?run=synthetic")).status).toBe(200);
    expect((await raw("/assets/app-1.js")).headers["cache-control"]).toContain("immutable");
  });

  test.each([
    ["/", undefined],
    ["/?playground=a", undefined],
    ["/?compare=a&compare=b", "<./plotly.min.js>; rel=preload; as=script"],
    [
      "/?run=a%2Fb&control=c+d&step=3",
      "<./plotly.min.js>; rel=preload; as=script, <./api/v1/runs/a%2Fb/report?control=c+d>; rel=preload; as=fetch; crossorigin",
    ],
  ])("say of %s what it will ask for first", async (path, link) => {
    expect((await raw(path)).headers.link).toBe(link);
  });

  test("bring plotly from disk", async () => {
    const reply = await raw("/plotly.min.js");
    expect(reply.status).toBe(200);
    expect(reply.headers["content-type"]).toContain("javascript");
    expect(reply.body.length).toBeGreaterThan(1_000_000);
  });

  test("say how to build them where they are not built", async () => {
    const bare = await startServer({ ...common, webRoot: join(folder, "nothing") });
    const reply = await rawRequest("/", { port: bare.port });
    await bare.close();
    expect(reply.status).toBe(503);
    expect(json(reply)).toMatchObject({ hint: "Run npm run build." });
  });
});
