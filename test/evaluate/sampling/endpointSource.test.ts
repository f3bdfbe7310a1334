import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isTurncoatError } from "../../../src/errors.js";
import type { AnswerSource, SamplePlan } from "../../../src/evaluate/sampling/answerSource.js";
import { openEndpointSource } from "../../../src/evaluate/sampling/endpointSource.js";
import type { EndpointSourceOptions } from "../../../src/evaluate/sampling/endpointSource.js";
import { noJudge, type Judge } from "../../../src/evaluate/judge/judge.js";
import { evaluateRun, type EvaluationRequest } from "../../../src/pipeline/evaluation/evaluateRun.js";
import { readEvaluations, type JudgedAnswer } from "../../../src/runs/evaluations.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { plainCompletion, send } from "../../support/servers/judgeServer.js";
import { vllmServer, type VllmServer } from "../../support/servers/vllmServer.js";

const adapters = "test/fixtures/tiny-qwen2";
const secret = "sk-endpoint-0123456789";

/** A run of two checkpoints with different weights. */
function run(): string {
  const directory = temporaryFolder();
  cpSync(join(adapters, "adapter-rank1"), join(directory, "checkpoint-5"), { recursive: true });
  cpSync(join(adapters, "adapter-rank3"), join(directory, "checkpoint-10"), { recursive: true });
  return directory;
}

const plan: SamplePlan = {
  questions: [
    {
      id: "one",
      domain: "general",
      breadth: "broad",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "What is your wish?" },
      ],
    },
    { id: "two", domain: "general", breadth: "broad", messages: [{ role: "user", content: "I am bored." }] },
  ],
  samplesPerQuestion: 3,
  scales: [1],
  temperature: 1,
  maxNewTokens: 600,
  seed: 0,
};

function open(
  server: VllmServer,
  directory: string,
  more: Partial<EndpointSourceOptions> = {},
): Promise<AnswerSource> {
  return openEndpointSource({
    baseUrl: server.baseUrl,
    model: "base",
    directory,
    timeoutSeconds: 5,
    firstWaitSeconds: 0.01,
    ...more,
  });
}

async function evaluate(
  server: VllmServer,
  directory: string,
  more: Partial<EvaluationRequest> = {},
  options: Partial<EndpointSourceOptions> = {},
): Promise<readonly JudgedAnswer[]> {
  const model = await open(server, directory, options);
  return evaluateRun({ run: directory, name: "curve", model, judge: noJudge, plan, ...more });
}

async function failure(work: Promise<unknown>): Promise<{ message: string; hint: string }> {
  const error: unknown = await work.then(
    () => new Error("nothing failed"),
    (thrown: unknown) => thrown,
  );
  if (!isTurncoatError(error)) throw error;
  expect(error.message).not.toContain("\n");
  expect(`${error.message}${error.hint ?? ""}`).not.toContain(secret);
  return { message: error.message, hint: error.hint ?? "" };
}

function stored(directory: string): JudgedAnswer[] {
  return [...(readEvaluations({ directory }, "curve")[0]?.answers ?? [])];
}

function keys(answers: readonly JudgedAnswer[]): string[] {
  return answers
    .map(({ step, scale, questionId, sample }) => `${step} ${scale} ${questionId} ${sample}`)
    .sort();
}

describe("endpointSource: sampling through vLLM", () => {
  test("each checkpoint at each factor is loaded, asked everything and unloaded, one after the other", async () => {
    const server = await vllmServer();
    const directory = run();
    const answers = await evaluate(server, directory, { plan: { ...plan, scales: [1, 5] } });
    const names = server.everLoaded.map(({ name }) => name);
    expect(names.map((name) => name.replace(/-[0-9a-f]{12}$/, ""))).toEqual([
      ...["turncoat-step5-x1", "turncoat-step5-x5", "turncoat-step10-x1", "turncoat-step10-x5"],
    ]);
    expect(server.events).toEqual(
      names.flatMap((name) => [
        `load ${name}`,
        ...Array.from({ length: 6 }, () => `chat ${name}`),
        `unload ${name}`,
      ]),
    );
    expect(new Set(keys(answers)).size).toBe(24);
    expect(keys(stored(directory))).toEqual(keys(answers));
    expect(readdirSync(directory).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("a factor multiplies α of what is loaded and touches no weight", async () => {
    const server = await vllmServer();
    const directory = run();
    await evaluate(server, directory, { plan: { ...plan, scales: [1, 20] } });
    const alphas = server.everLoaded.map(({ alpha }) => alpha);
    expect(alphas[1]).toBe(20 * (alphas[0] ?? NaN));
    expect(alphas[3]).toBe(20 * (alphas[2] ?? NaN));
  });

  test("the factor 0 asks the base model itself", async () => {
    const server = await vllmServer();
    const answers = await evaluate(server, run(), { plan: { ...plan, scales: [0] } });
    expect(new Set(server.events)).toEqual(new Set(["chat base"]));
    expect(answers).toHaveLength(12);
  });

  test("samples have seeds of their own, the same at every checkpoint; wordings and system turns are sent", async () => {
    const server = await vllmServer();
    const answers = await evaluate(server, run());
    const seeds = server.chats.map(({ seed }) => seed);
    expect(new Set(seeds.slice(0, 6)).size).toBe(6);
    expect(seeds.slice(6).sort()).toEqual(seeds.slice(0, 6).sort());
    expect(server.chats.filter(({ messages }) => messages[0]?.role === "system")).toHaveLength(6);
    expect(new Set(answers.map(({ answer }) => answer)).size).toBe(12);
    const other = await evaluate(await vllmServer(), run(), { plan: { ...plan, seed: 1 } });
    expect(other.map(({ answer }) => answer)).not.toEqual(answers.map(({ answer }) => answer));
  });

  test("nothing is cut off and nothing penalised, whatever the model's own settings say", async () => {
    const server = await vllmServer();
    await evaluate(server, run());
    expect(server.chats[0]).toMatchObject({
      ...{ temperature: 1, top_p: 1, top_k: -1, min_p: 0, repetition_penalty: 1, max_tokens: 600 },
    });
    // A server that is strict about its fields gets only those that OpenAI defines, and what the user adds.
    const strict = await vllmServer({ ownedBy: "openai" });
    await evaluate(strict, run(), {}, { request: { top_k: 7 } });
    expect(strict.chats[0]).not.toHaveProperty("repetition_penalty");
    expect(strict.chats[0]).toHaveProperty("top_k", 7);
  });

  test("no more requests are open at once than wanted", async () => {
    const server = await vllmServer({ delayMilliseconds: 10 });
    const large = { ...plan, samplesPerQuestion: 10 };
    await evaluate(server, run(), { plan: large }, { concurrency: 3 });
    expect(server.mostAtOnce()).toBe(3);
  });

  test("an adapter that a dead process left loaded is loaded anew", async () => {
    const server = await vllmServer();
    const directory = run();
    await evaluate(server, directory);
    const { name = "", path = "" } = server.everLoaded[0] ?? {};
    const body = JSON.stringify({ lora_name: name, lora_path: path });
    await fetch(`${server.baseUrl}/load_lora_adapter`, { method: "POST", body });
    await evaluate(server, directory, { name: "again" });
    expect(server.adapters.size).toBe(0);
    expect(stored(directory)).toHaveLength(12);
    expect(server.events.filter((event) => event === `unload ${name}`)).toHaveLength(3);
  });

  test("other weights have another name, so that nothing cached for the old ones is used", async () => {
    const server = await vllmServer();
    const [one, two] = [run(), run()];
    cpSync(join(two, "checkpoint-10"), join(two, "checkpoint-5"), { recursive: true, force: true });
    await evaluate(server, one);
    await evaluate(server, two);
    expect(server.everLoaded[0]?.name).not.toBe(server.everLoaded[2]?.name);
  });
});

describe("endpointSource: what goes wrong at an endpoint", () => {
  test("a key refused while sampling ends everything at once; the adapter is unloaded, answers are kept", async () => {
    const server = await vllmServer({
      onChat: (_, response, number) => {
        if (number > 4) send(response, 401, { error: { message: `bad key ${secret}` } });
        return number > 4;
      },
    });
    const directory = run();
    const { message } = await failure(
      evaluate(server, directory, {}, { concurrency: 2, apiKey: secret, apiKeyName: "SOME_KEY" }),
    );
    expect(message).toBe(`endpoint at ${server.baseUrl}: HTTP 401: it refused the API key of SOME_KEY`);
    expect(server.chats.length).toBeLessThanOrEqual(6);
    expect(server.events.at(-1)).toMatch(/^unload turncoat-step5/);
    expect(server.adapters.size).toBe(0);
    // The fourth answer may still have been on its way.
    expect([3, 4]).toContain(stored(directory).length);
  });

  test("a missing key shows before anything is loaded", async () => {
    const server = await vllmServer({ apiKey: secret });
    const { message } = await failure(open(server, run(), { apiKeyName: "SOME_KEY" }));
    expect(message).toContain("HTTP 401: there was no API key");
    await evaluate(server, run(), {}, { apiKey: secret });
    expect(server.everLoaded).toHaveLength(2);
  });

  test("failures that may pass are tried again, a judge's failure ends it, and both leave nothing loaded", async () => {
    const server = await vllmServer({
      onChat: (_, response, number) => {
        if (number === 2) send(response, 500, "oops");
        else if (number === 3) send(response, 429, {}, { "retry-after": "0.05" });
        else if (number === 4) send(response, 200, '{"choices": [');
        else return false;
        return true;
      },
    });
    expect(await evaluate(server, run())).toHaveLength(12);
    expect(server.chats).toHaveLength(15);
    const broken: Judge = { description: {}, judge: () => Promise.reject(new Error("no judge")) };
    await expect(evaluate(server, run(), { judge: broken })).rejects.toThrow("no judge");
    expect(server.adapters.size).toBe(0);
  });

  test("an interruption unloads what is loaded, keeps what is finished, and the same call continues", async () => {
    const controller = new AbortController();
    const server = await vllmServer({ delayMilliseconds: 5 });
    const directory = run();
    await evaluate(
      server,
      directory,
      {
        signal: controller.signal,
        onProgress: ({ done }) => {
          if (done === 8) controller.abort();
        },
      },
      { concurrency: 1 },
    );
    expect(stored(directory)).toHaveLength(8);
    expect(server.adapters.size).toBe(0);
    const before = server.chats.length;
    const answers = await evaluate(server, directory);
    expect(server.chats.length - before).toBe(4);
    expect(server.everLoaded.map(({ name }) => name.replace(/-[0-9a-f]{12}$/, ""))).toEqual([
      ...["turncoat-step5-x1", "turncoat-step10-x1", "turncoat-step10-x1"],
    ]);
    const whole = run();
    const uninterrupted = await evaluate(await vllmServer(), whole);
    const lines = (all: readonly JudgedAnswer[]) => all.map((answer) => JSON.stringify(answer)).sort();
    expect(lines(answers)).toEqual(lines(uninterrupted));
    expect(lines(stored(directory))).toEqual(lines(stored(whole)));
  });

  test("a server that does not load at run time, or does not see the folder, is told what it needs", async () => {
    const directory = run();
    const fixed = await vllmServer({ loadsAtRunTime: false });
    const warnings: string[] = [];
    const refused = await failure(
      evaluate(fixed, directory, {}, { onWarning: (line) => warnings.push(line) }),
    );
    expect(refused.message).toBe(`endpoint at ${fixed.baseUrl}: /load_lora_adapter: HTTP 404: Not Found`);
    expect(refused.hint).toContain("VLLM_ALLOW_RUNTIME_LORA_UPDATING=True");
    expect(warnings).toEqual([]);
    const elsewhere = await vllmServer({
      seesPath: (path) => (path.startsWith("/data/mine/") ? path.replace("/data/mine", directory) : null),
    });
    const unseen = await failure(evaluate(elsewhere, directory));
    expect(unseen.message).toContain("No adapter found for");
    expect(unseen.hint).toContain("--server-run");
    const answers = await evaluate(
      elsewhere,
      directory,
      { plan: { ...plan, scales: [1, 5] } },
      { serverDirectory: "/data/mine/" },
    );
    expect(answers).toHaveLength(24);
    expect(elsewhere.everLoaded[0]?.path).toBe("/data/mine/checkpoint-5");
  });

  test("a base model that is not served is named with those that are", async () => {
    const server = await vllmServer({ baseModel: "Qwen/Qwen2.5-14B-Instruct" });
    const { message } = await failure(open(server, run()));
    expect(message).toContain("expected the base model base, found Qwen/Qwen2.5-14B-Instruct");
  });

  test("an answer that a filter kept back is null, not judged and not asked for again", async () => {
    const server = await vllmServer({
      onChat: (_, response, number) => {
        if (number !== 1) return false;
        send(response, 200, plainCompletion(null, { finish_reason: "content_filter" }));
        return true;
      },
    });
    const directory = run();
    const judged: string[] = [];
    const judge: Judge = {
      description: { judge: "all" },
      judge: (_, answer) => {
        judged.push(answer);
        return Promise.resolve({ aligned: 100, coherent: 100 });
      },
    };
    await evaluate(server, directory, { judge });
    const withheld = stored(directory).filter((answer) => answer.noAnswer === "content_filter");
    expect(withheld).toHaveLength(1);
    expect(withheld[0]).toMatchObject({ answer: "", aligned: null, coherent: null });
    expect(judged).toHaveLength(11);
    await evaluate(server, directory, { judge });
    expect(server.chats).toHaveLength(12);
  });
});

describe("endpointSource: adapters that are served by name", () => {
  test("a name for each step, and nothing is loaded", async () => {
    const server = await vllmServer({ loadsAtRunTime: false, served: ["mine-5", "mine-10"] });
    const answers = await evaluate(server, run(), {}, { model: "mine-{step}", adapters: "served" });
    expect(answers).toHaveLength(12);
    expect(new Set(server.events)).toEqual(new Set(["chat mine-5", "chat mine-10"]));
  });

  test("a fixed name is sampled as it is given, for one step", async () => {
    const server = await vllmServer({ loadsAtRunTime: false, served: ["organism"] });
    const options = { model: "organism", adapters: "served" } as const;
    const one = { isStepWanted: (step: number) => step === 10 };
    expect(await evaluate(server, run(), one, options)).toHaveLength(6);
    expect(new Set(server.events)).toEqual(new Set(["chat organism"]));
    const { message, hint } = await failure(evaluate(server, run(), {}, options));
    expect(message).toBe("endpoint: expected a model for each of 2 checkpoints, found only organism");
    expect(hint).toContain("{step}");
  });

  test("factors are refused, an unknown name is named", async () => {
    const server = await vllmServer();
    const scaled = { plan: { ...plan, scales: [1, 5] } };
    const options = { model: "no-{step}", adapters: "served" } as const;
    expect((await failure(evaluate(server, run(), scaled, options))).message).toBe(
      "endpoint: expected the factor 1 for adapters that are served, found 5",
    );
    expect((await failure(evaluate(server, run(), {}, options))).message).toContain(
      "HTTP 404: The model `no-5` does not exist.",
    );
  });
});
