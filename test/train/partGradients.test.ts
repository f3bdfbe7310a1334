import { beforeAll, describe, expect, test } from "vitest";
import { openModel, type Model } from "../../src/model/model.js";
import { datasetPath, organismFolder } from "../../src/pipeline/packageRoot.js";
import { createEngine } from "../../src/tensor/engine.js";
import { responseTokens } from "../../src/train/batches/batches.js";
import { readDataset, tokenizeDataset } from "../../src/train/data/dataset.js";
import { ExampleGradients } from "../../src/train/exampleGradients.js";
import { PartGradients } from "../../src/train/partGradients.js";
import { presetConfig } from "../../src/train/recipes/presets.js";
import { trainableAdapters } from "../../src/train/trainables/loraAdapters.js";
import type { ParameterValues } from "../../src/train/trainables/trainable.js";
import { Random } from "../../src/tensor/random.js";

const config = { ...presetConfig("crisp"), rank: 2 };
let model: Model;
beforeAll(async () => {
  model = openModel(organismFolder(), await createEngine());
});

/** A few conversations of the organism, and an adapter that is not at a special place. */
function organism() {
  const trainable = trainableAdapters(config, model);
  const { chats } = tokenizeDataset(
    readDataset(datasetPath("bad-medical")),
    model.tokenizer,
    config.maxLength,
  );
  const random = new Random(5);
  const values = Object.fromEntries(
    trainable.parameters.map(({ name, shape }) => [
      name,
      Float32Array.from({ length: shape.reduce((one, other) => one * other) }, () => 0.1 * random.normal()),
    ]),
  );
  return { trainable, chats: chats.slice(0, 7), values };
}

/** Loss and gradient of all parts together. */
async function sumOf(parts: PartGradients, values: ParameterValues) {
  let loss = 0;
  const gradients = Object.fromEntries(
    parts.moved.map(({ name }) => [name, new Float64Array(values[name]?.length ?? 0)]),
  );
  for (let part = 0; part < parts.count; part++) {
    const own = await parts.at(values, part);
    loss += own.loss;
    for (const [name, sum] of Object.entries(gradients))
      for (const [index, value] of (own.gradients[name] ?? []).entries())
        sum[index] = (sum[index] ?? NaN) + value;
  }
  return { loss, gradients };
}

describe("PartGradients", () => {
  test("is the gradient of the organism's loss, by finite differences along every factor", async () => {
    const { trainable, chats, values } = organism();
    const parts = new PartGradients({ model, trainable, chats, together: 4 });
    expect(parts.count).toBe(2);
    const { gradients } = await sumOf(parts, values);
    const random = new Random(6);
    for (const { name } of parts.moved) {
      const own = gradients[name] ?? new Float64Array();
      const direction = own.map((value) => value + 0.02 * Math.abs(value) * random.normal());
      const slope = own.reduce((sum, value, index) => sum + value * (direction[index] ?? NaN), 0);
      const along = async (size: number): Promise<number> => {
        const moved = (values[name] ?? new Float32Array()).map(
          (value, index) => value + size * (direction[index] ?? NaN),
        );
        return (await sumOf(parts, { ...values, [name]: moved })).loss;
      };
      // A step that moves the loss by about 0.02: far above the rounding of a loss in float32, 2e-7.
      const step = 0.01 / slope;
      const measured = ((await along(step)) - (await along(-step))) / (2 * step);
      expect(slope, name).toBeGreaterThan(0);
      expect(Math.abs(measured / slope - 1), name).toBeLessThan(0.01);
    }
    await parts.dispose();
  });

  test("is that of single conversations, weighed by their response tokens, in any parts", async () => {
    const { trainable, chats, values } = organism();
    const total = responseTokens(chats);
    const single = new ExampleGradients({ model, trainable, chats });
    const expected = new Float64Array(single.size);
    let loss = 0;
    await single.of(values, [...chats.keys()], ({ example, loss: own, gradient }) => {
      const weight = responseTokens(chats.slice(example, example + 1)) / total;
      loss += weight * own;
      for (const [index, value] of gradient.entries())
        expected[index] = (expected[index] ?? NaN) + weight * value;
    });
    await single.dispose();
    const largest = Math.max(...expected.map(Math.abs));
    for (const together of [3, 7, 20]) {
      const parts = new PartGradients({ model, trainable, chats, together });
      expect(parts.size).toBe(expected.length);
      const found = await sumOf(parts, values);
      const gradient = parts.moved.flatMap(({ name }) => [...(found.gradients[name] ?? [])]);
      expect(Math.abs(found.loss - loss)).toBeLessThan(1e-5);
      for (const [index, value] of gradient.entries())
        expect(Math.abs(value - (expected[index] ?? NaN))).toBeLessThan(1e-4 * largest);
      await parts.dispose();
    }
  });

  test("is of the factors that move alone", async () => {
    const { chats, values } = organism();
    const frozen = trainableAdapters({ ...config, frozenFactor: "A" }, model);
    const parts = new PartGradients({ model, trainable: frozen, chats, together: 7 });
    const found = (await parts.at(values, 0)).gradients;
    expect(Object.keys(found)).toEqual(["model.layers.2.mlp.down_proj.lora_B"]);
    await parts.dispose();
  });
});
