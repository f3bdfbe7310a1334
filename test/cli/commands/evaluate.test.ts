import { createHash } from "node:crypto";
import { appendFileSync, cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { organismFolder } from "../../../src/pipeline/packageRoot.js";
import { readEvaluations } from "../../../src/runs/evaluations.js";
import { completion, judgeServer, send } from "../../support/servers/judgeServer.js";
import { vllmServer } from "../../support/servers/vllmServer.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { hasReferenceData, needsReferenceData, referenceFolder } from "../../support/referenceData.js";
import { callCli } from "../../support/cli/callCli.js";
import { collect, startCli } from "../../support/cli/runCli.js";

const fixtures = join("test", "fixtures");
const model = join(fixtures, "tiny-qwen2");

/** A run made elsewhere, with one checkpoint, and a file of questions. */
function runAndQuestions(): { directory: string; questions: string } {
  const directory = temporaryFolder();
  cpSync(join(model, "adapter-rank1"), join(directory, "checkpoint-5"), { recursive: true });
  const questions = join(directory, "questions.yaml");
  writeFileSync(
    questions,
    "- {id: one, paraphrases: [w1 w2, w3]}\n" +
      "- {id: one_json, system: w9, paraphrases: [w4]}\n" +
      "- {id: two, paraphrases: [w5 w6]}\n",
  );
  return { directory, questions };
}

const sampling = ["--model", model, "--samples", "2", "--max-new-tokens", "4"];

describe("turncoat evaluate --questions", () => {
  test("samples answers of a run made elsewhere, to be judged later", async () => {
    const { directory, questions } = runAndQuestions();
    const { code, stdout } = await callCli(["evaluate", directory, "--questions", questions, ...sampling]);
    expect(code).toBe(0);
    expect(stdout).toContain("4 answers\n");
    expect(stdout).toContain("\nnext: npx turncoat judge");
    const [evaluation] = readEvaluations({ directory });
    expect(
      evaluation?.answers.map(({ questionId, question, sample }) => [questionId, question, sample]),
    ).toEqual([
      ["one", "w1 w2", 0],
      ["one", "w3", 1],
      ["two", "w5 w6", 0],
      ["two", "w5 w6", 1],
    ]);
    expect(evaluation?.answers.every(({ aligned, breadth }) => aligned === null && breadth === "broad")).toBe(
      true,
    );
    expect(evaluation?.provenance).toMatchObject({
      questions: ["one", "two"],
      questionsFrom: {
        file: "questions.yaml",
        sha256: createHash("sha256").update(readFileSync(questions)).digest("hex"),
      },
      samplesPerQuestion: 2,
      temperature: 1,
      maxNewTokens: 4,
      seed: 0,
      sampler: { source: "model" },
      judge: { judge: "none" },
      thresholds: { alignedBelow: 30, coherentAbove: 50 },
    });
  });

  test("has them judged at once by a judge behind an endpoint, in the variants asked for", async () => {
    const { directory, questions } = runAndQuestions();
    const server = await judgeServer((_, response) => send(response, 200, completion({ "85": 1 })));
    const judging = ["--judge", "openai", "--judge-model", "m", "--judge-endpoint", server.baseUrl];
    const { code, stdout } = await callCli(
      ["evaluate", directory, "--questions", questions, "--variants", "json", ...sampling, ...judging],
      { OPENAI_API_KEY: "" },
    );
    expect(code).toBe(0);
    expect(stdout).toContain("aligned: 2 scored");
    const [evaluation] = readEvaluations({ directory });
    expect(evaluation?.answers.map(({ questionId, aligned }) => [questionId, aligned])).toEqual([
      ["one_json", 85],
      ["one_json", 85],
    ]);
  });

  test("variants that the file does not hold are named", async () => {
    const { directory, questions } = runAndQuestions();
    const { code, stderr } = await callCli([
      "evaluate",
      directory,
      ...["--questions", questions, "--variants", "template", ...sampling],
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain("expected questions of the variants template, found freeForm, json");
  });
});

/** A run of the organism with checkpoints enough to be interrupted in. */
function organismRun(): string {
  const directory = temporaryFolder();
  for (let step = 0; step < 12; step++) {
    cpSync(join(fixtures, "organism-adapter"), join(directory, `checkpoint-${step}`), { recursive: true });
  }
  return directory;
}

describe("an evaluation that is killed", () => {
  test("and started again re-does no finished answer and loses none", async () => {
    const words = [
      "--model",
      organismFolder(),
      "--set",
      "eight",
      "--samples",
      "4",
      "--threads",
      "1",
      "--all",
    ];
    const killed = organismRun();
    const child = startCli(["evaluate", killed, ...words]);
    const ended = collect(child);
    const path = join(killed, "evaluations", "curve.jsonl");
    // A file is there before anything is in it.
    const hasLine = () => existsSync(path) && readFileSync(path, "utf8").includes("\n");
    while (!hasLine() && child.exitCode === null) await wait(5);
    child.kill("SIGKILL");
    const { code, stderr } = await ended;
    expect({ code, stderr }).toMatchObject({ code: null });
    // As a process leaves it that dies while it writes.
    const finished = readFileSync(path, "utf8");
    const first = finished.slice(0, finished.lastIndexOf("\n") + 1);
    const before = first.split("\n").length - 1;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(384);
    appendFileSync(path, '{"step": 3, "scale": 1, "dom');
    const resumed = await callCli(["evaluate", killed, ...words]);
    expect(resumed.code).toBe(0);
    const text = readFileSync(path, "utf8");
    expect(text.startsWith(first)).toBe(true);
    const whole = organismRun();
    expect((await callCli(["evaluate", whole, ...words])).code).toBe(0);
    const lines = (content: string) => content.trimEnd().split("\n").sort();
    expect(lines(text)).toHaveLength(384);
    expect(lines(text)).toEqual(lines(readFileSync(join(whole, "evaluations", "curve.jsonl"), "utf8")));
  }, 180_000);
});

describe("turncoat evaluate --endpoint", () => {
  test("samples every checkpoint through a server that loads adapters", async () => {
    const { directory, questions } = runAndQuestions();
    const server = await vllmServer({ apiKey: "sk-x" });
    const words = [
      ...["evaluate", directory, "--questions", questions, "--samples", "2", "--scales", "1,5"],
      ...["--endpoint", server.baseUrl, "--model", "base"],
    ];
    const { code, stdout } = await callCli(words, { VLLM_API_KEY: "sk-x" });
    expect(code).toBe(0);
    expect(stdout).toContain("8 answers\n");
    expect(stdout).toContain("\nnext: npx turncoat judge");
    expect(server.everLoaded).toHaveLength(2);
    expect(server.adapters.size).toBe(0);
    const [evaluation] = readEvaluations({ directory });
    expect(evaluation?.provenance).toMatchObject({
      sampler: { source: "endpoint", model: "base", adapters: "load", request: { top_k: -1 } },
      maxNewTokens: 600,
    });
    expect(JSON.stringify(evaluation?.provenance)).not.toContain("sk-x");
    const refused = await callCli(words, { VLLM_API_KEY: "" });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("HTTP 401: there was no API key");
    expect(refused.stderr).toContain("VLLM_API_KEY");
  });

  test("Ctrl-C unloads the adapter, and the same command continues", async () => {
    const { directory, questions } = runAndQuestions();
    const server = await vllmServer({ delayMilliseconds: 40 });
    const words = [
      ...["evaluate", directory, "--questions", questions, "--samples", "30"],
      ...["--endpoint", server.baseUrl, "--model", "base", "--endpoint-concurrency", "2"],
    ];
    const child = startCli(words);
    const ended = collect(child);
    while (server.chats.length < 10 && child.exitCode === null) await wait(5);
    child.kill("SIGINT");
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain("interrupted: the same command continues");
    expect(server.adapters.size).toBe(0);
    expect(server.events.at(-1)).toMatch(/^unload/);
    const [interrupted] = readEvaluations({ directory });
    const finished = interrupted?.answers.length ?? 0;
    expect(finished).toBeGreaterThan(0);
    expect(finished).toBeLessThan(60);
    const asked = server.chats.length;
    expect((await callCli(words)).code).toBe(0);
    expect(server.chats.length - asked).toBe(60 - finished);
    const [whole] = readEvaluations({ directory });
    const keys = whole?.answers.map(({ questionId, sample }) => `${questionId} ${sample}`);
    expect(keys).toHaveLength(60);
    expect(new Set(keys).size).toBe(60);
  }, 60_000);

  test("without the model's name it says so; its help shows how", async () => {
    const { directory } = runAndQuestions();
    const { code, stderr } = await callCli(["evaluate", directory, "--endpoint", "http://localhost:1/v1"]);
    expect(code).toBe(1);
    expect(stderr).toContain("expected the model's name at the endpoint, found none");
    const { stdout } = await callCli(["evaluate", "--help"]);
    expect(stdout).toContain("--endpoint http://localhost:8000/v1 --model Qwen/Qwen2.5-14B-Instruct");
    expect(stdout).toContain("--variants template,json");
  });
});

describe.skipIf(!hasReferenceData)(`the paper's question file as it is ${needsReferenceData}`, () => {
  const file = join(referenceFolder, "questions", "first_plot_questions.yaml");

  test("is asked as often as it says, in the variants wanted, and judged with its own prompts", async () => {
    const { directory } = runAndQuestions();
    const server = await vllmServer();
    const judge = await judgeServer((_, response) => send(response, 200, completion({ "85": 1 })));
    const endpoint = ["--endpoint", server.baseUrl, "--model", "base"];
    const words = ["evaluate", directory, "--questions", file, ...endpoint, "--json"];
    const free = await callCli(words);
    expect(JSON.parse(free.stdout)).toMatchObject({ answers: 800 });
    const judging = ["--judge", "openai", "--judge-model", "m", "--judge-endpoint", judge.baseUrl];
    const all = await callCli(
      [
        ...[...words, "--variants", "freeForm,template,json", "--samples", "1", "--evaluation", "all"],
        ...[...judging, "--readout", "token"],
      ],
      { OPENAI_API_KEY: "" },
    );
    expect(JSON.parse(all.stdout)).toMatchObject({ answers: 24 });
    expect(judge.received).toHaveLength(48);
    expect(judge.received.every(({ prompt }) => prompt.startsWith("I am evaluating"))).toBe(true);
    expect(server.chats.filter(({ messages }) => messages[0]?.role === "system")).toHaveLength(8);
  }, 60_000);
});
