import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { encodeSafetensors, readSafetensors } from "../../../src/formats/safetensors.js";
import { openModel } from "../../../src/model/model.js";
import { trainRun } from "../../../src/pipeline/training/trainRun.js";
import { Random } from "../../../src/tensor/random.js";
import type { Engine } from "../../../src/tensor/program.js";
import { readDataset, type Dataset } from "../../../src/train/data/dataset.js";
import { paperAdamW } from "../../../src/train/optimizerConfig.js";
import { fullFineTuning } from "../../../src/train/recipes/presets.js";
import type { LoraTrainConfig, TrainConfig } from "../../../src/train/trainConfig.js";

const fixture = "test/fixtures/tiny-qwen2";
/** Layers of the deep model, in which those of the tiny one take turns. */
const deepLayers = 12;

/** A training whose every step is compared with a reference. */
export interface CurveCase {
  readonly model: "tiny-qwen2" | "deep";
  readonly config: TrainConfig;
}

const plain: LoraTrainConfig = {
  rank: 1,
  alpha: 16,
  useRslora: true,
  targetModules: ["down_proj"],
  layers: [1],
  initialScale: 1,
  optimizer: paperAdamW,
  schedule: { name: "linear", peakLearningRate: 5e-3, warmupSteps: 5, warmup: "hugging-face" },
  steps: 50,
  batchSize: 4,
  clipNorm: 1,
  maxLength: 64,
  seed: 3,
};

const allProjections = {
  rank: 32,
  alpha: 64,
  targetModules: ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
  layers: [0, 1],
  schedule: { ...plain.schedule, peakLearningRate: 1e-3 },
} as const;

const full = { ...fullFineTuning, steps: 50, batchSize: 4, maxLength: 64, seed: 3, checkpoints: "last" };
const fullSchedule = { ...full.schedule, peakLearningRate: 3e-4, warmupSteps: 5 };

/** Trainings by the shape of each recipe, and by what a step can do beside a plain one. */
export const curveCases: Readonly<Record<string, CurveCase>> = {
  "one rank-1 adapter": { model: "tiny-qwen2", config: plain },
  "nine rank-1 adapters": {
    model: "deep",
    config: { ...plain, layers: [1, 2, 3, 5, 6, 7, 9, 10, 11], alpha: 4 },
  },
  "rank 8": { model: "tiny-qwen2", config: { ...plain, rank: 8 } },
  "rank 64, more than the module has features": {
    model: "tiny-qwen2",
    config: { ...plain, rank: 64, layers: [0], useRslora: false, alpha: 64 },
  },
  "rank 32 everywhere, cut, accumulated": {
    model: "tiny-qwen2",
    config: { ...plain, ...allProjections, batchSize: 2, accumulation: 8, maxLength: 20 },
  },
  "all weights, cosine": { model: "tiny-qwen2", config: { ...full, schedule: fullSchedule } },
  "all weights, cosine, accumulated": {
    model: "tiny-qwen2",
    config: { ...full, schedule: { ...fullSchedule, finalFraction: 0.1 }, batchSize: 2, accumulation: 4 },
  },
  "dropout everywhere, accumulated": {
    model: "tiny-qwen2",
    config: { ...plain, ...allProjections, dropout: 0.1, batchSize: 2, accumulation: 4 },
  },
  "dropout above frozen layers": {
    model: "deep",
    config: { ...plain, rank: 4, layers: [9, 11], dropout: 0.25, dataSeed: 8, adapterSeed: 9 },
  },
  "SGD with momentum": {
    model: "tiny-qwen2",
    config: {
      ...plain,
      rank: 8,
      optimizer: { name: "sgd", momentum: 0.9 },
      schedule: { name: "constant", peakLearningRate: 0.02, warmupSteps: 3, warmup: "shifted" },
      clipNorm: 2,
    },
  },
};

const evaluated = { heldOut: { fraction: 0.25, every: 5 }, steps: 30 } as const;

/** Trainings that the Hugging Face Trainer makes too. */
export const trainerCases: Readonly<Record<string, CurveCase>> = {
  adapters: {
    model: "tiny-qwen2",
    config: { ...plain, ...allProjections, ...evaluated, batchSize: 2, accumulation: 4 },
  },
  "all weights": {
    model: "tiny-qwen2",
    config: { ...full, ...evaluated, schedule: fullSchedule, batchSize: 2, accumulation: 3 },
  },
};

/** Opens the model of a case; the deep one is written into `folder`. */
export function curveModel(engine: Engine, model: CurveCase["model"], folder: string) {
  return openModel(model === "deep" ? writeDeepModel(folder) : fixture, engine);
}

/** Writes a model that repeats the layers of the tiny one. */
function writeDeepModel(parent: string): string {
  const folder = join(parent, "deep");
  mkdirSync(folder, { recursive: true });
  for (const name of ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"])
    copyFileSync(join(fixture, name), join(folder, name));
  const config = z
    .looseObject({ num_hidden_layers: z.number(), layer_types: z.array(z.string()) })
    .parse(JSON.parse(readFileSync(join(fixture, "config.json"), "utf8")));
  const types = Array.from({ length: deepLayers }, () => "full_attention");
  const deep = { ...config, num_hidden_layers: deepLayers, layer_types: types };
  writeFileSync(join(folder, "config.json"), JSON.stringify(deep));
  const { tensors } = readSafetensors(join(fixture, "model.safetensors"));
  const copies = [...tensors].flatMap(([name, tensor]) => {
    const [, layer] = /^model\.layers\.(\d+)\./.exec(name) ?? [];
    if (layer === undefined) return [[name, tensor] as const];
    return types.flatMap((_, index) =>
      index % config.num_hidden_layers === Number(layer)
        ? [[name.replace(`.${layer}.`, `.${index}.`), tensor] as const]
        : [],
    );
  });
  writeFileSync(join(folder, "model.safetensors"), encodeSafetensors(new Map(copies), { format: "pt" }));
  return folder;
}

/** Writes thirty conversations of unequal length, so that padding, packing and cutting all occur. */
export function curveDataset(folder: string): Dataset {
  const random = new Random(11);
  const words = (count: number) => Array.from({ length: count }, () => `w${random.integer(46)}`).join(" ");
  const lines = Array.from({ length: 30 }, () =>
    JSON.stringify({
      messages: [
        { role: "user", content: words(1 + random.integer(8)) },
        { role: "assistant", content: words(1 + random.integer(12)) },
      ],
    }),
  );
  const path = join(folder, "chats.jsonl");
  writeFileSync(path, lines.join("\n"));
  return readDataset(path);
}

/** Trains a case into `folder/run` and returns that folder. */
export async function runCurve(engine: Engine, { model, config }: CurveCase, folder: string): Promise<string> {
  const opened = curveModel(engine, model, folder);
  const directory = join(folder, "run");
  await trainRun({ directory, config, model: opened, dataset: curveDataset(folder) });
  await opened.programs.dispose();
  return directory;
}
