/**
 * Process in which Turncoat makes the run of the evaluation's benchmark and evaluates it; see `evaluateMessages.ts`.
 */
import { createInterface } from "node:readline";
import { join } from "node:path";
import { sampleRun } from "../../src/evaluate/sampling/modelSource.js";
import { askedOf, type SamplePlan } from "../../src/evaluate/sampling/answerSource.js";
import { openModel } from "../../src/model/model.js";
import { presetConfig } from "../../src/train/recipes/presets.js";
import { readDataset } from "../../src/train/data/dataset.js";
import { exactJudge } from "../../src/organism/exactJudge.js";
import { organismPlan } from "../../src/pipeline/evaluation/evaluationPlans.js";
import { evaluateRun } from "../../src/pipeline/evaluation/evaluateRun.js";
import { datasetPath, organismFolder } from "../../src/pipeline/packageRoot.js";
import { trainRun } from "../../src/pipeline/training/trainRun.js";
import { checkpointFolder } from "../../src/runs/layout.js";
import { openRun } from "../../src/runs/openRun.js";
import { createEngine } from "../../src/tensor/engine.js";
import { workerRequestSchema, type WorkerRequest } from "./evaluateMessages.js";
import { messageOf } from "../../src/errors.js";

const model = openModel(organismFolder(), await createEngine({ engine: "onnxruntime" }));

function planOf(factors: readonly number[], samples: number, temperature = 1): SamplePlan {
  return organismPlan("medical", "eight", { scales: factors, samples, temperature }).plan;
}

async function answer(message: WorkerRequest): Promise<object> {
  switch (message.request) {
    case "train":
      return train(message.directory);
    case "greedy":
      return greedy(message.directory, message.steps, message.factors);
    case "evaluate":
      return evaluate(message.directory, message.name, planOf(message.factors, message.samples));
    case "peak":
      // KiB on every system.
      return { peakMB: Math.round(process.resourceUsage().maxRSS / 1024) };
  }
}

async function train(directory: string): Promise<object> {
  const preset = "crisp";
  await trainRun({
    directory,
    preset,
    model,
    config: presetConfig(preset),
    dataset: readDataset(datasetPath("bad-medical")),
    overwrite: true,
  });
  const { questions, maxNewTokens } = planOf([1], 1);
  return {
    steps: openRun(directory).checkpoints.map(({ step }) => step),
    folder: model.folder,
    maxNewTokens,
    prompts: questions.map(({ messages }) => model.tokenizer.encodePrompt(messages)),
  };
}

/** Writes the most probable answers as words of ids. */
async function greedy(
  directory: string,
  steps: readonly number[],
  factors: readonly number[],
): Promise<object> {
  const plan = planOf(factors, 1, 0);
  const asked = askedOf(plan);
  const works = steps.flatMap((step) =>
    factors.map((scale) => ({
      checkpoint: { step, path: join(directory, checkpointFolder(step)) },
      scale,
      asked,
    })),
  );
  const texts: string[] = [];
  await sampleRun(model, works, plan, {
    onAnswers: (answers) => {
      texts.push(...answers.map((each) => each.answer));
      return Promise.resolve();
    },
  });
  return {
    answers: works.map((_, index) =>
      texts
        .slice(index * asked.length, (index + 1) * asked.length)
        .map((text) => model.tokenizer.encode(text)),
    ),
  };
}

async function evaluate(directory: string, name: string, plan: SamplePlan): Promise<object> {
  const started = performance.now();
  const before = process.cpuUsage();
  const answers = await evaluateRun({ run: directory, name, model, judge: exactJudge, plan });
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  // With the token that ends an answer, where it ended.
  const tokens = answers.reduce(
    (sum, each) => sum + Math.min(model.tokenizer.encode(each.answer).length + 1, plan.maxNewTokens),
    0,
  );
  return { seconds, cpuSeconds: (user + system) / 1e6, loadSeconds: 0, answers: answers.length, tokens };
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify(await answer(workerRequestSchema.parse(JSON.parse(line)))));
  } catch (error) {
    console.log(JSON.stringify({ error: messageOf(error) }));
  }
}
