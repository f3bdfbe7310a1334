/** Process in which Turncoat makes the steps of a training; see `trainingMessages.ts`. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { messageOf } from "../../src/errors.js";
import { readSafetensors } from "../../src/formats/safetensors.js";
import { openModel } from "../../src/model/model.js";
import { createEngine } from "../../src/tensor/engine.js";
import { frozenSublayers } from "../../src/train/batches/prefixCache.js";
import { StepBatches } from "../../src/train/batches/stepBatches.js";
import { paperAdamW } from "../../src/train/optimizerConfig.js";
import { Stepper } from "../../src/train/stepper.js";
import {
  trainingRequestSchema,
  trainingSchema,
  type TimedStep,
  type TrainingRequest,
} from "./trainingMessages.js";

let advance: (() => Promise<TimedStep>) | undefined;

for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log(JSON.stringify(await answer(trainingRequestSchema.parse(JSON.parse(line)))));
  } catch (cause) {
    console.log(JSON.stringify({ error: messageOf(cause) }));
  }
}

async function answer(message: TrainingRequest): Promise<unknown> {
  switch (message.request) {
    case "load":
      advance = await load(message.file);
      return { loaded: true };
    case "step":
      if (advance === undefined) throw new Error("step: nothing is loaded");
      return advance();
    case "peak":
      return { peakMB: Math.round(process.resourceUsage().maxRSS / 1024) };
  }
}

/** Loads model, data and adapter as a training does, without the run that it writes. */
async function load(file: string): Promise<() => Promise<TimedStep>> {
  const training = trainingSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  const { folder, threads, modulePaths, rank, alpha, chats, batchSize, steps, learningRate } = training;
  const model = openModel(folder, await createEngine({ engine: "onnxruntime", threads }));
  const { tensors } = readSafetensors(training.adapterFile);
  const stepper = new Stepper(
    model.engine,
    {
      config: model.config,
      frozen: model.parameters,
      trainable: [...tensors].map(([name, { shape }]) => ({ name, shape, decays: true })),
      adapters: modulePaths.map((modulePath) => ({ modulePath, scaling: alpha / Math.sqrt(rank) })),
      replicas: 1,
      optimizer: paperAdamW,
      clipNorm: training.clipNorm,
    },
    Object.fromEntries([...tensors].map(([name, { data }]) => [name, data])),
  );
  const batches = new StepBatches({
    model,
    chats,
    batchSize,
    frozenSublayers: frozenSublayers(model.config, modulePaths),
    droppedModules: [],
  });
  let step = 0;
  return async () => {
    const [examples = [], upcoming = []] = steps.slice(step++);
    const cpuBefore = process.cpuUsage();
    const started = performance.now();
    const batch = await batches.ofStep(
      [examples],
      (_, index) => ({ probability: 0, seed: 0, step, index }),
      upcoming,
    );
    const { loss, gradientNorm } = await stepper.advance(batch, learningRate);
    const milliseconds = performance.now() - started;
    const { user, system } = process.cpuUsage(cpuBefore);
    return {
      loss: loss[0] ?? NaN,
      gradientNorm: gradientNorm[0] ?? NaN,
      milliseconds,
      cpuMilliseconds: (user + system) / 1000,
    };
  };
}
