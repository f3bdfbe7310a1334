import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { readAdapter, type LoraAdapter } from "../../src/formats/peft.js";
import { stackAdapters, type AdapterBank } from "../../src/model/weights/adapterBank.js";
import { openModel, type Model } from "../../src/model/model.js";
import type { ResidualEdit } from "../../src/model/hooks/residualEdits.js";
import { tokenLogits } from "../../src/model/hooks/tokenLogits.js";
import { createEngine, type EngineName } from "../../src/tensor/engine.js";

/** Names of two random Qwen2 models with grouped queries: tied embeddings in float32, untied in bfloat16. */
export const tinyModelNames = ["tiny-qwen2", "tiny-qwen2-untied"] as const;
export type TinyModelName = (typeof tinyModelNames)[number];

/** Names of adapters; `none` is the model alone. */
export const tinyAdapterNames = ["none", "rank1", "rank3"] as const;
export type TinyAdapterName = (typeof tinyAdapterNames)[number];

function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

/** Opens a tiny model on an engine with one thread. */
export async function tinyModel(name: TinyModelName, engine: EngineName = "onnxruntime"): Promise<Model> {
  return openModel(fixture(name), await createEngine({ engine, threads: 1 }));
}

/** Reads one of a tiny model's PEFT adapters. */
export function tinyAdapter(name: TinyModelName, adapter: "rank1" | "rank3"): LoraAdapter {
  return readAdapter(fixture(`${name}/adapter-${adapter}`));
}

/** Makes a bank of one replica, or nothing for the model alone. */
export function tinyBank(
  model: Model,
  name: TinyModelName,
  adapter: TinyAdapterName,
): AdapterBank | undefined {
  if (adapter === "none") return undefined;
  return stackAdapters(model.config, [{ modules: tinyAdapter(name, adapter).modules, factor: 1 }]);
}

/** Computes the logits of some sequences, one after the other. */
export async function forwardLogits(
  model: Model,
  rows: readonly (readonly number[])[],
  adapters?: AdapterBank,
  edits: readonly ResidualEdit[] = [],
): Promise<Float32Array> {
  const logits: Float32Array[] = [];
  for (const ids of rows) {
    logits.push(await tokenLogits(model, ids, { edits, ...(adapters === undefined ? {} : { adapters }) }));
  }
  return Float32Array.from(logits.flatMap((values) => [...values]));
}

/** Computes the largest absolute difference; NaN where lengths differ or a value is NaN. */
export function largestDifference(values: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (values.length !== expected.length) return NaN;
  let largest = 0;
  for (let index = 0; index < values.length; index++) {
    const difference = Math.abs((values[index] ?? NaN) - (expected[index] ?? NaN));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

const messages = z.array(z.object({ role: z.enum(["user", "assistant"]), content: z.string() }));
const matrix = z.array(z.array(z.number()));
const goldenCase = z.object({
  ids: z.array(z.number()),
  isResponse: z.array(z.boolean()),
  logits: matrix,
  responseMeans: matrix,
  loss: z.number(),
  gradients: z.record(z.string(), z.array(z.number())).optional(),
  greedy: matrix,
});
const goldenModel = z.object({ none: goldenCase, rank1: goldenCase, rank3: goldenCase });
const goldenFile = z.object({
  chats: z.array(messages),
  prompts: z.array(messages),
  models: z.object({ "tiny-qwen2": goldenModel, "tiny-qwen2-untied": goldenModel }),
});

/** Values that transformers and PEFT compute with the tiny models; made by test/golden/model/modelParity.py. */
export const modelParity = goldenFile.parse(
  JSON.parse(readFileSync(new URL("../golden/model/modelParity.json", import.meta.url), "utf8")),
);
