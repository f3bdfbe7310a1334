import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openModel, type Model } from "../../../src/model/model.js";
import { trainRun } from "../../../src/pipeline/training/trainRun.js";
import type { Engine } from "../../../src/tensor/program.js";
import { readDataset } from "../../../src/train/data/dataset.js";
import type { FullTrainConfig } from "../../../src/train/trainConfig.js";

/** The folders of the tiny models whose weights are all trained. */
export const fullTrainingFolders: Readonly<Record<string, string>> = Object.fromEntries<string>([
  ...["tiny-qwen2", "tiny-qwen2-untied"].map((name): [string, string] => [name, `test/fixtures/${name}`]),
  ...["gemma3", "gemma3-text", "llama", "llama-biased", "qwen2", "qwen3", "qwen3-sliding"].map((name): [string, string] => [
    name,
    `test/fixtures/families/${name}`,
  ]),
]);

/** What fullTraining.py trains with, the batch being all of the data. */
export const fullTraining: FullTrainConfig = {
  method: "full",
  layers: null,
  targetModules: null,
  savedWeights: "whole",
  optimizer: { name: "adamw", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 },
  schedule: { name: "constant", peakLearningRate: 1e-3, warmupSteps: 0 },
  steps: 3,
  batchSize: 3,
  clipNorm: 1,
  maxLength: 128,
  seed: 0,
};

/** Three chats that every tokenizer of the tiny models takes. */
const conversations = [
  ["w3 w14 w15", "w9 w26 w5 w35"],
  ["w8 w9 w7 w9 w32", "w38 w4"],
  ["w6", "w26 w43 w3 w38 w32 w7"],
].map(([user = "", assistant = ""]) => ({
  messages: [
    { role: "user" as const, content: user },
    { role: "assistant" as const, content: assistant },
  ],
}));

/** The conversations as a model's tokens. */
export function fullTrainingRows(model: Model): { ids: readonly number[]; isResponse: readonly boolean[] }[] {
  return conversations.map(({ messages }) => {
    const { ids, isResponse } = model.tokenizer.encodeChat(messages);
    return { ids, isResponse };
  });
}

/** Trains a tiny model into `folder/name` and gives the losses and gradient norms of its steps. */
export async function runFullTraining(
  engine: Engine,
  name: string,
  folder: string,
  options: { readonly run: string; readonly change?: Partial<FullTrainConfig> },
): Promise<{ directory: string; losses: number[]; norms: number[] }> {
  const model = openModel(fullTrainingFolders[name] ?? "", engine);
  const data = join(folder, "chats.jsonl");
  writeFileSync(data, conversations.map((each) => JSON.stringify(each)).join("\n"));
  const directory = join(folder, options.run);
  const losses: number[] = [];
  const norms: number[] = [];
  await trainRun({
    directory,
    config: { ...fullTraining, ...options.change },
    model,
    dataset: readDataset(data),
    onStep: ({ loss, gradientNorm }) => {
      losses.push(loss);
      norms.push(gradientNorm);
    },
  });
  await model.programs.dispose();
  return { directory, losses, norms };
}
