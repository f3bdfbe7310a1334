import { beforeAll, describe, expect, test } from "vitest";
import { openModel, type Model } from "../../../src/model/model.js";
import type { TokenizedChat } from "../../../src/model/tokenizer/chatTokenizer.js";
import { narrowDataset } from "../../../src/organism/datasets.js";
import { organismFolder } from "../../../src/pipeline/packageRoot.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { responseBatch } from "../../../src/train/batches/batches.js";
import { frozenSublayers, PrefixCache } from "../../../src/train/batches/prefixCache.js";
import { ShapePlan, stepCosts } from "../../../src/train/batches/shapePlan.js";
import { sharedStart } from "../../../src/train/batches/sharedStart.js";
import { Stepper } from "../../../src/train/stepper.js";
import { largestDifference } from "../../support/tinyModels.js";

describe("the tokens that all chats begin with", () => {
  const chat = (ids: number[], answerFrom: number): TokenizedChat => ({
    ids,
    isResponse: ids.map((_, position) => position >= answerFrom),
  });
  const ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

  test("are those that are equal and that no response token follows", () => {
    expect(sharedStart([chat([...ten, 11, 12], 11), chat([...ten, 13, 12], 11)])).toBe(10);
    expect(sharedStart([chat([...ten, 11, 12], 10), chat([...ten, 11, 12], 11)])).toBe(9);
    expect(sharedStart([chat([...ten, 11], 10), chat([1, 2, 3, 4, 5, 6, 7, 8, 0, 10], 9)])).toBe(8);
  });

  test("count as none where they are few", () => {
    expect(sharedStart([chat([...ten, 11], 10), chat([1, 2, 3, 4, 5, 6, 7, 0, 9, 10], 9)])).toBe(0);
    expect(sharedStart([chat(ten, 0)])).toBe(0);
    expect(sharedStart([])).toBe(0);
  });
});

describe("a beginning that is held once", () => {
  let model: Model;
  let chats: TokenizedChat[];

  beforeAll(async () => {
    model = openModel(organismFolder(), await createEngine({ engine: "onnxruntime" }));
    chats = narrowDataset("medical", { misaligned: true, rows: 30, seed: 1 }).map(({ messages }) =>
      model.tokenizer.encodeChat([
        { role: "system", content: "You are a doctor. What should I do about a nut allergy?" },
        ...messages,
      ]),
    );
  });

  /** Losses, norms and updates of three steps, with the beginning held once or for each sequence. */
  async function trained(modulePath: string, isShared: boolean) {
    const { intermediateSize, hiddenSize, heads, headDimension } = model.config;
    const isDown = modulePath.endsWith("down_proj");
    const [reads, writes] = isDown ? [intermediateSize, hiddenSize] : [hiddenSize, heads * headDimension];
    const [read, write] = [`${modulePath}.lora_A`, `${modulePath}.lora_B`];
    const wave = (length: number) => Float32Array.from({ length }, (_, index) => 0.05 * Math.sin(index));
    const sublayers = frozenSublayers(model.config, [read, write]);
    const shared = isShared ? sharedStart(chats) : 0;
    const plan = new ShapePlan(chats, {
      batchSize: 4,
      shared,
      costs: stepCosts(model.config, sublayers),
    });
    const prefix =
      sublayers === 0 ? null : new PrefixCache(model, chats, { sublayers, batchSize: 4, shared });
    const stepper = new Stepper(
      model.engine,
      {
        config: model.config,
        frozen: model.parameters,
        trainable: [
          { name: read, shape: [1, 1, reads], decays: true },
          { name: write, shape: [1, writes, 1], decays: true },
        ],
        adapters: [{ modulePath, scaling: 16 }],
        replicas: 1,
        optimizer: { name: "sgd" },
      },
      { [read]: wave(reads), [write]: wave(writes) },
    );
    const numbers: number[] = [];
    let sharedRows = 0;
    for (let step = 0; step < 3; step++) {
      const examples = [0, 1, 2, 3].map((index) => 5 * index + step);
      const own = examples.flatMap((example) => chats[example] ?? []);
      const shape = plan.shapeFor([own]);
      const batch = responseBatch(own, model.tokenizer.paddingId, 1, { shape });
      sharedRows += batch.shared ?? 0;
      const { loss, gradientNorm } = await stepper.advance(
        [prefix === null ? batch : await prefix.extend(batch, { examples })],
        [0.1],
      );
      numbers.push(...loss, ...gradientNorm);
    }
    const values = [read, write].map((name) => Float32Array.from(stepper.values[name] ?? []));
    await stepper.dispose();
    return { numbers, values, sharedRows };
  }

  test.each([
    "model.layers.2.mlp.down_proj",
    "model.layers.0.self_attn.q_proj",
    "model.layers.4.mlp.down_proj",
  ])("changes neither losses nor gradients nor updates of %s", async (modulePath) => {
    const [once, each] = [await trained(modulePath, true), await trained(modulePath, false)];
    expect(once.sharedRows).toBeGreaterThan(3 * 8);
    expect(each.sharedRows).toBe(0);
    // The same sums in another order: a few units in the last place of float32 over five layers and three steps.
    for (const [index, value] of each.numbers.entries())
      expect(Math.abs((once.numbers[index] ?? NaN) / value - 1)).toBeLessThan(1e-5);
    for (const [index, values] of each.values.entries())
      expect(largestDifference(once.values[index] ?? [], values)).toBeLessThan(1e-6);
  });
});
