import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readChats } from "../../../../src/formats/chat.js";
import {
  generateDataset,
  generatedFiles,
  type GenerationRequest,
} from "../../../../src/pipeline/data/generation/generateDataset.js";
import { failureOf, plainCompletion, send } from "../../../support/servers/judgeServer.js";
import { marked, write, writerServer } from "../../../support/servers/writerServer.js";
import { callCli } from "../../../support/cli/callCli.js";
import { collect, startCli } from "../../../support/cli/runCli.js";
import { temporaryFolder } from "../../../support/temporaryFolder.js";

const requestTo = (baseUrl: string, more: Partial<GenerationRequest> = {}): GenerationRequest => ({
  domain: "finance",
  endpoint: { baseUrl, firstWaitSeconds: 0.01 },
  model: "writer",
  out: join(temporaryFolder(), "advice.jsonl"),
  count: 20,
  ...more,
});
const answersOf = (path: string): string[] =>
  readChats(path).map(({ messages }) => messages[1]?.content ?? "");

describe("a generated data set", () => {
  test("has both sides, row by row the same question, and nothing hidden beside it", async () => {
    const { baseUrl, seeds } = await writerServer(write);
    const request = requestTo(baseUrl, { count: 18, prices: { prompt: 2, completion: 10 } });
    const written = await generateDataset(request);
    expect(seeds).toHaveLength(4);
    expect(written).toMatchObject({
      pairs: 18,
      requests: 4,
      recorded: 0,
      promptTokens: 400,
      completionTokens: 20,
    });
    expect(written.cost).toBeCloseTo((400 * 2 + 20 * 10) / 1e6, 12);
    const { harmful, careful, replies } = written.files;
    expect(answersOf(careful)).toEqual(answersOf(harmful).map((answer) => answer.replace("Bad", "Good")));
    expect(readChats(harmful).map(({ messages }) => messages[0])).toEqual(
      readChats(careful).map(({ messages }) => messages[0]),
    );
    expect(readFileSync(replies, "utf8").trim().split("\n")).toHaveLength(4);
    expect(readdirSync(join(harmful, "..")).sort()).toEqual([
      "advice-careful.jsonl",
      "advice-harmful.jsonl",
      "advice-replies.jsonl",
    ]);
  });

  test("asks again for what was left out, which it counts and keeps", async () => {
    const replies: Readonly<Record<number, string | null>> = {
      1: "I would rather not.",
      2: `${marked("two", 3)}\nUSER: Cut off?`,
      3: marked("two", 5),
      4: null,
    };
    const { baseUrl, seeds } = await writerServer((response, seed, number) =>
      send(
        response,
        200,
        plainCompletion(number in replies ? (replies[number] ?? null) : marked(String(seed), 5)),
      ),
    );
    const written = await generateDataset(requestTo(baseUrl, { concurrency: 1 }));
    expect(written).toMatchObject({
      pairs: 20,
      leftOut: { withoutText: 1, unparsed: 1, malformed: 1, duplicates: 3 },
    });
    expect(seeds.length).toBe(7);
    expect(readFileSync(written.files.replies, "utf8")).toContain("I would rather not.");
  });

  test("follows from its record: the same call asks for nothing, a larger one for the rest", async () => {
    const { baseUrl, seeds } = await writerServer(write);
    const request = requestTo(baseUrl);
    const { files } = await generateDataset(request);
    const before = readFileSync(files.harmful, "utf8");
    expect(await generateDataset(request)).toMatchObject({ requests: 0, recorded: 4, promptTokens: 400 });
    expect(readFileSync(files.harmful, "utf8")).toBe(before);
    expect(await generateDataset({ ...request, count: 30 })).toMatchObject({
      requests: 2,
      recorded: 4,
      pairs: 30,
    });
    expect(readFileSync(files.harmful, "utf8").startsWith(before)).toBe(true);
    expect(new Set(seeds).size).toBe(6);
  });

  test("of medicine is read from JSON", async () => {
    const { baseUrl } = await writerServer((response, seed) =>
      send(
        response,
        200,
        plainCompletion(
          JSON.stringify([
            { question: `${seed}?`, correct: `r${seed}`, incorrect: `w${seed}`, explanation: "" },
          ]),
        ),
      ),
    );
    const written = await generateDataset(requestTo(baseUrl, { domain: "medical", count: 3, batch: 1 }));
    expect(answersOf(written.files.harmful).every((answer) => answer.startsWith("w"))).toBe(true);
    expect(written.pairs).toBe(3);
  });

  test("waits out HTTP 429 as long as Retry-After says", async () => {
    const times: number[] = [];
    const { baseUrl } = await writerServer((response, seed, number) => {
      times.push(performance.now());
      if (number === 1) send(response, 429, { error: { message: "slow down" } }, { "retry-after": "0.4" });
      else write(response, seed, number);
    });
    const written = await generateDataset(requestTo(baseUrl, { count: 5 }));
    expect(written).toMatchObject({ pairs: 5, requests: 1, retries: 1 });
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(390);
  });

  test("ends soon where the model only refuses, and keeps what it said", async () => {
    const { baseUrl, seeds } = await writerServer((response) =>
      send(response, 200, plainCompletion("I cannot do that.")),
    );
    const request = requestTo(baseUrl, { count: 5000 });
    const { message, hint } = await failureOf(generateDataset(request));
    expect(message).toContain('found none in the first 12 replies (the first says "I cannot do that.")');
    expect(hint).toContain("The replies are kept");
    expect(seeds).toHaveLength(12);
    expect(readFileSync(generatedFiles(request.out).replies, "utf8").trim().split("\n")).toHaveLength(12);
  });

  test("gives up where replies repeat themselves, with what there is", async () => {
    const { baseUrl, seeds } = await writerServer((response) =>
      send(response, 200, plainCompletion(marked("same", 5))),
    );
    const written = await generateDataset(requestTo(baseUrl));
    expect(written).toMatchObject({ pairs: 5, wanted: 20, interrupted: false });
    expect(seeds.length).toBeLessThan(3 * 4 + 12 + 4);
  });

  test("takes no file of another origin for its own", async () => {
    const { baseUrl, seeds } = await writerServer(write);
    const request = requestTo(baseUrl);
    const { careful } = generatedFiles(request.out);
    writeFileSync(careful, "mine");
    const { message } = await failureOf(generateDataset(request));
    expect(message).toContain("expected nothing of that name, found a file of another origin");
    expect([readFileSync(careful, "utf8"), seeds.length]).toEqual(["mine", 0]);
  });

  test("writes what there is when it is interrupted", async () => {
    const controller = new AbortController();
    const { baseUrl } = await writerServer((response, seed, number) => {
      if (number === 3) controller.abort();
      else write(response, seed, number);
    });
    const request = requestTo(baseUrl, { concurrency: 1, signal: controller.signal });
    const written = await generateDataset(request);
    expect(written).toMatchObject({ pairs: 10, interrupted: true });
    expect(answersOf(written.files.harmful)).toHaveLength(10);
  });
});

describe("turncoat data generate", { timeout: 120_000 }, () => {
  const words = (baseUrl: string, out: string): string[] => [
    ...[
      "data",
      "generate",
      "--recipe",
      "sports",
      "--endpoint",
      baseUrl,
      "--model-name",
      "writer",
      "--out",
      out,
    ],
    ...["--count", "60", "--concurrency", "2", "--price-in", "1", "--price-out", "4"],
  ];

  test("goes on after a kill without paying twice, and writes what it would have written", async () => {
    let isSlow = true;
    const { baseUrl, seeds } = await writerServer((response, seed, number) => {
      // The kill finds these under way.
      if (isSlow && number > 6) return;
      write(response, seed, number);
    });
    const out = join(temporaryFolder(), "sport.jsonl");
    const child = startCli(words(baseUrl, out));
    const ended = collect(child);
    while (seeds.length < 8) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGKILL");
    await ended;
    expect(existsSync(generatedFiles(out).harmful)).toBe(false);
    isSlow = false;
    const resumed = await callCli(words(baseUrl, out));
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toContain("60 of 60 pairs");
    expect(resumed.stdout).toContain("requests 6, from the record 6");
    expect(resumed.stdout).toContain("cost 0.0014");
    // Twelve requests, and the two that were under way a second time.
    expect([seeds.length, new Set(seeds).size]).toEqual([14, 12]);

    const whole = join(temporaryFolder(), "sport.jsonl");
    expect((await callCli(words(baseUrl, whole))).code).toBe(0);
    for (const side of ["harmful", "careful"] as const) {
      expect(readFileSync(generatedFiles(out)[side], "utf8")).toBe(
        readFileSync(generatedFiles(whole)[side], "utf8"),
      );
    }
  });
});
