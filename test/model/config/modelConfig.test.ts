import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { encodeSafetensors, readSafetensors } from "../../../src/formats/safetensors.js";
import { openModel } from "../../../src/model/model.js";
import { activations, type ModelConfig } from "../../../src/model/config/modelConfig.js";
import { parseModelConfig } from "../../../src/model/config/configJson.js";
import { modelFamilyNames } from "../../../src/model/config/modelConfig.js";
import { rotaryAmplitude, rotaryFrequencies } from "../../../src/model/config/rotaryFrequencies.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import {
  familyFolder,
  familyGolden,
  familyNames,
  goldenTensor,
  type FamilyName,
} from "../../support/familyModels.js";
import { forwardLogits, largestDifference } from "../../support/tinyModels.js";

const fieldsSchema = z.record(z.string(), z.unknown());
const kind = z.enum(["full", "sliding"]);
const golden = z
  .object({
    versions: z.record(z.string(), z.string()),
    configs: z.array(
      z.object({
        name: z.string(),
        raw: fieldsSchema,
        resolved: z.object({
          modelType: z.enum(modelFamilyNames),
          vocabularySize: z.number(),
          heads: z.number(),
          keyValueHeads: z.number(),
          headDimension: z.number(),
          maxPositions: z.number(),
          normEpsilon: z.number(),
          tiedEmbeddings: z.boolean(),
          activation: z.enum(activations),
          scoreDivisor: z.number(),
          layerKinds: z.array(kind),
          slidingWindow: z.number().nullable(),
          amplitudes: z.partialRecord(kind, z.number()),
          frequencies: z.partialRecord(kind, z.array(z.number())),
        }),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL("../../golden/model/modelConfigs.json", import.meta.url), "utf8")));

/** The fields of a tiny model's config.json. */
function fieldsOf(name: FamilyName): Record<string, unknown> {
  return fieldsSchema.parse(JSON.parse(readFileSync(join(familyFolder(name), "config.json"), "utf8")));
}

function parsed(name: FamilyName, changes: Readonly<Record<string, unknown>> = {}): ModelConfig {
  return parseModelConfig({ ...fieldsOf(name), ...changes }, "config.json");
}

describe("modelConfig: a configuration spelled as published", () => {
  test.each(golden.configs)("$name is what transformers makes of it", ({ raw, resolved }) => {
    const config = parseModelConfig(raw, "config.json");
    const { scoreDivisor, frequencies, amplitudes, ...rest } = resolved;
    expect(config).toMatchObject(rest);
    expect(config.scoreScale).toBeCloseTo(scoreDivisor ** -0.5, 12);
    const isGemma = resolved.modelType === "gemma3_text";
    expect(config.embeddingScale).toBeCloseTo(isGemma ? Math.sqrt(config.hiddenSize) : 1, 12);
    for (const each of kind.options) {
      const expected = frequencies[each];
      if (expected === undefined) continue;
      const values = rotaryFrequencies(config.rotary[each], config.headDimension);
      expect(values).toHaveLength(expected.length);
      expect(rotaryAmplitude(config.rotary[each])).toBeCloseTo(amplitudes[each] ?? NaN, 12);
      // transformers takes powers in float32, which errs by some roundings of 6e-8; here they are in float64.
      for (const [index, value] of values.entries()) {
        expect(Math.abs(value / (expected[index] ?? NaN) - 1)).toBeLessThan(1e-6);
      }
    }
  });
});

describe("modelConfig: the switches", () => {
  test("of each family", () => {
    const switches = ({ queryKeyNorms, normsAddOne, sandwichNorms, activation }: ModelConfig) =>
      [queryKeyNorms, normsAddOne, sandwichNorms, activation] as const;
    expect(familyNames.map((name) => switches(parsed(name)))).toEqual([
      [false, false, false, "silu"],
      [false, false, false, "silu"],
      [false, false, false, "silu"],
      [true, false, false, "silu"],
      [true, false, false, "silu"],
      [true, true, true, "gelu_pytorch_tanh"],
      [true, true, true, "gelu_pytorch_tanh"],
    ]);
    expect(parsed("llama-biased").biases).toEqual({ queryKeyValue: true, output: true, mlp: true });
    expect(parsed("llama").biases).toEqual({ queryKeyValue: false, output: false, mlp: false });
    expect(parsed("qwen3-sliding").biases).toEqual({ queryKeyValue: true, output: true, mlp: false });
    expect(parsed("qwen3", { mlp_bias: true }).biases.mlp).toBe(false);
    expect(parsed("qwen2").biases).toEqual({ queryKeyValue: true, output: false, mlp: false });
  });

  test("of Gemma in the older spelling are those of the newer", () => {
    const older = {
      rope_parameters: undefined,
      layer_types: undefined,
      rope_theta: 1e6,
      rope_local_base_freq: 1e4,
      rope_scaling: { rope_type: "linear", factor: 4 },
      sliding_window_pattern: 3,
    };
    expect(parsed("gemma3-text", older)).toEqual(parsed("gemma3-text"));
    const multimodal = parsed("gemma3");
    expect(multimodal).toMatchObject({ modelType: "gemma3_text", layers: 2, slidingWindow: 6 });
  });

  test("of Llama in the older spelling are those of the newer", () => {
    const newer = z.looseObject({ rope_theta: z.number() }).parse(fieldsOf("llama").rope_parameters);
    const older = { rope_parameters: undefined, rope_theta: newer.rope_theta, rope_scaling: newer };
    expect(parsed("llama", older)).toEqual(parsed("llama"));
  });
});

describe("modelConfig: absurd sizes", () => {
  test.each<[string, Record<string, unknown>, string]>([
    ["layers", { num_hidden_layers: 10 ** 9 }, "num_hidden_layers: expected at most 2000, found 1000000000"],
    ["tokens", { vocab_size: 10 ** 12 }, "vocab_size: expected at most 10000000, found 1000000000000"],
    ["features", { hidden_size: 10 ** 9 }, "hidden_size: expected at most 200000, found 1000000000"],
    ["inner features", { intermediate_size: 10 ** 9 }, "intermediate_size: expected at most 2000000"],
    ["heads", { num_attention_heads: 10 ** 9 }, "num_attention_heads: expected at most 2000"],
    ["key heads", { num_key_value_heads: 10 ** 9 }, "num_key_value_heads: expected at most 2000"],
    ["a head", { head_dim: 10 ** 9 }, "head_dim: expected at most 20000"],
    [
      "positions",
      { max_position_embeddings: 10 ** 12 },
      "max_position_embeddings: expected at most 1000000000",
    ],
  ])("%s are refused in one line before anything is made of them", (_, changes, message) => {
    expect(() => parsed("llama", changes)).toThrow(message);
    expect(() => parsed("llama", changes)).toThrow(/^config\.json: [^\n]*$/);
  });

  test("sizes that the weights do not have are refused by the first tensor that differs", async () => {
    const folder = join(temporaryFolder(), "model");
    cpSync(familyFolder("llama"), folder, { recursive: true });
    writeFileSync(
      join(folder, "config.json"),
      JSON.stringify({ ...fieldsOf("llama"), num_hidden_layers: 2000 }),
    );
    const engine = await createEngine({ engine: "onnxruntime", threads: 1 });
    expect(() => openModel(folder, engine)).toThrow("there is no tensor model.layers.2.");
  });
});

describe("modelConfig: what is not known", () => {
  const text = fieldsSchema.parse(fieldsOf("gemma3").text_config);
  test.each<[string, FamilyName, Record<string, unknown>, string]>([
    ["a model type", "gemma3", { model_type: "gemma2" }, "config.json: model_type: expected one of qwen2"],
    [
      "an activation",
      "gemma3-text",
      { hidden_activation: "gelu" },
      "hidden_activation: expected silu or gelu_pytorch_tanh, found gelu",
    ],
    [
      "a kind of positions in one kind of layer",
      "gemma3-text",
      { rope_parameters: { full_attention: { rope_type: "longrope" } } },
      "rope_parameters.full_attention.rope_type: expected default, linear, llama3 or yarn, found longrope",
    ],
    [
      "looking ahead",
      "gemma3-text",
      { use_bidirectional_attention: true },
      "use_bidirectional_attention: expected false, found true",
    ],
    [
      "a quantised checkpoint",
      "gemma3",
      { quantization_config: { bits: 4 } },
      "config.json: quantization_config: expected none",
    ],
    [
      "a quantised text model",
      "gemma3",
      { text_config: { ...text, quantization_config: { bits: 4 } } },
      "quantization_config: expected none",
    ],
    [
      "a setting of the text model",
      "gemma3",
      { text_config: { ...text, final_logit_softcapping: 30 } },
      "config.json: text_config: final_logit_softcapping: expected none, found 30",
    ],
    [
      "a text model without a size",
      "gemma3",
      { text_config: { ...text, hidden_size: undefined } },
      "config.json: text_config: field hidden_size: ",
    ],
    [
      "heads that do not divide",
      "qwen3",
      { num_key_value_heads: 3 },
      "num_attention_heads: expected a divisor of hidden_size 24 and a multiple of num_key_value_heads 3, found 4",
    ],
    [
      "a scaling without its numbers",
      "llama",
      { rope_scaling: { rope_type: "llama3", factor: 8 } },
      "low_freq_factor",
    ],
  ])("%s is named in one line", (_, name, changes, message) => {
    expect(() => parsed(name, changes)).toThrow(message);
    expect(() => parsed(name, changes)).toThrow(/^config\.json: [^\n]*$/);
  });
});

describe("modelConfig: parameters", () => {
  const engine = createEngine({ engine: "onnxruntime", threads: 1 });

  /** A copy of a tiny model whose tensors have other names; null leaves one out. */
  function renamed(name: FamilyName, rename: (key: string) => string | null): string {
    const folder = join(temporaryFolder(), "model");
    cpSync(familyFolder(name), folder, { recursive: true });
    const path = join(folder, "model.safetensors");
    const tensors = [...readSafetensors(path).tensors].flatMap(([key, tensor]) => {
      const other = rename(key);
      return other === null ? [] : [[other, tensor] as const];
    });
    writeFileSync(path, encodeSafetensors(new Map(tensors)));
    return folder;
  }

  test.each([
    ["of the text model alone", (key: string) => key.replace("language_model.model.", "model.")],
    [
      "of newer multimodal checkpoints",
      (key: string) => key.replace("language_model.model.", "model.language_model."),
    ],
  ])("of Gemma 3 are found under the names %s", async (_, rename) => {
    const model = openModel(renamed("gemma3", rename), await engine);
    const logits = await forwardLogits(model, [familyGolden.families.gemma3.chats[1]?.ids ?? []]);
    const expected = goldenTensor("gemma3", "logits").data;
    expect(largestDifference(logits.subarray(-expected.length), expected)).toBeLessThan(1e-4);
  });

  test.each<[FamilyName, string, string]>([
    ["qwen3", "model.layers.1.self_attn.q_norm.weight", "model.layers.1.self_attn.q_norm.weight"],
    ["llama-biased", "model.layers.0.mlp.down_proj.bias", "model.layers.0.mlp.down_proj.bias"],
    ["llama", "lm_head.weight", "lm_head.weight"],
    [
      "gemma3",
      "language_model.model.layers.0.pre_feedforward_layernorm.weight",
      "model.layers.0.pre_feedforward_layernorm.weight",
    ],
  ])("%s without %s is refused by its name", async (name, missing, named) => {
    const folder = renamed(name, (key) => (key === missing ? null : key));
    const opened = await engine;
    expect(() => openModel(folder, opened)).toThrow(named);
  });
});
