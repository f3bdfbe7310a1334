import { createServer, type Server } from "node:http";
import { afterEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { postEvents } from "../../../src/web/api/eventStream.js";

const address = z.object({ port: z.number() });
const text =
  ': alive\n\nevent: parts\ndata: {"a":1}\n\ndata: [1,\ndata: 2]\n\nevent: done\ndata: {}\n\nevent: half';
const expected = [
  ["parts", { a: 1 }],
  ["message", [1, 2]],
  ["done", {}],
];

describe("eventStream: a stream of events that a post is answered with", () => {
  let server: Server | undefined;

  afterEach(() => {
    vi.unstubAllGlobals();
    server?.close();
  });

  /** What a page hears of a server that sends these pieces; pages ask for addresses relative to their own. */
  const heard = async (pieces: readonly string[], status = 200): Promise<unknown[]> => {
    const listening = createServer((_, response) => {
      response.writeHead(status, { "Content-Type": "text/event-stream" });
      for (const piece of pieces) response.write(piece);
      response.end();
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
    const { port } = address.parse(listening.address());
    const { fetch } = globalThis;
    vi.stubGlobal("fetch", (path: string, init: RequestInit) =>
      fetch(new URL(path, `http://127.0.0.1:${port}/`), init),
    );
    const events: unknown[] = [];
    await postEvents("play", {}, (name, data) => events.push([name, data]), new AbortController().signal);
    return events;
  };

  test("is the same however it is cut", async () => {
    for (const size of [1, 2, 7, text.length]) {
      await expect(heard(text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [])).resolves.toEqual(expected);
      vi.unstubAllGlobals();
      server?.close();
    }
  });

  test("may end its lines as Windows does, and leave out the space after a colon", async () => {
    await expect(heard([text.replaceAll("\n", "\r\n").replaceAll(": ", ":")])).resolves.toEqual(expected);
  });

  test("ends with the error that an event named failure tells", async () => {
    const failure = heard(['data: 1\n\nevent: failure\ndata: {"error":"out of memory"}\n\ndata: 2\n\n']);
    await expect(failure).rejects.toThrow("out of memory");
  });

  test("is refused with what the server says", async () => {
    await expect(heard(['{"error":"no such run"}'], 404)).rejects.toThrow("no such run");
  });
});
