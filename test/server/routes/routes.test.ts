import { createServer, request, type Server } from "node:http";
import express from "express";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { TurncoatError } from "../../../src/errors.js";
import { routerOf } from "../../../src/server/http/apiRouter.js";
import { eventRoute } from "../../../src/server/routes/eventRoute.js";
import { jsonRoute } from "../../../src/server/routes/route.js";

const noteSchema = z.object({ text: z.string().max(20_000) });
const tickSchema = z.object({ tick: z.number() });
let ended = 0;

/** Resolves when the reader is gone. */
function gone(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

const routes = [
  jsonRoute({
    method: "post",
    path: "/notes",
    summary: "Length of a note",
    query: z.object({ twice: z.stringbool().default(false) }),
    body: noteSchema,
    response: z.object({ length: z.number() }),
    answer: ({ body, query }) => ({ length: body.text.length * (query.twice ? 2 : 1) }),
  }),
  eventRoute({
    method: "get",
    path: "/ticks/:mode",
    summary: "Ticks",
    params: z.object({ mode: z.enum(["three", "endless", "broken"]) }),
    events: { tick: tickSchema },
    stream: async ({ params, send, lastEventId, signal }) => {
      const first = Number(lastEventId ?? 0) + 1;
      for (let tick = first; tick <= 3; tick++) await send("tick", { tick }, { id: String(tick) });
      if (params.mode === "broken") throw new TurncoatError("no more ticks", { hint: "Wait." });
      if (params.mode === "endless") await gone(signal);
      ended++;
    },
  }),
];

describe("routes", () => {
  let server: Server;
  let base: string;

  beforeAll(async () => {
    const app = express();
    app.use(routerOf(routes));
    server = createServer(app);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    base = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  });

  afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));

  const post = (body: string, options: { readonly type?: string; readonly query?: string } = {}) =>
    fetch(`${base}/notes${options.query ?? ""}`, {
      method: "POST",
      body,
      headers: { "Content-Type": options.type ?? "application/json" },
    });

  test("take a body that is as declared", async () => {
    const reply = await post('{"text":"four"}', { query: "?twice=true" });
    expect([reply.status, await reply.json()]).toEqual([200, { length: 8 }]);
  });

  test.each([
    [400, '{"text":4}', "application/json", "body: field text: expected string, found number"],
    [400, '{"text":', "application/json", "JSON"],
    [413, JSON.stringify({ text: "x".repeat(70_000) }), "application/json", "too large"],
    [415, "text=four", "application/x-www-form-urlencoded", "application/json"],
    [415, '{"text":"four"}', "text/plain", "application/json"],
  ])("answer %i to another one", async (status, body, type, words) => {
    const reply = await post(body, { type });
    expect(reply.status).toBe(status);
    expect(await reply.text()).toContain(words);
  });

  test("name the methods there are", async () => {
    const reply = await fetch(`${base}/notes`);
    expect([reply.status, reply.headers.get("allow")]).toEqual([405, "POST"]);
  });

  test("stream events, from where a reader left off", async () => {
    const reply = await fetch(`${base}/ticks/three`, { headers: { "Last-Event-ID": "1" } });
    expect(reply.headers.get("content-type")).toContain("text/event-stream");
    expect(await reply.text()).toBe(
      'id: 2\nevent: tick\ndata: {"tick":2}\n\nid: 3\nevent: tick\ndata: {"tick":3}\n\n',
    );
  });

  test("say in the stream why it broke, and refuse one that is not declared", async () => {
    const reply = await fetch(`${base}/ticks/broken`);
    expect((await reply.text()).split("\n\n").at(-2)).toBe(
      'event: failure\ndata: {"error":"no more ticks","hint":"Wait."}',
    );
    expect((await fetch(`${base}/ticks/other`)).status).toBe(400);
  });

  test("end when the reader goes away", async () => {
    const before = ended;
    const reading = request(`${base}/ticks/endless`);
    reading.on("error", () => undefined);
    reading.on("response", (response) => response.once("data", () => reading.destroy()));
    reading.end();
    await expect.poll(() => ended).toBe(before + 1);
  });
});
