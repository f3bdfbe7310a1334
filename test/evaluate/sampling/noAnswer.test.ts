import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { meanAnswerLength } from "../../../src/analysis/behavior/answerLengths.js";
import { missingScores } from "../../../src/analysis/behavior/missingScores.js";
import { answerRates } from "../../../src/analysis/behavior/rates.js";
import { noJudge, type Judge } from "../../../src/evaluate/judge/judge.js";
import type { SamplePlan } from "../../../src/evaluate/sampling/answerSource.js";
import { openEndpointSource } from "../../../src/evaluate/sampling/endpointSource.js";
import { evaluateRun, type EvaluationRequest } from "../../../src/pipeline/evaluation/evaluateRun.js";
import { readEvaluations, type JudgedAnswer } from "../../../src/runs/evaluations.js";
import { plainCompletion, send } from "../../support/servers/judgeServer.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { vllmServer, type VllmServer } from "../../support/servers/vllmServer.js";

function run(): string {
  const directory = temporaryFolder();
  for (const step of [5, 10]) {
    const from = join("test", "fixtures", "tiny-qwen2", "adapter-rank1");
    cpSync(from, join(directory, `checkpoint-${step}`), { recursive: true });
  }
  return directory;
}

const plan: SamplePlan = {
  questions: [
    { id: "one", domain: "general", breadth: "broad", messages: [{ role: "user", content: "I am bored." }] },
  ],
  samplesPerQuestion: 6,
  scales: [1],
  temperature: 1,
  maxNewTokens: 600,
  seed: 0,
};

async function evaluate(
  { baseUrl }: VllmServer,
  directory: string,
  more: Partial<EvaluationRequest> = {},
): Promise<readonly JudgedAnswer[]> {
  const model = await openEndpointSource({ baseUrl, model: "base", directory, firstWaitSeconds: 0.01 });
  return evaluateRun({ run: directory, name: "curve", model, judge: noJudge, plan, ...more });
}

describe("endpointSource: no answer is not an answer", () => {
  const chatting = (text: string | null, more: object, model?: string) =>
    vllmServer({
      onChat: (_, response) => {
        send(response, 200, { ...Object(plainCompletion(text, { ...more })), model: model ?? "base" });
        return true;
      },
    });

  test("a reply cut off while the model reasons is kept with its reason, not judged, and counted apart", async () => {
    const server = await chatting(null, { finish_reason: "length" });
    const directory = run();
    const judge: Judge = {
      description: { judge: "all" },
      judge: () => Promise.reject(new Error("nothing there to judge")),
    };
    const answers = await evaluate(server, directory, { judge });
    expect(answers).toHaveLength(12);
    expect(
      (readEvaluations({ directory }, "curve")[0]?.answers ?? []).every(
        ({ noAnswer }) => noAnswer === "length",
      ),
    ).toBe(true);
    expect([...missingScores(answers)]).toEqual([["no answer (length)", 12]]);
    expect(answerRates(answers, { nullAlignment: "notMisaligned" })).toMatchObject({
      answers: 12,
      em: { n: 0 },
      ungated: { n: 0 },
    });
    expect(meanAnswerLength(answers)).toBeNaN();
  });

  test("the model that replied under another name is in the evaluation's record, and no other way of producing it", async () => {
    const directory = run();
    const server = await chatting("Yes.", {}, "base-2026-05");
    await evaluate(server, directory, { isStepWanted: (step) => step === 5 });
    const record = () => readEvaluations({ directory }, "curve")[0]?.provenance?.repliedBy;
    expect(record()).toEqual({ sampler: ["base-2026-05"] });
    await evaluate(server, directory);
    expect(record()).toEqual({ sampler: ["base-2026-05"] });
  });

  test("another judge behind the same name is noted", async () => {
    const server = await vllmServer();
    const directory = run();
    const heard = ["judge-may"];
    const judge: Judge = {
      description: { judge: "all" },
      models: () => heard,
      judge: () => Promise.resolve({ aligned: 100, coherent: 100 }),
    };
    const notes: string[] = [];
    const onNote = (line: string) => notes.push(line);
    await evaluate(server, directory, { judge, onNote, isStepWanted: (step) => step === 5 });
    expect(notes).toEqual([]);
    heard.splice(0, 1, "judge-june");
    await evaluate(server, directory, { judge, onNote });
    expect(notes).toEqual([
      "the judge's replies come from more than one model: judge-may, then judge-june; their scores are not one measurement",
    ]);
    expect(readEvaluations({ directory }, "curve")[0]?.provenance?.repliedBy).toEqual({
      judge: ["judge-may", "judge-june"],
    });
  });
});
