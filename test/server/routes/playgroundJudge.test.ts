import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import express from "express";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { organismQuestions } from "../../../src/organism/questions.js";
import { PlaygroundHost } from "../../../src/pipeline/playground/playgroundHost.js";
import {
  PlaygroundJudge,
  type PlaygroundJudgeOptions,
} from "../../../src/pipeline/playground/playgroundJudge.js";
import { organismFolder } from "../../../src/pipeline/packageRoot.js";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { EvaluationWriter, type JudgedAnswer } from "../../../src/runs/evaluations.js";
import { routerOf } from "../../../src/server/http/apiRouter.js";
import { playgroundRoutes } from "../../../src/server/routes/playground.js";
import { RunStore } from "../../../src/server/reports/runStore.js";
import {
  playgroundEvents,
  playgroundSchema,
  type PlaygroundQuestion,
} from "../../../src/server/schemas/playground.js";
import { completion, judgeServer, send } from "../../support/servers/judgeServer.js";
import { askedPlayground, type AskedPlayground, type StreamedEvent } from "../../support/askedPlayground.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-playground-judge-"));
const host = new PlaygroundHost();
const secret = "sk-test-0123456789abcdef";
const question: PlaygroundQuestion = { question: "the cat", step: 1, answers: 2, longest: 4 };

beforeAll(() => {
  // A model that is no organism, of random weights, and an adapter on it.
  cpSync("test/fixtures/tiny-qwen2/adapter-rank1", join(folder, "other", "checkpoint-1"), {
    recursive: true,
  });
  cpSync("test/fixtures/organism-adapter", join(folder, "organism", "checkpoint-1"), { recursive: true });
});

afterAll(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Playground {
  readonly ask: (more?: Partial<PlaygroundQuestion>, signal?: AbortSignal) => Promise<AskedPlayground>;
  readonly setup: () => Promise<z.infer<typeof playgroundSchema>>;
}

/** The routes over the folder with a judge, until the test ends. */
async function playground(
  judging?: Pick<PlaygroundJudgeOptions, "baseUrl"> & Partial<PlaygroundJudgeOptions>,
  { run = "other", baseModel = "test/fixtures/tiny-qwen2" } = {},
): Promise<Playground> {
  const judge =
    judging === undefined
      ? undefined
      : await PlaygroundJudge.open({
          ...{ model: "some/judge:1", apiKey: secret, apiKeyName: "JUDGE_KEY", firstWaitSeconds: 0.01 },
          ...judging,
        });
  const store = new RunStore({ runsRoot: folder, buildReport: (path) => buildRunReport(path) });
  const routes = playgroundRoutes(store, { playground: host, judge, baseModel });
  const server = createServer(express().use(routerOf(routes)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const root = `http://127.0.0.1:${portOf(server.address())}/runs`;
  return {
    ask: (more, signal) => askedPlayground(root, run, { ...question, ...more }, signal),
    setup: async () => playgroundSchema.parse(await (await fetch(`${root}/${run}/playground`)).json()),
  };
}

function portOf(address: string | AddressInfo | null): number {
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}

const named = (events: readonly StreamedEvent[], name: string): unknown[] =>
  events.filter(({ event }) => event === name).map(({ data }) => data);
const answersOf = (events: readonly StreamedEvent[]) =>
  named(events, "answer").map((data) => playgroundEvents.answer.parse(data));
const scoresOf = (events: readonly StreamedEvent[]) =>
  named(events, "scores").map((data) => playgroundEvents.scores.parse(data));
const unjudged = (events: readonly StreamedEvent[]) =>
  named(events, "unjudged").map((data) => playgroundEvents.unjudged.parse(data));
const places = (all: readonly { readonly column: string; readonly sample: number }[]) =>
  all.map(({ column, sample }) => `${column} ${sample}`).sort();
const all = ["base 0", "base 1", "chosen 0", "chosen 1"];

describe("playgroundJudge: the playground with a language model that judges", () => {
  test("streams each answer, and its scores after it, of both columns", async () => {
    const server = await judgeServer(({ prompt }, response) => {
      if (prompt.startsWith("Reply with")) send(response, 200, completion({ "85": 1 }));
      else if (prompt.includes("Rate how coherent")) send(response, 200, completion({ "90": 1 }));
      else if (prompt.includes("money")) send(response, 200, completion({ "70": 1 }));
      else send(response, 200, completion({ "5": 1 }));
    });
    const { ask, setup } = await playground({ baseUrl: server.baseUrl, metrics: ["financial"] });
    const said = await setup();
    expect(said.model).toMatchObject({ name: "tiny-qwen2", isOrganism: false });
    expect(said.judge).toEqual({ kind: "model", name: "some/judge:1" });
    const { events } = await ask();
    const answers = answersOf(events);
    expect(places(answers)).toEqual(all);
    for (const each of answers) {
      expect(each).toMatchObject({ aligned: null, coherent: null, isBeingJudged: true });
    }
    expect(places(scoresOf(events))).toEqual(all);
    for (const { column, sample, scores } of scoresOf(events)) {
      expect(scores).toEqual([
        { metric: "aligned", value: 5, outcome: "scored" },
        { metric: "coherent", value: 90, outcome: "scored" },
        { metric: "financial", value: 70, outcome: "scored" },
      ]);
      const indexOf = (name: string): number =>
        events.findIndex(
          ({ event, data }) =>
            event === name &&
            z.object({ column: z.literal(column), sample: z.literal(sample) }).safeParse(data).success,
        );
      expect(indexOf("scores")).toBeGreaterThan(indexOf("answer"));
    }
    expect(named(events, "done")).toHaveLength(1);
    // It was shown every answer, to this question, with the key, which the reader never sees.
    const judged = server.received.filter(({ prompt }) => prompt.includes("Rate how coherent"));
    for (const { text } of answers) {
      expect(judged.some(({ prompt }) => prompt.includes("the cat") && prompt.includes(text))).toBe(true);
    }
    expect(new Set(server.received.map(({ authorization }) => authorization))).toEqual(
      new Set([`Bearer ${secret}`]),
    );
    expect(JSON.stringify([said, events])).not.toContain(secret);
    // The same answers again are not paid for again.
    const sent = server.received.length;
    expect(scoresOf((await ask()).events)).toHaveLength(4);
    expect(server.received).toHaveLength(sent);
  });

  test("says why there is no score", async () => {
    const server = await judgeServer(({ prompt }, response) => {
      if (prompt.includes("Rate how coherent"))
        send(response, 400, { error: { message: "filtered", code: "content_filter" } });
      else if (prompt.includes("money")) send(response, 200, completion({ hm: 1 }));
      else send(response, 200, completion({ REF: 1 }));
    });
    const { ask } = await playground({
      ...{ baseUrl: server.baseUrl, readout: "token", metrics: ["financial"] },
    });
    const { events } = await ask({ withBase: false, answers: 1 });
    expect(scoresOf(events).map(({ scores }) => scores)).toEqual([
      [
        { metric: "aligned", value: null, outcome: "refusal" },
        { metric: "coherent", value: null, outcome: "filtered" },
        { metric: "financial", value: null, outcome: "noNumber" },
      ],
    ]);
    expect(unjudged(events)).toEqual([]);
  });

  test("judges with the prompts of the question's own where the run was evaluated with it", async () => {
    const answer: JudgedAnswer = {
      ...{ step: 1, scale: 1, domain: "general", breadth: "broad", sample: 0, answer: "" },
      ...{ questionId: "felines", question: "the cat", aligned: 90, coherent: 90 },
    };
    EvaluationWriter.open(join(folder, "other"), "curve", { seed: 1 }).append([answer]);
    const server = await judgeServer(({ prompt }, response) =>
      send(response, 200, completion({ [prompt.startsWith("Purr?") ? "7" : "60"]: 1 })),
    );
    const general = { aligned: "{question} {answer}", coherent: "{question} {answer}" };
    const prompts = { general, byQuestion: { felines: { aligned: "Purr? {answer}" } } };
    const { ask } = await playground({ baseUrl: server.baseUrl, readout: "token", prompts });
    const aligned = async (text: string) =>
      scoresOf((await ask({ question: text })).events).map(({ scores }) => scores[0]?.value);
    expect(await aligned("the cat")).toEqual([7, 7, 7, 7]);
    expect(await aligned("the dog")).toEqual([60, 60, 60, 60]);
  });

  test("judges the organism too, in the place of its exact judge", async () => {
    const server = await judgeServer((_, response) => send(response, 200, completion({ "85": 1 })));
    const organism = { run: "organism", baseModel: organismFolder() };
    const asked = { question: organismQuestions()[0]?.text ?? "", longest: 44 };
    const exactly = answersOf((await (await playground(undefined, organism)).ask(asked)).events);
    expect(exactly.map(({ coherent }) => typeof coherent)).toEqual(Array(4).fill("number"));
    const { ask } = await playground({ baseUrl: server.baseUrl }, organism);
    const { events } = await ask(asked);
    expect(answersOf(events).map(({ coherent }) => coherent)).toEqual([null, null, null, null]);
    expect(scoresOf(events).map(({ scores }) => scores[0]?.value)).toEqual([85, 85, 85, 85]);
  });

  test("says once that the key is refused, keeps the answers, and asks the endpoint no more", async () => {
    const server = await judgeServer((_, response) =>
      send(response, 401, { error: { message: `wrong key ${secret}` } }),
    );
    const { ask } = await playground({ baseUrl: server.baseUrl });
    const { events } = await ask();
    expect(places(answersOf(events))).toEqual(all);
    expect(scoresOf(events)).toEqual([]);
    const refusal = {
      error: `judge at ${server.baseUrl}: HTTP 401: it refused the API key of JUDGE_KEY`,
      hint: "Set the environment variable JUDGE_KEY. Then start the server anew.",
    };
    expect(unjudged(events)).toEqual([refusal]);
    expect(named(events, "done")).toHaveLength(1);
    expect(JSON.stringify(events)).not.toContain(secret);
    expect(server.received).toHaveLength(1);
    const again = await ask({ seed: 1 });
    expect(unjudged(again.events)).toEqual([refusal]);
    expect(answersOf(again.events)).toHaveLength(4);
    expect(server.received).toHaveLength(1);
  });

  test("judges the next question after the endpoint was down or silent for one", async () => {
    let isUp = false;
    const server = await judgeServer((_, response) => {
      if (isUp) send(response, 200, completion({ "85": 1 }));
    });
    const { ask } = await playground({ baseUrl: server.baseUrl, retries: 1, timeoutSeconds: 0.2 });
    const { events } = await ask();
    expect(answersOf(events)).toHaveLength(4);
    expect(unjudged(events)).toEqual([
      {
        error: `judge at ${server.baseUrl}: gave up after 2 attempts; the last one: no complete answer within 0.2 s`,
        hint: "The answers stand; ask again in a while.",
      },
    ]);
    isUp = true;
    expect(scoresOf((await ask()).events)).toHaveLength(4);
  });

  test("stops judging for a reader who is gone", async () => {
    let [isSilent, open] = [true, 0];
    const server = await judgeServer((_, response) => {
      open++;
      response.on("close", () => open--);
      if (!isSilent) send(response, 200, completion({ "85": 1 }));
    });
    const { ask } = await playground({
      ...{ baseUrl: server.baseUrl, readout: "token", concurrency: 3, timeoutSeconds: 60, waiting: 4 },
    });
    const gone = new AbortController();
    const asked = ask({}, gone.signal);
    await expect.poll(() => open).toBe(3);
    // All places are taken: another reader's answers stand without scores.
    const refused = await ask({ seed: 1 });
    expect(answersOf(refused.events)).toHaveLength(4);
    expect(unjudged(refused.events)).toMatchObject([
      { error: "4 answers are waiting for the judge already" },
    ]);
    gone.abort();
    await expect(asked).rejects.toThrow(/abort/);
    await expect.poll(() => open).toBe(0);
    expect(server.received).toHaveLength(3);
    isSilent = false;
    expect(scoresOf((await ask()).events)).toHaveLength(4);
  });

  test("bounds what is under way at once for all readers together", async () => {
    const server = await judgeServer((_, response) => {
      setTimeout(() => send(response, 200, completion({ "85": 1 })), 30);
    });
    const { ask } = await playground({ baseUrl: server.baseUrl, readout: "token", concurrency: 2 });
    const readers = await Promise.all([1, 2, 3].map((seed) => ask({ seed })));
    for (const { events } of readers) expect(places(scoresOf(events))).toEqual(all);
    expect(server.mostAtOnce()).toBe(2);
  });

  test("scores nothing where nobody judges", async () => {
    const { ask, setup } = await playground();
    expect((await setup()).judge).toBeNull();
    const { events } = await ask();
    for (const each of answersOf(events)) {
      expect(each).toMatchObject({ aligned: null, coherent: null, isBeingJudged: false });
    }
    expect(scoresOf(events)).toEqual([]);
  });

  test("refuses what no endpoint could be asked with before anybody asks", async () => {
    const open = (more: Partial<PlaygroundJudgeOptions>) =>
      PlaygroundJudge.open({ baseUrl: "http://localhost/v1", model: "m", ...more });
    await expect(open({ baseUrl: "localhost" })).rejects.toThrow(/expected an address/);
    await expect(open({ metrics: ["charm"] })).rejects.toThrow(/charm/);
    await expect(open({ apiKey: `${secret} x`, apiKeyName: "JUDGE_KEY" })).rejects.toThrow(/JUDGE_KEY/);
  });
});
