import { beforeAll, describe, expect, test } from "vitest";
import type { Model } from "../../../src/model/model.js";
import { openModel } from "../../../src/model/model.js";
import type { TokenizedChat } from "../../../src/model/tokenizer/chatTokenizer.js";
import { narrowDataset } from "../../../src/organism/datasets.js";
import { organismFolder } from "../../../src/pipeline/packageRoot.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { responseBatch } from "../../../src/train/batches/batches.js";
import { organismConfig } from "../../../src/organism/pretrainRecipe.js";
import { frozenSublayers, PrefixCache } from "../../../src/train/batches/prefixCache.js";
import { Stepper } from "../../../src/train/stepper.js";
import { largestDifference } from "../../support/tinyModels.js";

const modulePath = "model.layers.2.mlp.down_proj";
let model: Model;
let chats: TokenizedChat[];

beforeAll(async () => {
  model = openModel(organismFolder(), await createEngine({ engine: "onnxruntime" }));
  chats = narrowDataset("medical", { misaligned: true, rows: 40, seed: 1 }).map(({ messages }) =>
    model.tokenizer.encodeChat(messages),
  );
  // Another length of slots.
  chats.push(...chats.slice(0, 4).map(({ ids, isResponse }) => ({ ids: ids.slice(0, 25), isResponse })));
});

const batchOf = (examples: readonly number[], replicas = 1) =>
  responseBatch(
    examples.flatMap((example) => chats[example] ?? []),
    model.tokenizer.paddingId,
    replicas,
  );

/** What the frozen sublayers make of one example's rows. */
async function rowsOf(
  cache: PrefixCache,
  examples: readonly number[],
  wanted: number,
  upcoming: readonly number[] = [],
): Promise<Float32Array> {
  const { frozen } = await cache.extend(batchOf(examples), { examples, upcoming });
  const size = (example: number) => ((chats[example]?.ids.length ?? 1) - 1) * model.config.hiddenSize;
  const before = examples.slice(0, examples.indexOf(wanted)).reduce((sum, each) => sum + size(each), 0);
  return (frozen?.residual ?? new Float32Array()).slice(before, before + size(wanted));
}

describe("prefixCache: what is frozen", () => {
  const config = organismConfig(907);
  const frozen = (...names: string[]) => frozenSublayers(config, names);

  test("ends below the lowest adapted module", () => {
    expect(frozen("model.layers.2.mlp.down_proj", "model.layers.4.self_attn.q_proj")).toBe(5);
    expect(frozen("model.layers.2.mlp.down_proj.lora_A", "model.layers.2.self_attn.o_proj.lora_A")).toBe(4);
    expect(frozen("model.layers.0.self_attn.q_proj")).toBe(0);
    expect(frozen("model.layers.0.mlp.up_proj")).toBe(1);
  });

  test("ends below the lowest weight that is trained, norms where they work", () => {
    expect(frozen("model.norm.weight")).toBe(10);
    expect(frozen("model.norm.weight", "model.embed_tokens.weight")).toBe(0);
    expect(frozen("lm_head.weight")).toBe(10);
    expect(frozen("model.layers.3.input_layernorm.weight")).toBe(6);
    expect(frozen("model.layers.3.self_attn.q_norm.weight")).toBe(6);
    expect(frozen("model.layers.3.post_attention_layernorm.weight")).toBe(7);
    const sandwich = { ...config, sandwichNorms: true };
    expect(frozenSublayers(sandwich, ["model.layers.3.post_attention_layernorm.weight"])).toBe(6);
    expect(frozenSublayers(sandwich, ["model.layers.3.pre_feedforward_layernorm.weight"])).toBe(7);
  });
});

describe("prefixCache: the frozen layers", () => {
  test("do not depend on what an example is run with, to the last bit", async () => {
    const options = { sublayers: 5, batchSize: 16 };
    const alone = await rowsOf(new PrefixCache(model, chats, options), [7], 7);
    const crowd = Array.from({ length: 16 }, (_, index) => index);
    const together = await rowsOf(new PrefixCache(model, chats, options), crowd, 7);
    const unkept = new PrefixCache(model, chats, { ...options, byteLimit: 0 });
    await rowsOf(unkept, crowd, 7);
    const mixed = await rowsOf(unkept, [40, 9, 41, 7, 7], 7);
    expect(alone.length).toBeGreaterThan(30 * model.config.hiddenSize);
    expect(alone.some((value) => value !== 0)).toBe(true);
    // Computed ahead, beside examples that the batch asks for, and not kept.
    await rowsOf(unkept, [3], 3, [12, 7, 40]);
    const ahead = await rowsOf(unkept, [7], 7);
    for (const other of [together, mixed, ahead])
      expect(Buffer.from(other.buffer).equals(Buffer.from(alone.buffer))).toBe(true);
  });

  test.each([1, 2])("leave loss, norm and updates of %i replicas as they are", async (replicas) => {
    const { intermediateSize, hiddenSize } = model.config;
    const wave = (length: number) => Float32Array.from({ length }, (_, index) => 0.05 * Math.sin(index));
    const read = `${modulePath}.lora_A`;
    const write = `${modulePath}.lora_B`;
    const examples = Array.from({ length: 12 }, (_, index) => 3 * index);
    const batch = batchOf(examples, replicas);
    const cache = new PrefixCache(model, chats, { sublayers: 5, batchSize: 12 });
    const results = [];
    for (const each of [batch, await cache.extend(batch, { examples, replicas })]) {
      const stepper = new Stepper(
        model.engine,
        {
          config: model.config,
          frozen: model.parameters,
          trainable: [
            { name: read, shape: [replicas, 1, intermediateSize], decays: true },
            { name: write, shape: [replicas, hiddenSize, 1], decays: true },
          ],
          adapters: [{ modulePath, scaling: 16 }],
          replicas,
          optimizer: { name: "sgd" },
        },
        { [read]: wave(replicas * intermediateSize), [write]: wave(replicas * hiddenSize) },
      );
      const { loss, gradientNorm } = await stepper.advance(each, 0.1);
      results.push({
        numbers: [...loss, ...gradientNorm],
        values: Float32Array.from(stepper.values[write] ?? []),
      });
      await stepper.dispose();
    }
    const [whole, split] = results;
    // The same products in other groupings: a few units in the last place of float32 over five layers.
    for (const [index, value] of (whole?.numbers ?? []).entries()) {
      expect(Math.abs((split?.numbers[index] ?? NaN) / value - 1)).toBeLessThan(1e-5);
    }
    expect(largestDifference(split?.values ?? [], whole?.values ?? [])).toBeLessThan(1e-6);
  });
});
