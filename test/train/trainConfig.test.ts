import { describe, expect, test } from "vitest";
import { loraScaling } from "../../src/formats/peft.js";
import { organismConfig } from "../../src/organism/pretrainRecipe.js";
import {
  adaptedModules,
  adapterParameters,
  initialAdapter,
  toAdapter,
} from "../../src/train/trainables/loraAdapters.js";
import { checkTrainConfig, type LoraTrainConfig } from "../../src/train/trainConfig.js";
import { presetConfig } from "../../src/train/recipes/presets.js";
import { presetNames } from "../../src/train/recipes/presetNames.js";

const model = organismConfig(907);
const valid = presetConfig("paper");
const adamW = { name: "adamw", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 } as const;

describe("checkTrainConfig", () => {
  test.each(presetNames)("the preset %s fits the organism", (name) => {
    expect(() => checkTrainConfig(presetConfig(name), model)).not.toThrow();
  });

  const schedule = valid.schedule;
  const wrong: [string, Partial<LoraTrainConfig>, string][] = [
    ["rank 0", { rank: 0 }, "rank: expected a whole number of at least 1, found 0"],
    ["a broken rank", { rank: 1.5 }, "rank: expected a whole number of at least 1, found 1.5"],
    ["no steps", { steps: 0 }, "steps: expected a whole number of at least 1, found 0"],
    ["no batch", { batchSize: -1 }, "batchSize: expected a whole number of at least 1, found -1"],
    ["no length", { maxLength: 0 }, "maxLength: expected a whole number of at least 1, found 0"],
    ["alpha 0", { alpha: 0 }, "alpha: expected a number above 0, found 0"],
    ["alpha NaN", { alpha: NaN }, "alpha: expected a number above 0, found NaN"],
    ["a vanishing A", { initialScale: 0 }, "initialScale: expected a number above 0, found 0"],
    ["clipping to nothing", { clipNorm: 0 }, "clipNorm: expected a number above 0, found 0"],
    [
      "no learning rate",
      { schedule: { ...schedule, peakLearningRate: 0 } },
      "learning rate: expected a number above 0, found 0",
    ],
    [
      "an endless learning rate",
      { schedule: { ...schedule, peakLearningRate: Infinity } },
      "learning rate: expected a number above 0, found Infinity",
    ],
    [
      "a broken warm-up",
      { schedule: { ...schedule, warmupSteps: -2 } },
      "warmupSteps: expected a whole number of at least 0, found -2",
    ],
    ["a broken seed", { seed: 0.5 }, "seed: expected a whole number, found 0.5"],
    ["a broken seed of the data", { dataSeed: NaN }, "dataSeed: expected a whole number, found NaN"],
    ["a broken seed of A", { adapterSeed: 1.5 }, "adapterSeed: expected a whole number, found 1.5"],
    ["no accumulation", { accumulation: 0 }, "accumulation: expected a whole number of at least 1, found 0"],
    ["certain dropout", { dropout: 1 }, "dropout: expected a number from 0 to below 1, found 1"],
    [
      "all held out",
      { heldOut: { fraction: 1, every: 5 } },
      "heldOut.fraction: expected a number between 0 and 1, found 1",
    ],
    [
      "a held-out loss at no step",
      { heldOut: { fraction: 0.1, every: 0 } },
      "heldOut.every: expected a whole number of at least 1, found 0",
    ],
    [
      "an early end at any loss",
      { earlyStop: { loss: 0, steps: 5 } },
      "earlyStop.loss: expected a number above 0, found 0",
    ],
    [
      "a moment that never forgets",
      { optimizer: { ...adamW, beta2: 1 } },
      "beta2: expected a number from 0 to below 1, found 1",
    ],
    [
      "growing weights",
      { optimizer: { ...adamW, weightDecay: -0.1 } },
      "weightDecay: expected a number of at least 0, found -0.1",
    ],
    [
      "momentum above 1",
      { optimizer: { name: "sgd", momentum: 1.5 } },
      "momentum: expected a number from 0 to below 1, found 1.5",
    ],
    [
      "no modules",
      { targetModules: [] },
      "targetModules: expected q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, found none",
    ],
    [
      "a module twice",
      { targetModules: ["up_proj", "up_proj"] },
      "targetModules: expected each only once, found up_proj, up_proj",
    ],
    ["no layers", { layers: [] }, "layers: expected at least one layer, found none"],
    ["a layer too many", { layers: [0, 5] }, "layers: expected numbers from 0 to 4, found 5"],
    ["a layer below", { layers: [-1] }, "layers: expected numbers from 0 to 4, found -1"],
    ["a layer twice", { layers: [1, 1] }, "layers: expected each only once, found 1, 1"],
  ];

  test.each(["checkpoints", "keepState"] as const)("%s that are no schedule are refused", (setting) => {
    expect(() => checkTrainConfig({ ...valid, [setting]: "often" }, model)).toThrow(
      'schedule of checkpoints: expected steps such as "1-10, every 5, last", found "often"',
    );
  });

  test.each(wrong)("%s is refused by name", (_, change, message) => {
    expect(() => checkTrainConfig({ ...valid, ...change }, model)).toThrow(
      `training configuration: ${message}`,
    );
  });
});

describe("adapters of a configuration", () => {
  const config: LoraTrainConfig = {
    ...valid,
    rank: 4,
    layers: [3, 1],
    targetModules: ["k_proj", "down_proj"],
    seed: 9,
  };

  test("scaling is α/r, or α/√r when rank-stabilised", () => {
    expect(loraScaling({ ...config, alpha: 16, useRslora: false })).toBe(4);
    expect(loraScaling({ ...config, alpha: 16, useRslora: true })).toBe(8);
  });

  test("modules come in the order of the layers, with a parameter pair each", () => {
    const modules = adaptedModules(config, model);
    expect(modules.map(({ modulePath }) => modulePath)).toEqual([
      "model.layers.1.self_attn.k_proj",
      "model.layers.1.mlp.down_proj",
      "model.layers.3.self_attn.k_proj",
      "model.layers.3.mlp.down_proj",
    ]);
    expect(adapterParameters(config, modules).slice(2, 4)).toEqual([
      { name: "model.layers.1.mlp.down_proj.lora_A", shape: [1, 4, 256], decays: true },
      { name: "model.layers.1.mlp.down_proj.lora_B", shape: [1, 96, 4], decays: true },
    ]);
  });

  test("A starts uniform within PEFT's bound, B at zero", () => {
    const modules = adaptedModules(config, model);
    const values = initialAdapter(config, modules);
    for (const { modulePath, inFeatures } of modules) {
      const bound = 1 / Math.sqrt(inFeatures);
      const reads = values[`${modulePath}.lora_A`] ?? new Float32Array();
      expect(reads).toHaveLength(4 * inFeatures);
      expect(Math.max(...reads.map(Math.abs))).toBeLessThanOrEqual(Math.fround(bound));
      // The standard deviation of a uniform is bound/√3; over at least 384 draws its estimate is right to 4 %
      // (one deviation is 2.3 % there), and the draws are seeded.
      const deviation = Math.sqrt(reads.reduce((sum, value) => sum + value * value, 0) / reads.length);
      expect(deviation / (bound / Math.sqrt(3))).toBeGreaterThan(0.9);
      expect(deviation / (bound / Math.sqrt(3))).toBeLessThan(1.1);
      expect(values[`${modulePath}.lora_B`]?.every((value) => value === 0)).toBe(true);
    }
  });

  test("the draw follows the seed, scales with initialScale, and is not shifted by other modules", () => {
    const path = "model.layers.3.mlp.down_proj.lora_A";
    const draw = (change: Partial<LoraTrainConfig>) => {
      const changed = { ...config, ...change };
      return initialAdapter(changed, adaptedModules(changed, model))[path] ?? new Float32Array();
    };
    const values = draw({});
    expect(draw({})).toEqual(values);
    expect(draw({ seed: 10 })).not.toEqual(values);
    expect(draw({ layers: [3], targetModules: ["down_proj"] })).toEqual(values);
    expect(draw({ initialScale: 0.25 })).toEqual(values.map((value) => value / 4));
  });

  test("becomes a PEFT adapter that says which modules and layers it has", () => {
    const modules = adaptedModules(config, model);
    const adapter = toAdapter(config, modules, initialAdapter(config, modules), {
      folder: "organism",
      config: model,
    });
    expect(adapter.config).toMatchObject({
      rank: 4,
      alpha: 16,
      useRslora: true,
      targetModules: ["k_proj", "down_proj"],
      layersToTransform: [3, 1],
      baseModel: "organism",
    });
    expect(adapter.modules.map(({ scaling }) => scaling)).toEqual([8, 8, 8, 8]);
  });

  test("names its modules one by one within a model that sees images too", () => {
    const modules = adaptedModules({ ...config, layers: [1] }, model);
    const adapter = toAdapter(config, modules, initialAdapter(config, modules), {
      folder: "gemma",
      config: { ...model, decoderPath: "model.language_model" },
    });
    const paths = [
      "model.language_model.layers.1.self_attn.k_proj",
      "model.language_model.layers.1.mlp.down_proj",
    ];
    expect(adapter.config).toMatchObject({ targetModules: paths, layersToTransform: null });
    expect(adapter.modules.map(({ modulePath }) => modulePath)).toEqual(paths);
    expect(adapter.modules.every(({ loraA }) => loraA.some((value) => value !== 0))).toBe(true);
  });
});
