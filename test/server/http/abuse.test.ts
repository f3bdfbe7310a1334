import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { startServer, type RunningServer } from "../../../src/server/http/startServer.js";
import { json, rawRequest } from "../../support/servers/rawRequest.js";
import { writeSyntheticRun } from "../../support/syntheticRun.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-abuse-"));
const [runsRoot, webRoot] = [join(folder, "runs"), join(folder, "web")];
const secret = "not to be served";
const defects: unknown[] = [];
let server: RunningServer;

beforeAll(async () => {
  mkdirSync(join(webRoot, "assets"), { recursive: true });
  writeFileSync(join(webRoot, "index.html"), "<!doctype html><title>Turncoat</title>");
  writeSyntheticRun(join(runsRoot, "synthetic"), { steps: 12, turn: 6 });
  cpSync(join(runsRoot, "synthetic"), join(runsRoot, "linked"), { recursive: true });
  mkdirSync(join(runsRoot, "linked", "analysis"));
  writeFileSync(join(runsRoot, "linked", "analysis", "likelihood.json"), "{}");
  writeFileSync(join(folder, "secret.txt"), secret);
  server = await startServer({
    runsRoot,
    webRoot,
    buildReport: buildRunReport,
    port: 0,
    mostReaders: 5,
    onError: (error) => defects.push(error),
    limits: { headers: 400, request: 800, idle: 1500, connections: 200 },
  });
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (
  path: string,
  options: { readonly headers?: Record<string, string>; readonly method?: string } = {},
) => rawRequest(path, { ...options, port: server.port });

/** A connection that sends what it is told, and what it got until it was closed. */
function raw(text: string): { readonly socket: Socket; readonly closed: Promise<string> } {
  const socket = connect(server.port, "127.0.0.1", () => socket.write(text));
  const closed = new Promise<string>((resolve) => {
    let got = "";
    socket.on("data", (chunk) => (got += chunk.toString()));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(got));
  });
  return { socket, closed };
}

const isAlive = async (): Promise<void> => {
  expect((await ask("/api/v1/runs")).status).toBe(200);
  expect(defects).toEqual([]);
};

describe("paths", () => {
  test.each([
    "/assets/..%252f..%252fsecret.txt",
    "/assets/%252e%252e/%252e%252e/secret.txt",
    "/assets/..%c0%af..%c0%afsecret.txt",
    "/assets//../../secret.txt",
    "/assets/....//....//secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e%2fsecret.txt",
    "/api/v1/runs/..%252f..%252fsecret.txt/config",
    "/api/v1/runs/synthetic%00/config",
    "/api/v1/runs/%00/config",
    "/api/v1/runs/..%5c..%5csecret.txt/config",
    "/api/v1/runs/synthetic%2f..%2f..%2f/config",
    "/api/v1/runs/synthetic/figures/..%2f..%2fsecret/table",
    "/api/v1/runs/../../secret.txt/events",
    "/api/v1/runs/%2e%2e%2f/events",
    "/api/v1/runs/constructor/live",
    `/api/v1/runs/${"x".repeat(300)}/report`,
  ])("do not leave the folders: %s", async (path) => {
    const reply = await ask(path);
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.status).toBeLessThan(500);
    expect(reply.body).not.toContain(secret);
    await isAlive();
  });

  test.each([
    "run.json",
    "trainer_state.json",
    "evaluations/curve.jsonl",
    "evaluations",
    "checkpoint-4",
    "analysis/likelihood.json",
  ])("do not follow a link out of a run: %s", async (name) => {
    const path = join(runsRoot, "linked", name);
    const kept = join(folder, "kept");
    cpSync(path, kept, { recursive: true });
    rmSync(path, { recursive: true });
    symlinkSync(kept, path);
    for (const address of ["report", "config", "answers", "analysis", "events"]) {
      const reply = await ask(`/api/v1/runs/linked/${address}`);
      expect([address, reply.status]).toEqual([address, 422]);
      expect(reply.body).toContain("a link that leads out of");
    }
    unlinkSync(path);
    cpSync(kept, path, { recursive: true });
    rmSync(kept, { recursive: true });
    expect((await ask("/api/v1/runs/linked/config")).status).toBe(200);
  });
});

describe("hostile runs", () => {
  const hostile = join(runsRoot, "hostile");
  beforeEach(() => cpSync(join(runsRoot, "synthetic"), hostile, { recursive: true }));
  afterEach(() => rmSync(hostile, { recursive: true }));

  test("show nothing of a file that a checkpoint links to", async () => {
    const path = join(hostile, "checkpoint-4", "adapter_config.json");
    rmSync(path);
    symlinkSync(join(folder, "secret.txt"), path);
    const reply = await ask("/api/v1/runs/hostile/analysis");
    expect(reply.status).toBe(200);
    expect(reply.body).not.toContain(secret);
    expect(reply.body).toContain(`${path}: a link that leads out of ${runsRoot}`);
    await isAlive();
  });

  test.each([
    "evaluations/curve.jsonl",
    "trainer_state.json",
    "run.json",
    "notes.jsonl",
    "transitions.jsonl",
  ])("hold nobody up with a pipe as %s", async (name) => {
    rmSync(join(hostile, name), { force: true });
    execFileSync("mkfifo", [join(hostile, name)]);
    for (const address of ["live", "report", "config", "answers", "notes", "summary", "playground"]) {
      expect((await ask(`/api/v1/runs/hostile/${address}`)).status).toBeLessThan(500);
    }
    await rawRequest("/api/v1/runs/hostile/notes", {
      method: "POST",
      json: { step: 1, text: "seen" },
      port: server.port,
    });
    await isAlive();
  });
});

describe("requests", () => {
  test.each([
    ["a long address", `/api/v1/runs?x=${"y".repeat(20_000)}`, 431],
    ["a long answer step", `/api/v1/runs/synthetic/answers?step=${"9".repeat(400)}`, 400],
    ["a parameter twice", "/api/v1/runs/synthetic/answers?step=1&step=2", 400],
    ["an object for a number", "/api/v1/runs/synthetic/answers?step[a]=1", 200],
    ["half an escape", "/api/v1/runs/synthetic/figures/%", 400],
    ["a long question", `/api/v1/runs/synthetic/answers?question=${"q".repeat(600)}`, 400],
  ])("with %s", async (_, path, status) => {
    expect((await ask(path)).status).toBe(status);
    await isAlive();
  });

  test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])("by %s", async (method) => {
    for (const path of ["/", "/api/v1/runs/synthetic/events", "/api/v1/runs/synthetic/report"]) {
      expect((await ask(path, { method })).status).toBe(405);
    }
  });

  test("of another page or another host get no stream", async () => {
    for (const [name, value] of [
      ["origin", "http://evil.example"],
      ["host", "evil.example"],
    ] as const) {
      const reply = await ask("/api/v1/runs/synthetic/events", { headers: { [name]: value } });
      expect(reply.status).toBe(403);
      expect(reply.body).not.toContain("synthetic");
    }
  });

  test("that are no HTTP are closed", async () => {
    for (const text of [
      "\0\0\0\0\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "GET /\r\n\r\n",
      "GET / HTTP/1.1\r\n\r\n",
    ]) {
      expect(await raw(text).closed).toMatch(/^HTTP\/1\.1 40[03] /);
    }
    await isAlive();
  });
});

describe("slow clients", () => {
  test("that send their headers drop by drop are dropped", async () => {
    const slow = Array.from({ length: 40 }, () => raw("GET /api/v1/runs HTTP/1.1\r\nHost: localhost\r\n"));
    const drops = setInterval(() => {
      for (const { socket } of slow) if (!socket.destroyed) socket.write("X-A: b\r\n");
    }, 100);
    await isAlive();
    const got = await Promise.all(slow.map(({ closed }) => closed));
    clearInterval(drops);
    for (const text of got) expect(text).toMatch(/^(HTTP\/1\.1 408 |$)/);
  });

  test("that never send their body are dropped", async () => {
    const { closed } = raw(
      "GET /api/v1/runs/synthetic/report HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf",
    );
    await closed;
    await isAlive();
  });

  test("that do not say anything are dropped, and connections beyond the limit at once", async () => {
    const silent = Array.from({ length: 260 }, () => raw(""));
    await Promise.all(silent.map(({ closed }) => closed));
    await isAlive();
  });
});

describe("readers of events", () => {
  test("that go away leave nothing behind: their places are free again", async () => {
    const address = `${server.url}api/v1/runs/synthetic/events`;
    for (let round = 0; round < 12; round++) {
      await Promise.all(
        Array.from(
          { length: 5 },
          () =>
            new Promise<void>((resolve, reject) => {
              const reading = get(address, { agent: false }, (response) => {
                response.on("error", () => undefined);
                response.once("data", () => {
                  reading.destroy();
                  resolve();
                });
                if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode ?? "none"}`));
              });
              reading.on("error", () => resolve());
            }),
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await isAlive();
    expect(json(await ask("/api/v1/runs/synthetic/live"))).toMatchObject({ status: "finished", step: 12 });
  });
});
