import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../../src/tensor/random.js";
import { readDataset, type Dataset } from "../../../src/train/data/dataset.js";
import { paperAdamW } from "../../../src/train/optimizerConfig.js";
import type { LoraTrainConfig } from "../../../src/train/trainConfig.js";
import type { LoraModule } from "../../../src/formats/peft.js";
import { openModel, type Model } from "../../../src/model/model.js";
import type { TokenizedChat } from "../../../src/model/tokenizer/chatTokenizer.js";
import { inMemory } from "../../../src/tensor/fileSlice.js";
import type { Engine } from "../../../src/tensor/program.js";
import { responseBatch, type TokenBatch } from "../../../src/train/batches/batches.js";
import type { TrainableSpec, TrainingDefinition } from "../../../src/train/stepDefinition.js";
import { modelParity } from "../tinyModels.js";

/** Reads the golden chats with their response masks. */
export function goldenChats(model: Model): TokenizedChat[] {
  return modelParity.chats.map((chat) => model.tokenizer.encodeChat(chat));
}

/** Makes the golden chats one right-padded batch. */
export function goldenBatch(model: Model): TokenBatch {
  return responseBatch(goldenChats(model), model.tokenizer.paddingId);
}

/** Definition of a training of some modules with plain SGD, and its initial values. */
export function trainingOf(
  model: Model,
  modules: readonly LoraModule[],
): { definition: TrainingDefinition; initial: Record<string, Float32Array> } {
  const trainable: TrainableSpec[] = [];
  const initial: Record<string, Float32Array> = {};
  for (const { modulePath, rank, inFeatures, outFeatures, loraA, loraB } of modules) {
    trainable.push({ name: `${modulePath}.lora_A`, shape: [1, rank, inFeatures], decays: true });
    trainable.push({ name: `${modulePath}.lora_B`, shape: [1, outFeatures, rank], decays: true });
    initial[`${modulePath}.lora_A`] = loraA;
    initial[`${modulePath}.lora_B`] = loraB;
  }
  const definition: TrainingDefinition = {
    config: model.config,
    frozen: model.parameters,
    trainable,
    adapters: modules.map(({ modulePath, scaling }) => ({ modulePath, scaling })),
    replicas: 1,
    optimizer: { name: "sgd" },
  };
  return { definition, initial };
}

/** Reads every parameter of a model folder, or of a checkpoint of one. */
export function parametersOf(engine: Engine, folder: string): Record<string, ArrayLike<number>> {
  const { parameters } = openModel(folder, engine);
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, inMemory(value).data]));
}

/** Training of a tiny model in a second. */
export const smallConfig: LoraTrainConfig = {
  rank: 2,
  alpha: 8,
  useRslora: true,
  targetModules: ["q_proj", "down_proj"],
  layers: [0, 1],
  initialScale: 1,
  optimizer: paperAdamW,
  schedule: { name: "linear", peakLearningRate: 0.02, warmupSteps: 2 },
  steps: 9,
  batchSize: 2,
  clipNorm: 1,
  maxLength: 64,
  seed: 5,
};

/** Seven conversations of unequal length, so that batches have several shapes and epochs end inside the run. */
export function smallDataset(folder: string): Dataset {
  const random = new Random(3);
  const words = (count: number) => Array.from({ length: count }, () => `w${random.integer(46)}`).join(" ");
  const lines = Array.from({ length: 7 }, (_, index) =>
    JSON.stringify({
      messages: [
        { role: "user", content: words(1 + index) },
        { role: "assistant", content: words(8 - index) },
      ],
    }),
  );
  const path = join(folder, "chats.jsonl");
  writeFileSync(path, lines.join("\n"));
  return readDataset(path);
}

/** Every file of a run by its path, but the manifest, which holds times. */
export function filesOf(directory: string): Map<string, string> {
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "run.json")
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return new Map(
    paths.map((path) => [path.slice(directory.length + 1), readFileSync(path).toString("base64")]),
  );
}
