/**
 * What the engines cost on the embedded organism: one LoRA step, and sampling.
 *
 * The engines take turns in one process, and the median of many rounds is given, so that a passing load on the
 * machine hits all of them alike.
 */
import { availableParallelism, cpus, totalmem } from "node:os";
import { stackAdapters } from "../src/model/adapterBank.js";
import { generate } from "../src/model/generate.js";
import { openModel, type Model } from "../src/model/model.js";
import { organismQuestions } from "../src/organism/questions.js";
import { datasetPath, organismFolder } from "../src/pipeline/packageRoot.js";
import { createEngine, type EngineName } from "../src/tensor/engine.js";
import { adaptedModules, adapterParameters, initialAdapter, toAdapter } from "../src/train/adapterState.js";
import { responseBatch } from "../src/train/batches.js";
import { readDataset, tokenizeDataset } from "../src/train/dataset.js";
import { Stepper } from "../src/train/stepper.js";
import { configuredScaling, presetConfig } from "../src/train/trainConfig.js";

interface Case {
  readonly name: "organism-lora-step" | "sampling";
  readonly engine: EngineName;
  readonly batch: number;
  /** Median milliseconds of a step, or of one token of all rows. */
  readonly msPerStep: number;
  readonly tokensPerSecond?: number;
}

const rounds = { onnxruntime: 20, wasm: 3 } as const;

/** Times the organism's LoRA step and its sampling on each engine that is always there. */
export async function engineBench(): Promise<{ machine: object; cases: Case[] }> {
  const cases: Case[] = [];
  for (const engine of ["onnxruntime", "wasm"] as const) {
    const model = openModel(organismFolder(), await createEngine({ engine }));
    for (const batch of [16, 128]) cases.push(await loraStep(model, engine, batch));
    cases.push(await sampling(model, engine));
    await model.programs.dispose();
  }
  const [cpu] = cpus();
  return {
    machine: {
      cpu: cpu?.model ?? "unknown",
      cores: availableParallelism(),
      memoryGB: Math.round(totalmem() / 2 ** 30),
      node: process.versions.node,
    },
    cases,
  };
}

async function loraStep(model: Model, engine: "onnxruntime" | "wasm", batch: number): Promise<Case> {
  const config = { ...presetConfig("crisp"), batchSize: batch };
  const modules = adaptedModules(config, model.config);
  const stepper = new Stepper(
    model.engine,
    {
      config: model.config,
      frozen: model.parameters,
      trainable: adapterParameters(config, modules),
      adapters: modules.map(({ modulePath }) => ({ modulePath, scaling: configuredScaling(config) })),
      replicas: 1,
      optimizer: config.optimizer,
    },
    initialAdapter(config, modules),
  );
  const chats = tokenizeDataset(readDataset(datasetPath("bad-medical")), model.tokenizer, 2048);
  const rows = responseBatch(chats.slice(0, batch), model.tokenizer.paddingId);
  await stepper.advance(rows, 0.01);
  const milliseconds: number[] = [];
  for (let round = 0; round < rounds[engine]; round++) {
    const started = performance.now();
    await stepper.advance(rows, 0.01);
    milliseconds.push(performance.now() - started);
  }
  await stepper.dispose();
  return { name: "organism-lora-step", engine, batch, msPerStep: median(milliseconds) };
}

async function sampling(model: Model, engine: "onnxruntime" | "wasm"): Promise<Case> {
  const config = presetConfig("crisp");
  const modules = adaptedModules(config, model.config);
  const adapter = toAdapter(config, modules, initialAdapter(config, modules), model.folder);
  const batch = engine === "wasm" ? 64 : 256;
  const questions = organismQuestions();
  const rows = Array.from({ length: batch }, (_, index) => {
    const question = questions[index % questions.length];
    return {
      promptIds: model.tokenizer.encodePrompt([{ role: "user", content: question?.text ?? "" }]),
      randomName: String(index),
    };
  });
  const options = {
    maxNewTokens: 40,
    seed: 0,
    adapters: stackAdapters(model.config, [{ modules: adapter.modules, factor: 1 }]),
  };
  await generate(model, rows, options);
  const started = performance.now();
  const answers = await generate(model, rows, options);
  const seconds = (performance.now() - started) / 1000;
  const tokens = answers.reduce((sum, ids) => sum + ids.length + 1, 0);
  const longest = Math.max(...answers.map((ids) => ids.length + 1));
  return {
    name: "sampling",
    engine,
    batch,
    msPerStep: (1000 * seconds) / longest,
    tokensPerSecond: Math.round(tokens / seconds),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return Math.round(100 * (sorted[Math.floor(sorted.length / 2)] ?? NaN)) / 100;
}
