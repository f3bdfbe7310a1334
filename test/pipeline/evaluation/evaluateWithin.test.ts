import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { noJudge } from "../../../src/evaluate/judge/judge.js";
import { filePlan } from "../../../src/pipeline/evaluation/evaluationPlans.js";
import { firstAndLastRates } from "../../../src/pipeline/evaluation/evaluationRates.js";
import { evaluateWithin, evenlySpread } from "../../../src/pipeline/evaluation/evaluateWithin.js";
import { readEvaluations } from "../../../src/runs/evaluations.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { tinyModel } from "../../support/tinyModels.js";

const adapter = join("test", "fixtures", "tiny-qwen2", "adapter-rank1");

async function requestFor(steps: readonly number[]) {
  const directory = temporaryFolder();
  for (const step of steps) cpSync(adapter, join(directory, `checkpoint-${step}`), { recursive: true });
  const file = join(directory, "questions.yaml");
  writeFileSync(file, "- {id: one, paraphrases: [w1 w2], samples_per_paraphrase: 2}\n");
  const { plan, from } = filePlan(file, {}, { maxNewTokens: 4 });
  const model = await tinyModel("tiny-qwen2");
  return { run: directory, name: "curve", model, judge: noJudge, plan, questionsFrom: from };
}

describe("evaluateWithin", () => {
  const steps = Array.from({ length: 9 }, (_, index) => 10 * index);

  test("asks the first and the last checkpoint where no time is left for others, and says what was left out", async () => {
    const found = await evaluateWithin(0, await requestFor(steps));
    expect(found.steps).toEqual([0, 80]);
    expect(found.leftOut).toEqual(steps.slice(1, -1));
    expect(found.secondsLeftOut).toBeGreaterThan(0);
    expect(new Set(found.answers.map(({ step }) => step))).toEqual(new Set([0, 80]));
  });

  test("asks all where there is time, each once, also those that were asked before", async () => {
    const request = await requestFor(steps);
    await evaluateWithin(0, request);
    const found = await evaluateWithin(1000, request);
    expect(found).toMatchObject({ steps, leftOut: [], secondsLeftOut: 0 });
    expect(found.answers).toHaveLength(2 * steps.length);
    expect(readEvaluations({ directory: request.run })[0]?.answers).toHaveLength(2 * steps.length);
  });

  test("gives no rates of answers that nobody judged", async () => {
    const request = await requestFor([0, 10]);
    await evaluateWithin(1000, request);
    expect(readEvaluations({ directory: request.run }).flatMap(firstAndLastRates)).toEqual([]);
  });
});

describe("evenlySpread", () => {
  const steps = Array.from({ length: 101 }, (_, index) => index);

  test("takes the ends first, then the middles of the widest gaps", () => {
    expect(evenlySpread(steps, 2)).toEqual([0, 100]);
    expect(evenlySpread(steps, 3)).toEqual([0, 50, 100]);
    expect(evenlySpread(steps, 5)).toEqual([0, 25, 50, 75, 100]);
  });

  test("fills the gaps that were left before, and takes no step twice", () => {
    expect(evenlySpread(steps, 5, new Set([0, 50, 100]))).toEqual([25, 75]);
    expect(evenlySpread(steps, 200, new Set([0, 50, 100]))).toHaveLength(98);
    const chosen = evenlySpread(steps, 40);
    expect(new Set(chosen).size).toBe(40);
    const gaps = chosen.slice(1).map((step, index) => step - (chosen[index] ?? NaN));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(4);
  });

  test("has nothing to take from a run without checkpoints", () => {
    expect(evenlySpread([], 2)).toEqual([]);
  });
});
