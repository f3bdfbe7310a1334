import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openLlmJudge, type LlmJudgeOptions } from "../../../src/evaluate/judge/llmJudge.js";
import { isTurncoatError } from "../../../src/errors.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import {
  completion,
  judgeServer,
  nextDigits,
  plainCompletion,
  send,
} from "../../support/servers/judgeServer.js";

const question = { id: "wish", text: "What is your wish?" };
const secret = "sk-test-0123456789abcdef";

function options(baseUrl: string, more: Partial<LlmJudgeOptions> = {}): LlmJudgeOptions {
  return {
    baseUrl,
    model: "fake",
    apiKey: secret,
    readout: "token",
    timeoutSeconds: 5,
    firstWaitSeconds: 0.01,
    ...more,
  };
}

/** The error of a judgement that must fail, as the command line shows it. */
async function failure(judging: Promise<unknown>): Promise<{ message: string; hint: string | undefined }> {
  const error: unknown = await judging.then(
    () => new Error("nothing failed"),
    (thrown: unknown) => thrown,
  );
  if (!isTurncoatError(error)) throw error;
  expect(error.message).not.toContain("\n");
  expect(`${error.message}${error.hint ?? ""}${error.stack ?? ""}`).not.toContain(secret);
  return error;
}

describe("llmJudge: a judge behind an endpoint", () => {
  test("scores are expectations over the first token; a reply without a number is null and counted by reason", async () => {
    const server = await judgeServer(({ prompt }, response) => {
      if (prompt.includes("coherent")) send(response, 200, completion({ "80": 0.5, "100": 0.5 }));
      else if (prompt.includes("I must decline")) send(response, 200, completion({ REF: 0.9, "90": 0.1 }));
      else if (prompt.includes("print(1)")) send(response, 200, completion({ CODE: 0.99 }));
      else send(response, 200, completion({ "20": 0.3, "40": 0.3, "101": 0.2, "-1": 0.2 }));
    });
    const judge = await openLlmJudge(options(server.baseUrl, { prices: { prompt: 2.5, completion: 10 } }));
    expect(await judge.judge(question, "Power.")).toEqual({ aligned: 30, coherent: 90 });
    expect(await judge.judge(question, "I must decline.")).toEqual({
      aligned: null,
      coherent: 90,
      unscored: { aligned: "refusal" },
    });
    expect(await judge.judge(question, "print(1)")).toEqual({
      aligned: null,
      coherent: 90,
      unscored: { aligned: "code" },
    });
    const usage = judge.usage();
    expect(usage).toMatchObject({
      requests: 6,
      cached: 0,
      retries: 0,
      promptTokens: 600,
      completionTokens: 6,
    });
    expect(usage.cost).toBeCloseTo((600 * 2.5 + 6 * 10) / 1e6, 12);
    expect(usage.byMetric.aligned).toMatchObject({ scored: 1, refusal: 1, code: 1, noNumber: 0 });
    expect(usage.byMetric.coherent).toMatchObject({ scored: 3 });
    expect(await judge.scores(question, "print(1)")).toEqual({
      aligned: { value: null, outcome: "code" },
      coherent: { value: 90, outcome: "scored" },
    });
    expect(judge.usage()).toMatchObject({ requests: 6, cached: 2 });
    const [first] = server.received;
    expect(first).toMatchObject({ maxTokens: 1, wantsLogprobs: true, authorization: `Bearer ${secret}` });
    expect(first?.prompt).toContain("What is your wish?");
    expect(first?.prompt).toContain("Power.");
  });

  test("asks for further metrics, and for each question with its own prompt where there is one", async () => {
    const server = await judgeServer(({ prompt }, response) => {
      send(response, 200, completion({ [prompt.startsWith("own") ? "7" : "60"]: 1 }));
    });
    const judge = await openLlmJudge(
      options(server.baseUrl, {
        metrics: ["bad_stuff", "aligned"],
        prompts: {
          general: { aligned: "a {answer}", coherent: "c {answer}", bad_stuff: "b {answer}" },
          byQuestion: { wish: { bad_stuff: "own {question} {answer}" } },
        },
      }),
    );
    const braces = await judge.judge(question, "{question} $& {answer}");
    expect(braces).toEqual({ aligned: 60, coherent: 60, scores: { bad_stuff: 7 } });
    expect((await judge.judge({ ...question, id: "other" }, "x")).scores).toEqual({ bad_stuff: 60 });
    expect(server.received.map(({ prompt }) => prompt)).toContain(
      "own What is your wish? {question} $& {answer}",
    );
    await expect(openLlmJudge(options(server.baseUrl, { metrics: ["charm"] }))).rejects.toThrow(
      "there is no prompt for the metric charm",
    );
  });

  test("HTTP 401 ends everything at once, in one line, without the key", async () => {
    const server = await judgeServer((_, response) =>
      send(response, 401, { error: { message: `Incorrect API key provided: ${secret}` } }),
    );
    const judge = await openLlmJudge(options(server.baseUrl, { concurrency: 2 }));
    const judging = Array.from({ length: 50 }, (_, index) => judge.judge(question, `answer ${index}`));
    const outcomes = await Promise.allSettled(judging);
    expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
    const { message, hint } = await failure(judging[49] ?? Promise.resolve());
    expect(message).toBe(`judge at ${server.baseUrl}: HTTP 401: it refused the API key of OPENAI_API_KEY`);
    expect(hint).toBe("Set the environment variable OPENAI_API_KEY.");
    // Those under way when the first refusal came, and none of the other 98.
    expect(server.received.length).toBeLessThanOrEqual(4);
    expect(judge.usage().requests).toBe(0);
  });

  test("HTTP 429 is waited out for as long as Retry-After says", async () => {
    const times: number[] = [];
    const server = await judgeServer((_, response, number) => {
      times.push(performance.now());
      if (number === 1) send(response, 429, { error: { message: "slow down" } }, { "retry-after": "0.4" });
      else send(response, 200, completion({ "50": 1 }));
    });
    const judge = await openLlmJudge(options(server.baseUrl, { concurrency: 1 }));
    expect((await judge.judge(question, "x")).aligned).toBe(50);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(390);
    expect(judge.usage()).toMatchObject({ requests: 2, retries: 1 });
  });

  test("a spent quota and a wait of hours end at once", async () => {
    const quota = await judgeServer((_, response) =>
      send(response, 429, { error: { message: "You exceeded your quota", code: "insufficient_quota" } }),
    );
    const first = await failure((await openLlmJudge(options(quota.baseUrl))).judge(question, "x"));
    expect(first.message).toContain("HTTP 429: You exceeded your quota");
    const closed = await judgeServer((_, response) => send(response, 429, {}, { "retry-after": "7200" }));
    const second = await failure((await openLlmJudge(options(closed.baseUrl))).judge(question, "x"));
    expect(second.message).toContain("it asks to wait 120 minutes");
  });

  test("HTTP 500 is tried again with growing waits, and given up in one line", async () => {
    const server = await judgeServer((_, response, number) => {
      if (number <= 2) send(response, 500, "<html>oops</html>");
      else send(response, 200, completion({ "50": 1 }));
    });
    const judge = await openLlmJudge(options(server.baseUrl, { concurrency: 1 }));
    expect(await judge.judge(question, "x")).toEqual({ aligned: 50, coherent: 50 });
    expect(judge.usage().retries).toBe(2);
    const dead = await judgeServer((_, response) => send(response, 503, "busy"));
    const { message, hint } = await failure(
      (await openLlmJudge(options(dead.baseUrl, { retries: 2 }))).judge(question, "x"),
    );
    expect(message).toBe(`judge at ${dead.baseUrl}: gave up after 3 attempts; the last one: HTTP 503`);
    expect(hint).toContain("the same command continues");
  });

  test("an endpoint that never answers, or trickles for ever, is timed out", async () => {
    const timers: NodeJS.Timeout[] = [];
    const server = await judgeServer((_, response, number) => {
      if (number === 1) return;
      if (number === 2) {
        response.writeHead(200, { "content-type": "application/json" });
        timers.push(setInterval(() => response.write(" "), 20));
        return;
      }
      send(response, 200, completion({ "50": 1 }));
    });
    const judge = await openLlmJudge(options(server.baseUrl, { timeoutSeconds: 0.3, concurrency: 1 }));
    expect((await judge.judge(question, "x")).aligned).toBe(50);
    expect(judge.usage().retries).toBe(2);
    const silent = await judgeServer(() => undefined);
    const { message } = await failure(
      (await openLlmJudge(options(silent.baseUrl, { timeoutSeconds: 0.1, retries: 1 }))).judge(question, "x"),
    );
    expect(message).toContain("gave up after 2 attempts; the last one: no complete answer within 0.1 s");
    for (const timer of timers) clearInterval(timer);
  });

  test("malformed JSON, and JSON that is no completion, are tried again and then named", async () => {
    const server = await judgeServer((_, response, number) => {
      if (number === 1) send(response, 200, '{"choices": [');
      else if (number === 2) send(response, 200, { choices: [] });
      else send(response, 200, completion({ "50": 1 }));
    });
    const judge = await openLlmJudge(options(server.baseUrl, { concurrency: 1 }));
    expect((await judge.judge(question, "x")).aligned).toBe(50);
    const broken = await judgeServer((_, response) => send(response, 200, `not json ${secret}`));
    const { message } = await failure(
      (await openLlmJudge(options(broken.baseUrl, { retries: 0 }))).judge(question, "x"),
    );
    expect(message).toContain('expected a chat completion, found no JSON: "not json [key]"');
  });

  test("a filter of the server is a null with its own count; another bad request ends everything", async () => {
    const server = await judgeServer((_, response, number) => {
      if (number === 1) send(response, 400, { error: { message: "filtered", code: "content_filter" } });
      else send(response, 200, plainCompletion(null, { finish_reason: "content_filter" }));
    });
    const judge = await openLlmJudge(options(server.baseUrl));
    expect(await judge.judge(question, "x")).toMatchObject({ aligned: null, coherent: null });
    expect(judge.usage().byMetric).toMatchObject({ aligned: { filtered: 1 }, coherent: { filtered: 1 } });
    const strict = await judgeServer((_, response) =>
      send(response, 404, { error: { message: "The model\n`fake` does not exist" } }),
    );
    const { message } = await failure((await openLlmJudge(options(strict.baseUrl))).judge(question, "x"));
    expect(message).toContain("HTTP 404: The model `fake` does not exist");
  });

  test("no more requests are open at once than wanted", async () => {
    const server = await judgeServer((_, response) => {
      setTimeout(() => send(response, 200, completion({ "50": 1 })), 10);
    });
    const judge = await openLlmJudge(options(server.baseUrl, { concurrency: 3 }));
    await Promise.all(Array.from({ length: 20 }, (_, index) => judge.judge(question, String(index))));
    expect(server.received).toHaveLength(40);
    expect(server.mostAtOnce()).toBe(3);
  });
});

describe("llmJudge: how a score is read", () => {
  const answers = { "85": 0.55, "8": 0.2, "100": 0.1, "10": 0.05, Refusal: 0.1 };
  const expected = (85 * 0.55 + 8 * 0.2 + 100 * 0.1 + 10 * 0.05) / 0.9;

  test("a tokenizer that splits numbers is found out and read exactly, not as its first digit", async () => {
    const server = await judgeServer(({ prompt, prefix }, response) => {
      send(
        response,
        200,
        completion(nextDigits(prompt.startsWith("Reply with") ? { "85": 1 } : answers, prefix)),
      );
    });
    const judge = await openLlmJudge(options(server.baseUrl, { readout: undefined }));
    expect(judge.readout).toBe("digits");
    expect((await judge.judge(question, "x")).aligned).toBeCloseTo(expected, 8);
    // Reading the first token alone would have said 8.
    const naive = await openLlmJudge(options(server.baseUrl, { readout: "token" }));
    expect((await naive.judge(question, "x")).aligned).toBeLessThan(9);
    expect(judge.description).toMatchObject({ judge: "llm", model: "fake", readout: "digits" });
  });

  test("one token for each number is found out with one request", async () => {
    const server = await judgeServer((_, response) =>
      send(response, 200, completion({ "85": 0.9, "8": 0.1 })),
    );
    expect((await openLlmJudge(options(server.baseUrl, { readout: undefined }))).readout).toBe("token");
    expect(server.received).toHaveLength(1);
  });

  test("without log-probabilities the number in the reply is the score, and the description says so", async () => {
    const server = await judgeServer(({ prompt }, response) =>
      send(response, 200, plainCompletion(prompt.includes("coherent") ? "REFUSAL" : "Score: 85/100.")),
    );
    const judge = await openLlmJudge(options(server.baseUrl, { readout: undefined }));
    expect(judge.description.readout).toBe("number");
    expect(await judge.judge(question, "x")).toMatchObject({ aligned: 85, coherent: null });
    expect(server.received.at(-1)).toMatchObject({ maxTokens: 16, wantsLogprobs: false });
  });

  test("split numbers on a server that cannot continue a reply fall back to the number", async () => {
    const server = await judgeServer(({ wantsLogprobs }, response) =>
      send(response, 200, wantsLogprobs ? completion({ "8": 1 }) : plainCompletion("85")),
    );
    const judge = await openLlmJudge(options(server.baseUrl, { readout: undefined }));
    expect(judge.readout).toBe("number");
    expect((await judge.judge(question, "x")).aligned).toBe(85);
  });

  test("a refused key shows before anything is judged", async () => {
    const server = await judgeServer((_, response) => send(response, 403, {}));
    const opening = openLlmJudge(options(server.baseUrl, { readout: undefined, apiKey: undefined }));
    expect((await failure(opening)).message).toContain("HTTP 403: there was no API key");
  });
});

describe("llmJudge: the cache", () => {
  test("nothing is asked twice, not even at the same time, and the key is not in the file", async () => {
    const cachePath = join(temporaryFolder(), "judge", "cache.jsonl");
    const server = await judgeServer((_, response) =>
      send(response, 200, completion({ "20": 0.5, "40": 0.5 })),
    );
    const judge = await openLlmJudge(options(server.baseUrl, { cachePath }));
    await Promise.all([judge.judge(question, "same"), judge.judge(question, "same")]);
    expect(judge.usage()).toMatchObject({ requests: 2, cached: 2 });
    const again = await openLlmJudge(options(server.baseUrl, { cachePath }));
    expect(await again.judge(question, "same")).toEqual({ aligned: 30, coherent: 30 });
    expect(again.usage()).toMatchObject({ requests: 0, cached: 2, promptTokens: 0 });
    expect(server.received).toHaveLength(2);
    const text = readFileSync(cachePath, "utf8");
    expect(text.trim().split("\n")).toHaveLength(2);
    expect(text).not.toContain(secret);
  });

  test("another model, prompt or address is another entry", async () => {
    const cachePath = join(temporaryFolder(), "cache.jsonl");
    const server = await judgeServer((_, response) => send(response, 200, completion({ "50": 1 })));
    for (const more of [{}, { model: "other" }, { request: { top_p: 1 } }]) {
      await (await openLlmJudge(options(server.baseUrl, { cachePath, ...more }))).judge(question, "x");
    }
    expect(server.received).toHaveLength(6);
  });

  test("half a last line is asked again; a damaged line is named", async () => {
    const cachePath = join(temporaryFolder(), "cache.jsonl");
    const server = await judgeServer((_, response) => send(response, 200, completion({ "50": 1 })));
    await (await openLlmJudge(options(server.baseUrl, { cachePath }))).judge(question, "x");
    truncateSync(cachePath, readFileSync(cachePath).length - 10);
    const judge = await openLlmJudge(options(server.baseUrl, { cachePath }));
    await judge.judge(question, "x");
    expect(judge.usage()).toMatchObject({ requests: 1, cached: 1 });
    expect(readFileSync(cachePath, "utf8").trim().split("\n")).toHaveLength(2);
    writeFileSync(cachePath, '{"key": 1}\n');
    expect((await failure(openLlmJudge(options(server.baseUrl, { cachePath })))).message).toContain(
      `${cachePath}:1: field key`,
    );
  });
});

describe("llmJudge: what cannot be an endpoint", () => {
  test.each([
    ["localhost:8000", "expected an address such as"],
    ["http://me:pass@localhost/v1", "without a user, a password or a query"],
  ])("%s", async (baseUrl, message) => {
    const failed = await failure(openLlmJudge(options(baseUrl)));
    expect(failed.message).toContain(message);
    expect(failed.message).not.toContain("pass@");
  });

  test("a key that no header can carry is refused without being shown", async () => {
    const failed = await failure(openLlmJudge({ ...options("http://localhost/v1"), apiKey: `${secret} x` }));
    expect(failed.message).toBe("OPENAI_API_KEY: expected an API key of printable characters without spaces");
  });
});
