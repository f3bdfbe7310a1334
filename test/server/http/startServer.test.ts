import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { startServer, type ServerOptions } from "../../../src/server/http/startServer.js";
import { json, rawRequest } from "../../support/servers/rawRequest.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-server-"));
const common: ServerOptions = {
  runsRoot: join(folder, "runs"),
  webRoot: join(folder, "web"),
  buildReport: buildRunReport,
  port: 0,
};

beforeAll(() => {
  for (const name of ["runs", "web"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "web", "index.html"), "<!doctype html><title>Turncoat</title>");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("startServer", () => {
  test("takes the next free port, or says that the port is in use", async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, "127.0.0.1", () => {
        const address = other.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    await expect(startServer({ ...common, port, strictPort: true })).rejects.toThrow(
      `port ${port} is in use`,
    );
    const next = await startServer({ ...common, port });
    expect(next.port).toBeGreaterThan(port);
    await next.close();
    other.close();
  });

  test("listens on this machine only", async () => {
    const server = await startServer(common);
    expect(new URL(server.url).hostname).toBe("127.0.0.1");
    await server.close();
  });

  test("serves everything under a base path and nothing beside it", async () => {
    const based = await startServer({ ...common, basePath: "proxy/7777" });
    expect(based.url).toBe(`http://127.0.0.1:${based.port}/proxy/7777/`);
    const { port } = based;
    expect((await rawRequest("/proxy/7777/", { port })).status).toBe(200);
    expect((await rawRequest("/proxy/7777/api/v1/runs", { port })).status).toBe(200);
    expect((await rawRequest("/proxy/7777/plotly.min.js", { port })).status).toBe(200);
    const bare = await rawRequest("/proxy/7777?run=x", { port });
    expect([bare.status, bare.headers.location]).toEqual([308, "/proxy/7777/?run=x"]);
    expect((await rawRequest("/", { port })).status).toBe(404);
    await based.close();
    await expect(startServer({ ...common, basePath: "/a/../b" })).rejects.toThrow(/^base path: expected/);
  });

  test("asks for a token before it listens for other machines, and then in every request", async () => {
    await expect(startServer({ ...common, host: "0.0.0.0" })).rejects.toThrow(/needs a token/);
    await expect(startServer({ ...common, host: "0.0.0.0", token: "x" })).rejects.toThrow(
      "token: expected at least 16 characters, found 1",
    );
    const open = await startServer({ ...common, host: "0.0.0.0", token: "s3cret-0123456789" });
    const { port } = open;
    const refused = await rawRequest("/api/v1/runs", { port });
    expect([refused.status, json(refused)]).toMatchObject([401, { error: "this server asks for a token" }]);
    expect(
      (await rawRequest("/api/v1/runs", { port, headers: { authorization: "Bearer wrong" } })).status,
    ).toBe(401);
    expect((await rawRequest("/", { port, headers: { cookie: "turncoat_token=%E0%A4%A" } })).status).toBe(
      401,
    );
    expect(
      (await rawRequest("/api/v1/runs", { port, headers: { authorization: "Bearer s3cret-0123456789" } }))
        .status,
    ).toBe(200);
    const moved = await rawRequest("/?run=x&token=s3cret-0123456789", { port });
    expect([moved.status, moved.headers.location]).toEqual([302, "/?run=x"]);
    const cookie = String(moved.headers["set-cookie"]);
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    expect((await rawRequest("/", { port, headers: { cookie: cookie.split(";")[0] ?? "" } })).status).toBe(
      200,
    );
    expect(
      (await rawRequest("//evil.example/?token=s3cret-0123456789", { port })).headers.location,
    ).not.toMatch(/^\/\/|evil\./);
    for (const path of ["//", "///?token=s3cret-0123456789", "//:/"]) {
      expect((await rawRequest(path, { port })).status).toBeLessThan(500);
    }
    expect((await rawRequest("/", { port, headers: { host: "rebound.example" } })).status).toBe(403);
    await open.close();
  });
});
