import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { readAdapter, type LoraAdapter } from "../../src/formats/peft.js";
import {
  adapterFeeds,
  adapterInputs,
  adapterTensors,
  stackAdapters,
  type AdapterBank,
} from "../../src/model/adapterBank.js";
import { contextsFromStart } from "../../src/model/layerContexts.js";
import { denseLayout } from "../../src/model/rowLayout.js";
import { openModel, type Model } from "../../src/model/model.js";
import { editFeeds, editHooks, editInputs, type ResidualEdit } from "../../src/model/residualEdits.js";
import { forward, logits, parameter } from "../../src/model/transformer.js";
import { createEngine, type EngineName } from "../../src/tensor/engine.js";

/** Two random Qwen2 models with grouped queries: tied embeddings in float32, untied in bfloat16. */
export const tinyModelNames = ["tiny-qwen2", "tiny-qwen2-untied"] as const;
export type TinyModelName = (typeof tinyModelNames)[number];

/** `none` is the model alone. */
export const tinyAdapterNames = ["none", "rank1", "rank3"] as const;
export type TinyAdapterName = (typeof tinyAdapterNames)[number];

function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

/** Opens a tiny model on an engine with one thread. */
export async function tinyModel(name: TinyModelName, engine: EngineName = "onnxruntime"): Promise<Model> {
  return openModel(fixture(name), await createEngine({ engine, threads: 1 }));
}

/** One of a tiny model's PEFT adapters. */
export function tinyAdapter(name: TinyModelName, adapter: "rank1" | "rank3"): LoraAdapter {
  return readAdapter(fixture(`${name}/adapter-${adapter}`));
}

/** A bank of one replica, or nothing for the model alone. */
export function tinyBank(
  model: Model,
  name: TinyModelName,
  adapter: TinyAdapterName,
): AdapterBank | undefined {
  if (adapter === "none") return undefined;
  return stackAdapters(model.config, [{ modules: tinyAdapter(name, adapter).modules, factor: 1 }]);
}

/** Logits [B · T, vocabularySize] of rows of equal length, by the model's own forward pass. */
export async function forwardLogits(
  model: Model,
  rows: readonly (readonly number[])[],
  bank?: AdapterBank,
  edits: readonly ResidualEdit[] = [],
): Promise<Float32Array> {
  const batch = rows.length;
  const length = rows[0]?.length ?? 0;
  const program = await model.engine.compile({
    name: "logits",
    inputs: {
      tokens: { shape: [batch, length], dtype: "int32" },
      ...editInputs(model.config, edits),
      ...(bank === undefined ? {} : adapterInputs(bank)),
    },
    constants: model.parameters,
    body: (tensors) => {
      const { hidden } = forward(model.config, tensors, {
        tokens: parameter(tensors, "tokens"),
        layout: denseLayout(batch, length),
        contexts: contextsFromStart(model.config, batch, length),
        hooks: editHooks(edits, tensors),
        ...(bank === undefined ? {} : { adapters: adapterTensors(bank, tensors) }),
      });
      return { logits: logits(model.config, tensors, hidden) };
    },
  });
  const results = await program.run({
    tokens: Int32Array.from(rows.flat()),
    ...editFeeds(edits),
    ...(bank === undefined ? {} : adapterFeeds(bank)),
  });
  await program.dispose();
  return Float32Array.from(results.logits?.data ?? []);
}

/** The largest absolute difference; NaN where lengths differ or a value is NaN. */
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

/** What transformers and PEFT compute with the tiny models; made by test/golden/modelParity.py. */
export const modelParity = goldenFile.parse(
  JSON.parse(readFileSync(new URL("../golden/modelParity.json", import.meta.url), "utf8")),
);
