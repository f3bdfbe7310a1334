/** Process of the memory benchmark, which does one task and prints the memory and time it took. */
import { generate } from "../../src/model/generation/generate.js";
import { openModel, type Model } from "../../src/model/model.js";
import { projectionFeatures, projectionPath } from "../../src/model/config/parameters.js";
import { createEngine } from "../../src/tensor/engine.js";
import { Random } from "../../src/tensor/random.js";
import { Stepper } from "../../src/train/stepper.js";
import { trainableWeights } from "../../src/train/trainables/modelWeights.js";
import { fullFineTuning } from "../../src/train/recipes/presets.js";
import { memoryTask, type MemoryResult } from "./memoryMessages.js";

const repetitions = 5;
/** Sizes of the tasks. Answers: rows, tokens of a prompt and tokens drawn. Training: rows and tokens of a row. */
const answers = { rows: 8, promptTokens: 48, newTokens: 16 };
const steps = { rows: 4, tokens: 64 };

const task = memoryTask.parse(JSON.parse(process.argv[2] ?? ""));
const startBytes = process.memoryUsage.rss();
const started = performance.now();
const engine = await createEngine({
  engine: "onnxruntime",
  threads: task.threads,
  frozenWeights: task.frozenWeights,
});
const model = openModel(task.folder, engine);
const round =
  task.work === "answers"
    ? drawAnswers(model)
    : trainSteps(model, task.work === "training" ? oneAdapter(model) : allWeights(model));
await round();
const readySeconds = (performance.now() - started) / 1000;
const times: number[] = [];
for (let repetition = 0; repetition < repetitions; repetition++) times.push(await round());
const result: MemoryResult = {
  startBytes,
  peakBytes: process.resourceUsage().maxRSS * 1024,
  readySeconds,
  milliseconds: times.sort((one, other) => one - other)[(repetitions - 1) / 2] ?? NaN,
};
console.log(JSON.stringify(result));

/** Draws one answer a row and gives the milliseconds of a token after the first. */
function drawAnswers(opened: Model): () => Promise<number> {
  const { rows, promptTokens, newTokens } = answers;
  const prompts = Array.from({ length: rows }, (_, row) => ({
    promptIds: randomIds(opened, `prompt ${row}`, promptTokens),
    randomName: String(row),
  }));
  return async () => {
    const first = performance.now();
    await generate(opened, prompts, { maxNewTokens: 1, seed: 0 });
    const all = performance.now();
    await generate(opened, prompts, { maxNewTokens: newTokens, seed: 0 });
    return (performance.now() - all - (all - first)) / (newTokens - 1);
  };
}

/** Trains a rank-1 adapter on the `down_proj` of the middle layer, with plain SGD. */
function oneAdapter({ config, parameters, engine: its }: Model): Stepper {
  const { inFeatures, outFeatures } = projectionFeatures(config, "down_proj");
  const modulePath = projectionPath(config.layers / 2, "down_proj");
  const loraA = `${modulePath}.lora_A`;
  const loraB = `${modulePath}.lora_B`;
  return new Stepper(
    its,
    {
      config,
      frozen: parameters,
      trainable: [
        { name: loraA, shape: [1, 1, inFeatures], decays: true },
        { name: loraB, shape: [1, outFeatures, 1], decays: true },
      ],
      adapters: [{ modulePath, scaling: 64 }],
      replicas: 1,
      optimizer: { name: "sgd" },
    },
    { [loraA]: new Float32Array(inFeatures).fill(0.01), [loraB]: new Float32Array(outFeatures) },
  );
}

/** Trains every weight, with AdamW. */
function allWeights(opened: Model): Stepper {
  const weights = trainableWeights(fullFineTuning, opened);
  return new Stepper(
    opened.engine,
    {
      config: opened.config,
      frozen: weights.frozen,
      trainable: weights.parameters,
      adapters: weights.adapters,
      replicas: 1,
      optimizer: fullFineTuning.optimizer,
      clipNorm: 1,
    },
    weights.initial(),
  );
}

/** Makes a step and gives its milliseconds. */
function trainSteps(opened: Model, stepper: Stepper): () => Promise<number> {
  const { rows: batch, tokens: length } = steps;
  const tokens = Int32Array.from(randomIds(opened, "tokens", batch * length));
  const labels = Int32Array.from(randomIds(opened, "labels", batch * length));
  const weights = new Float32Array(batch * length).fill(1 / (batch * length));
  return async () => {
    const begun = performance.now();
    await stepper.advance({ batch, length, tokens, labels, weights }, 1e-3);
    return performance.now() - begun;
  };
}

function randomIds(opened: Model, name: string, count: number): number[] {
  const random = new Random(0).fork(name);
  return Array.from({ length: count }, () => random.integer(opened.config.vocabularySize));
}
