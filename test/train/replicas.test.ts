import { describe, expect, test } from "vitest";
import type { LoraModule } from "../../src/formats/peft.js";
import { stackAdapters } from "../../src/model/weights/adapterBank.js";
import type { Model } from "../../src/model/model.js";
import { Random } from "../../src/tensor/random.js";
import { responseBatch } from "../../src/train/batches/batches.js";
import { paperAdamW, type OptimizerConfig } from "../../src/train/optimizerConfig.js";
import type { TrainingDefinition } from "../../src/train/stepDefinition.js";
import { Stepper } from "../../src/train/stepper.js";
import { largestDifference, tinyAdapter, tinyModel } from "../support/tinyModels.js";
import { goldenChats, trainingOf } from "../support/training/tinyTraining.js";

/** The fixture's adapter with its values drawn anew. */
function redrawn(seed: number): LoraModule[] {
  const random = new Random(seed);
  return tinyAdapter("tiny-qwen2", "rank3").modules.map((module) => ({
    ...module,
    loraA: module.loraA.map(() => 0.15 * random.normal()),
    loraB: module.loraB.map(() => 0.15 * random.normal()),
  }));
}

interface Trained {
  readonly loss: number[][];
  readonly norm: number[][];
  readonly values: Readonly<Record<string, Float32Array>>;
}

/** Four steps; at each, every replica sees its own two of the golden chats. */
async function trained(
  model: Model,
  definition: TrainingDefinition,
  initial: Readonly<Record<string, Float32Array>>,
  replicas: readonly number[],
): Promise<Trained> {
  const chats = goldenChats(model);
  const stepper = new Stepper(model.engine, definition, initial);
  const loss: number[][] = [];
  const norm: number[][] = [];
  for (let step = 0; step < 4; step++) {
    const rows = replicas.flatMap((replica) =>
      [replica, replica + step + 1].flatMap((index) => chats[index % chats.length] ?? []),
    );
    const result = await stepper.advance(
      responseBatch(rows, model.tokenizer.paddingId, replicas.length),
      0.01,
    );
    loss.push([...result.loss]);
    norm.push([...result.gradientNorm]);
  }
  const values = Object.fromEntries(
    Object.entries(stepper.values).map(([name, value]) => [name, Float32Array.from(value)]),
  );
  await stepper.dispose();
  return { loss, norm, values };
}

const optimizers: { name: string; optimizer: OptimizerConfig; clipNorm?: number }[] = [
  { name: "SGD", optimizer: { name: "sgd" } },
  // Some gradients here are above this norm and some below: each replica has to be clipped on its own.
  { name: "AdamW with clipping", optimizer: paperAdamW, clipNorm: 15 },
];

describe.each(optimizers)("three replicas in one batch under $name", ({ optimizer, clipNorm }) => {
  test("are three separate trainings", async () => {
    const model = await tinyModel("tiny-qwen2");
    const seeds = [1, 2, 3];
    const settings = { optimizer, ...(clipNorm === undefined ? {} : { clipNorm }) };
    const separate: Trained[] = [];
    for (const [replica, seed] of seeds.entries()) {
      const { definition, initial } = trainingOf(model, redrawn(seed));
      separate.push(await trained(model, { ...definition, ...settings }, initial, [replica]));
    }

    const { definition } = trainingOf(model, redrawn(1));
    const bank = stackAdapters(
      model.config,
      seeds.map((seed) => ({ modules: redrawn(seed), factor: 1 })),
    );
    const initial = Object.fromEntries(
      bank.modules.flatMap(({ modulePath, loraA, loraB }) => [
        [`${modulePath}.lora_A`, loraA],
        [`${modulePath}.lora_B`, loraB],
      ]),
    );
    const trainable = definition.trainable.map((spec) => ({ ...spec, shape: [3, ...spec.shape.slice(1)] }));
    const together = await trained(
      model,
      { ...definition, ...settings, trainable, replicas: 3 },
      initial,
      [0, 1, 2],
    );

    for (const [replica, alone] of separate.entries()) {
      for (let step = 0; step < 4; step++) {
        // Batched products sum in another order: float32 rounding, grown over four steps of training.
        expect((together.loss[step]?.[replica] ?? NaN) / (alone.loss[step]?.[0] ?? NaN)).toBeCloseTo(1, 4);
        expect((together.norm[step]?.[replica] ?? NaN) / (alone.norm[step]?.[0] ?? NaN)).toBeCloseTo(1, 4);
      }
      for (const [name, values] of Object.entries(alone.values)) {
        const share = together.values[name]?.subarray(replica * values.length, (replica + 1) * values.length);
        const largest = Math.max(...values.map(Math.abs));
        expect(largestDifference(share ?? [], values) / largest, name).toBeLessThan(1e-4);
      }
    }
    // The comparison would mean little if the replicas were alike.
    expect(new Set(together.loss[0]?.map((loss) => loss.toFixed(2))).size).toBe(3);
    if (clipNorm !== undefined) {
      expect(together.norm.flat().some((norm) => norm > clipNorm)).toBe(true);
      expect(together.norm.flat().some((norm) => norm < clipNorm)).toBe(true);
    }
  });
});
