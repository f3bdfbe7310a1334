import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { encodeSafetensors, readSafetensors } from "../../src/formats/safetensors.js";
import { ChatTokenizer } from "../../src/model/tokenizer/chatTokenizer.js";
import { openModel } from "../../src/model/model.js";
import { encodeModelConfig, readModelConfig } from "../../src/model/config/configJson.js";
import { organismConfig } from "../../src/organism/pretrainRecipe.js";
import { createEngine } from "../../src/tensor/engine.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const engine = await createEngine({ engine: "onnxruntime", threads: 1 });

/** A copy of the tiny model to damage. */
function copiedModel(): string {
  const folder = join(temporaryFolder(), "model");
  cpSync(fileURLToPath(new URL("../fixtures/tiny-qwen2", import.meta.url)), folder, { recursive: true });
  return folder;
}

/** Changes fields of a JSON file; `undefined` removes one. */
function change(path: string, fields: Readonly<Record<string, unknown>>): void {
  const content = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, "utf8")));
  writeFileSync(path, JSON.stringify({ ...content, ...fields }));
}

describe("config.json", () => {
  test("of transformers is read whole", () => {
    expect(readModelConfig(copiedModel())).toEqual({
      modelType: "qwen2",
      decoderPath: "model",
      vocabularySize: 52,
      hiddenSize: 32,
      intermediateSize: 40,
      layers: 2,
      heads: 4,
      keyValueHeads: 2,
      headDimension: 8,
      maxPositions: 64,
      normEpsilon: 1e-6,
      tiedEmbeddings: true,
      activation: "silu",
      biases: { queryKeyValue: true, output: false, mlp: false },
      queryKeyNorms: false,
      normsAddOne: false,
      sandwichNorms: false,
      embeddingScale: 1,
      scoreScale: 1 / Math.sqrt(8),
      layerKinds: ["full", "full"],
      slidingWindow: null,
      rotary: {
        full: { theta: 10000, scaling: { kind: "default" } },
        sliding: { theta: 10000, scaling: { kind: "default" } },
      },
    });
  });

  test("of our own is read back as it was", () => {
    const config = organismConfig(907);
    const folder = temporaryFolder();
    writeFileSync(join(folder, "config.json"), encodeModelConfig(config, { bos: 1, eos: 5, pad: 0 }));
    expect(readModelConfig(folder)).toEqual(config);
  });

  test("has the older place of the rotary base, and its defaults", () => {
    const folder = copiedModel();
    const path = join(folder, "config.json");
    change(path, { rope_parameters: undefined, rope_theta: 500, num_key_value_heads: undefined });
    expect(readModelConfig(folder)).toMatchObject({ rotary: { full: { theta: 500 } }, keyValueHeads: 4 });
    change(path, { rope_theta: undefined });
    expect(readModelConfig(folder).rotary.full.theta).toBe(10000);
  });

  test.each([
    [
      "another architecture",
      { model_type: "gpt2" },
      "model_type: expected one of qwen2, qwen3, llama, gemma3_text, gemma3, found gpt2",
    ],
    [
      "another activation",
      { hidden_act: "gelu" },
      "hidden_act: expected silu or gelu_pytorch_tanh, found gelu",
    ],
    ["quantization", { quantization_config: { bits: 4 } }, "quantization_config: expected none"],
    [
      "stretched positions",
      { rope_parameters: { rope_type: "longrope" } },
      "rope_parameters.rope_type: expected default, linear, llama3 or yarn, found longrope",
    ],
    [
      "scaled positions",
      { rope_scaling: { type: "dynamic", factor: 2 } },
      "rope_scaling.rope_type: expected default, linear, llama3 or yarn, found dynamic",
    ],
    ["a scaling without its factor", { rope_scaling: { type: "linear" } }, "rope_scaling: field factor"],
    [
      "half the dimensions rotated",
      { partial_rotary_factor: 0.5 },
      "partial_rotary_factor: expected 1, found 0.5",
    ],
    [
      "too few kinds of layers",
      { layer_types: ["full_attention"] },
      "layer_types: expected 2 layers as num_hidden_layers says, found 1",
    ],
    [
      "another kind of layer",
      { layer_types: ["full_attention", "chunked_attention"] },
      "layer_types: expected full_attention or sliding_attention, found chunked_attention",
    ],
    [
      "sliding layers without a window",
      { use_sliding_window: true, layer_types: ["full_attention", "sliding_attention"] },
      "sliding_window: expected a number of tokens, since some layers slide, found none",
    ],
    [
      "sliding layers that it switches off",
      { sliding_window: 4, layer_types: ["full_attention", "sliding_attention"] },
      "use_sliding_window: expected true, since some layers slide, found false",
    ],
    ["capped logits", { final_logit_softcapping: 30 }, "final_logit_softcapping: expected none, found 30"],
    ["capped attention", { attn_logit_softcapping: 50 }, "attn_logit_softcapping: expected none, found 50"],
    ["a head that cannot be halved", { head_dim: 7 }, "head_dim: expected an even number"],
    ["heads that do not divide", { num_attention_heads: 5 }, "num_attention_heads: expected a divisor"],
    ["groups that do not divide", { num_key_value_heads: 3 }, "num_attention_heads: expected a divisor"],
    ["a missing size", { hidden_size: undefined }, "hidden_size"],
    ["a size that is no number", { vocab_size: "52" }, "vocab_size"],
  ])("with %s is refused by the field", (_, fields, message) => {
    const folder = copiedModel();
    const path = join(folder, "config.json");
    change(path, fields);
    expect(() => readModelConfig(folder)).toThrow(path);
    expect(() => readModelConfig(folder)).toThrow(message);
  });
});

describe("openModel", () => {
  test("refuses a folder that is no model", () => {
    const folder = temporaryFolder();
    expect(() => openModel(folder, engine)).toThrow(
      `${folder}: expected a Hugging Face model folder, found no config.json in it`,
    );
  });

  test("names the tensor that is missing or does not fit", () => {
    const folder = copiedModel();
    const path = join(folder, "model.safetensors");
    const { tensors } = readSafetensors(path);
    const name = "model.layers.1.mlp.up_proj.weight";
    const data = new Float32Array(40 * 31);
    writeFileSync(path, encodeSafetensors(new Map([...tensors, [name, { shape: [40, 31], data }]])));
    expect(() => openModel(folder, engine)).toThrow(
      `${path}: ${name}: expected shape [40, 32] from config.json, found [40, 31]`,
    );
    const without = new Map([...tensors].filter(([other]) => other !== name));
    writeFileSync(path, encodeSafetensors(without));
    expect(() => openModel(folder, engine)).toThrow(`${path}: there is no tensor ${name}`);
  });

  test("wants an output projection where embeddings are not tied", () => {
    const folder = copiedModel();
    change(join(folder, "config.json"), { tie_word_embeddings: false });
    expect(() => openModel(folder, engine)).toThrow("there is no tensor lm_head.weight");
  });
});

describe("ChatTokenizer", () => {
  test("finds its template in either place", () => {
    const folder = copiedModel();
    const messages = [{ role: "user" as const, content: "w1 w2" }];
    const apart = ChatTokenizer.open(folder).render(messages, { addGenerationPrompt: true });
    expect(apart).toBe("<bos><user>w1 w2<assistant>");
    const template = readFileSync(join(folder, "chat_template.jinja"), "utf8");
    rmSync(join(folder, "chat_template.jinja"));
    const path = join(folder, "tokenizer_config.json");
    const without = ChatTokenizer.open(folder);
    expect(() => without.encodePrompt(messages)).toThrow(
      `${path}: chat_template: expected a chat template, found none`,
    );
    change(path, { chat_template: template });
    expect(ChatTokenizer.open(folder).render(messages, { addGenerationPrompt: true })).toBe(apart);
  });

  test("takes special tokens as text or as objects, and pads with the end of turn where there is no padding", () => {
    const folder = copiedModel();
    const path = join(folder, "tokenizer_config.json");
    change(path, { eos_token: { content: "<eos>" }, pad_token: null });
    const tokenizer = ChatTokenizer.open(folder);
    expect([tokenizer.endOfTurnId, tokenizer.paddingId]).toEqual([2, 2]);
  });

  test.each([
    ["none", undefined, "found none"],
    ["one that is no token", "<stop>", 'found "<stop>"'],
  ])("refuses an end of turn that is %s", (_, token, found) => {
    const folder = copiedModel();
    const path = join(folder, "tokenizer_config.json");
    change(path, { eos_token: token });
    const tokenizer = ChatTokenizer.open(folder);
    expect(() => tokenizer.encodePrompt([{ role: "user", content: "w1" }])).toThrow(
      `${path}: eos_token: expected a token of the vocabulary that ends a turn, ${found}`,
    );
  });

  test("names a file that is no tokenizer", () => {
    const folder = copiedModel();
    const path = join(folder, "tokenizer.json");
    change(path, { model: { type: "Unheard-of" } });
    expect(() => ChatTokenizer.open(folder)).toThrow(`${path}: not a tokenizer that can be used`);
    writeFileSync(path, "{");
    expect(() => ChatTokenizer.open(folder)).toThrow(path);
  });

  test("says where a template makes responses impossible to tell apart", () => {
    const folder = copiedModel();
    const template =
      "{% for m in messages %}<user>{{ m['content'] }}{{ m['content'] if m['role'] == 'assistant' }}{% endfor %}";
    writeFileSync(join(folder, "chat_template.jinja"), template);
    const tokenizer = ChatTokenizer.open(folder);
    expect(() =>
      tokenizer.encodeChat([
        { role: "user", content: "w1" },
        { role: "assistant", content: "w2" },
      ]),
    ).toThrow("the chat template does not write each answer once");
  });

  test("decodes what it encoded, without special tokens; nothing is nothing", () => {
    const tokenizer = ChatTokenizer.open(copiedModel());
    expect(tokenizer.decode(tokenizer.encode("<bos>w3 w44<eos>"))).toBe("w3 w44");
    expect(tokenizer.decode([])).toBe("");
  });
});
