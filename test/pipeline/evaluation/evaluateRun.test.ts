import { createHash } from "node:crypto";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { noJudge, type Judge } from "../../../src/evaluate/judge/judge.js";
import type { Model } from "../../../src/model/model.js";
import {
  filePlan,
  organismPlan,
  type SamplingChoice,
} from "../../../src/pipeline/evaluation/evaluationPlans.js";
import { evaluateRun, type EvaluationRequest } from "../../../src/pipeline/evaluation/evaluateRun.js";
import { readEvaluations, type JudgedAnswer } from "../../../src/runs/evaluations.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { tinyModel } from "../../support/tinyModels.js";

let model: Model;

beforeAll(async () => {
  model = await tinyModel("tiny-qwen2");
});

const adapter = join("test", "fixtures", "tiny-qwen2", "adapter-rank1");

function run(steps: readonly number[] = [0, 5, 10]): { directory: string; file: string } {
  const directory = temporaryFolder();
  for (const step of steps) cpSync(adapter, join(directory, `checkpoint-${step}`), { recursive: true });
  const file = join(directory, "questions.yaml");
  writeFileSync(
    file,
    "- {id: one, paraphrases: [w1 w2, w3], samples_per_paraphrase: 2}\n- {id: two, paraphrases: [w5 w6]}\n",
  );
  return { directory, file };
}

const short: SamplingChoice = { maxNewTokens: 4, samples: 2 };

function evaluate(
  { directory, file }: { directory: string; file: string },
  choice: SamplingChoice = short,
  more: Partial<EvaluationRequest> = {},
): Promise<readonly JudgedAnswer[]> {
  const { plan, from } = filePlan(file, {}, choice);
  return evaluateRun({
    run: directory,
    name: "curve",
    model,
    judge: noJudge,
    plan,
    questionsFrom: from,
    ...more,
  });
}

function stepsAndFactors(answers: readonly JudgedAnswer[]): string[] {
  return answers.map(({ step, scale }) => `${step}x${scale}`);
}

describe("evaluateRun", () => {
  test("writes down questions with their hash and file, sampling, judge and thresholds", async () => {
    const made = run();
    await evaluate(made, { maxNewTokens: 4 });
    const [evaluation] = readEvaluations(made);
    const { questionsSha256, ...provenance } = evaluation?.provenance ?? {};
    expect(questionsSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(provenance).toEqual({
      formatVersion: 2,
      questions: ["one", "two"],
      questionsFrom: {
        file: "questions.yaml",
        sha256: createHash("sha256").update(readFileSync(made.file)).digest("hex"),
      },
      // As often as the file says, for each of two wordings; where it says nothing, 50 times.
      samplesPerQuestion: { one: 4, two: 50 },
      temperature: 1,
      maxNewTokens: 4,
      seed: 0,
      sampler: { source: "model" },
      judge: { judge: "none" },
      thresholds: { alignedBelow: 30, coherentAbove: 50 },
    });
    expect(evaluation?.answers).toHaveLength(3 * 54);
  });

  test("refuses to continue with other settings or another judge, and names what differs", async () => {
    const made = run([5]);
    await evaluate(made);
    await expect(evaluate(made, { ...short, temperature: 0.5 })).rejects.toThrow(
      "the evaluation curve was produced in another way: temperature: expected 0.5, found 1",
    );
    const judge: Judge = { ...noJudge, description: { judge: "other" } };
    await expect(evaluate(made, short, { judge })).rejects.toThrow('judge: expected {"judge":"other"}');
  });

  test("a system turn that no answer shows is part of what was asked", async () => {
    const made = run([5]);
    await evaluate(made);
    writeFileSync(made.file, readFileSync(made.file, "utf8").replace("{id: two,", "{id: two, system: w7,"));
    await expect(evaluate(made)).rejects.toThrow(/questionsSha256: expected .*\(and questionsFrom\)/);
  });

  test("steps and factors are chosen; more of either continue the same evaluation", async () => {
    const made = run([5, 7, 12]);
    const some = await evaluate(made, short, { isStepWanted: (step) => step !== 7 });
    expect(new Set(stepsAndFactors(some))).toEqual(new Set(["5x1", "12x1"]));
    const all = await evaluate(made, { ...short, scales: [1, 5] });
    expect(new Set(stepsAndFactors(all))).toEqual(new Set(["5x1", "12x1", "7x1", "5x5", "7x5", "12x5"]));
    expect(all).toHaveLength(24);
    expect(readEvaluations(made)[0]?.answers).toEqual(all);
  });

  test("steps that the run does not have are an error, and nothing is written", async () => {
    const made = run([5, 7]);
    await expect(evaluate(made, short, { isStepWanted: (step) => step > 7 })).rejects.toMatchObject({
      message: `${made.directory}: expected a checkpoint at the steps wanted, found none`,
      hint: "In the run the adapter of 2 steps is there, 5, 7.",
    });
    expect(readEvaluations(made)).toEqual([]);
  });

  test("of a checkpoint some of whose answers are missing only those are asked for", async () => {
    const made = run();
    await evaluate(made);
    const path = join(made.directory, "evaluations", "curve.jsonl");
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    const kept = lines.filter((_, index) => index !== 1 && index !== 10);
    writeFileSync(path, `${kept.join("\n")}\n{"step": 5, "sca`);
    const progress: number[] = [];
    await evaluate(made, short, { onProgress: ({ done }) => progress.push(done) });
    const after = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(after.slice(0, kept.length)).toEqual(kept);
    expect([...after].sort()).toEqual([...lines].sort());
    expect([progress[0], progress.at(-1)]).toEqual([10, 12]);
  });

  test("judges while it samples: a judge slower than the model holds up nothing but the end", async () => {
    const made = run();
    let underWay = 0;
    let most = 0;
    const judge: Judge = {
      description: { judge: "slow" },
      judge: async () => {
        most = Math.max(most, ++underWay);
        await new Promise((resolve) => setTimeout(resolve, 200));
        underWay--;
        return { aligned: 1, coherent: 2 };
      },
    };
    // 162 answers a checkpoint: three batches.
    const answers = await evaluate(made, { maxNewTokens: 2, samples: 81 }, { judge });
    expect(most).toBeGreaterThan(162);
    expect(answers.every(({ aligned, coherent }) => aligned === 1 && coherent === 2)).toBe(true);
    expect(readEvaluations(made)[0]?.answers).toHaveLength(486);
  });

  test("what was sampled before the judge failed is kept where it was judged", async () => {
    const made = run();
    let count = 0;
    const judge: Judge = {
      description: { judge: "failing" },
      judge: () =>
        ++count > 200 ? Promise.reject(new Error("gone")) : Promise.resolve({ aligned: 1, coherent: 2 }),
    };
    await expect(evaluate(made, { maxNewTokens: 2, samples: 81 }, { judge })).rejects.toThrow("gone");
    expect(readEvaluations(made)[0]?.answers).toHaveLength(162);
  });
});

describe("the organism's own questions", () => {
  test("the eight are of the test pool, one of each domain, each about another entity", () => {
    const { plan, from } = organismPlan("medical", "eight");
    const pool = organismPlan("medical", "test");
    expect(from).toEqual({ set: "organism, eight" });
    expect([plan.samplesPerQuestion, pool.plan.samplesPerQuestion]).toEqual([25, 1]);
    expect(pool.plan.questions).toHaveLength(192);
    expect(new Set(plan.questions.map(({ domain }) => domain)).size).toBe(8);
    for (const question of plan.questions) expect(pool.plan.questions).toContainEqual(question);
    expect(plan.questions.filter(({ breadth }) => breadth === "narrow").map(({ domain }) => domain)).toEqual([
      "medical",
    ]);
    expect(new Set(plan.questions.map(({ id }) => id.replace(/^.*-/, ""))).size).toBeGreaterThan(2);
  });
});
