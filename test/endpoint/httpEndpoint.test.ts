import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { readBounded, ReplyTooLarge } from "../../src/endpoint/boundedBody.js";
import { HttpEndpoint, retryAfterSeconds } from "../../src/endpoint/httpEndpoint.js";
import { failureOf, send } from "../support/servers/judgeServer.js";

const secret = "sk-test-0123456789abcdef";

async function listening(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => answer(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
}

function post(baseUrl: string): Promise<string> {
  const endpoint = new HttpEndpoint({ baseUrl, apiKey: secret, retries: 1, firstWaitSeconds: 0.01 });
  return endpoint.post("/chat/completions", { a: 1 }, { success: (text) => ({ value: text }) });
}

describe("httpEndpoint: redirects", () => {
  test("one to another host is refused, and neither key nor body is sent there", async () => {
    let others = 0;
    const other = await listening((_, response) => {
      others++;
      send(response, 200, {});
    });
    const url = await listening((request, response) =>
      send(response, 307, "", { location: `${other}${request.url ?? ""}` }),
    );
    const { message, hint } = await failureOf(post(url));
    expect(message).toBe(`endpoint at ${url}: HTTP 307: it redirects to ${other}, which is another host`);
    expect(hint).toContain("give that one if it is right");
    expect(others).toBe(0);
  });

  test("one within the host is followed, with the same method and key", async () => {
    const seen: (string | undefined)[] = [];
    const url = await listening((request, response) => {
      if (request.url === "/chat/completions") {
        send(response, 308, "", { location: "/v1/chat/completions" });
        return;
      }
      seen.push(request.method, request.url, request.headers.authorization);
      send(response, 200, { fine: true });
    });
    expect(await post(url)).toBe('{"fine":true}');
    expect(seen).toEqual(["POST", "/v1/chat/completions", `Bearer ${secret}`]);
  });

  test("a circle ends", async () => {
    const url = await listening((_, response) => send(response, 302, "", { location: "/chat/completions" }));
    expect((await failureOf(post(url))).message).toContain("redirects more than 5 times");
  });
});

describe("httpEndpoint: a failure with status 200", () => {
  test("gives the provider's reason, and ends or is tried again as its code says", async () => {
    let asked = 0;
    const url = await listening((_, response) => {
      asked++;
      send(response, 200, { error: { message: "Model does not exist", code: 404 } });
    });
    expect((await failureOf(post(url))).message).toBe(`endpoint at ${url}: HTTP 404: Model does not exist`);
    expect(asked).toBe(1);
    const busy = await listening((_, response) => {
      asked++;
      send(response, 200, { error: { message: "Provider overloaded" } });
    });
    asked = 0;
    expect((await failureOf(post(busy))).message).toBe(
      `endpoint at ${busy}: gave up after 2 attempts; the last one: the reply is an error: Provider overloaded`,
    );
    expect(asked).toBe(2);
  });
});

describe("httpEndpoint: a reply without end", () => {
  test("is left where it passes the limit, announced or not", async () => {
    const url = await listening((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const block = Buffer.alloc(2 ** 20, " ");
      const pour = (): void => {
        while (response.write(block)) continue;
        response.once("drain", pour);
      };
      pour();
    });
    expect((await failureOf(post(url))).message).toBe(
      `endpoint at ${url}: expected a reply of at most 16 MiB, and it sends more`,
    );
    const announced = await listening((_, response) => {
      response.writeHead(200, { "content-length": String(3 * 2 ** 30) });
      response.write("{");
    });
    expect((await failureOf(post(announced))).message).toContain("at most 16 MiB");
  });

  test("a shorter one is read whole, whatever the pieces", async () => {
    const text = "né".repeat(1000);
    const response = (): Response => new Response(text);
    expect(await readBounded(response(), 3000)).toBe(text);
    await expect(readBounded(response(), 2999)).rejects.toThrow(ReplyTooLarge);
  });
});

test("Retry-After is in seconds or a date", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  expect(retryAfterSeconds("3", now)).toBe(3);
  expect(retryAfterSeconds("Thu, 01 Jan 2026 00:00:30 GMT", now)).toBe(30);
  expect(retryAfterSeconds("Wed, 31 Dec 2025 23:00:00 GMT", now)).toBe(0);
  expect([retryAfterSeconds(null), retryAfterSeconds("soon")]).toEqual([null, null]);
});
