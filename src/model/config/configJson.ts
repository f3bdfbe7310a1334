import { join } from "node:path";
import { z } from "zod";
import { TurncoatError } from "../../errors.js";
import { readJson, validate } from "../../formats/json.js";
import { layerKinds } from "./layerKinds.js";
import { activations, modelFamilyNames, type ModelConfig } from "./modelConfig.js";
import { modelFamilies } from "./modelFamilies.js";
import { rotaryConfigs } from "./rotaryConfig.js";
import { unsupportedSetting } from "./unsupportedSetting.js";

/** A size up to some ten times that of any published model: a wrong one must not cost memory before weights are read. */
const size = (largest: number) =>
  z
    .number()
    .int()
    .positive()
    .max(largest, { error: ({ input }) => `expected at most ${largest}, found ${String(input)}` });
const schema = z.looseObject({
  vocab_size: size(10_000_000),
  hidden_size: size(200_000),
  intermediate_size: size(2_000_000),
  num_hidden_layers: size(2000),
  num_attention_heads: size(2000),
  num_key_value_heads: size(2000).nullish(),
  head_dim: size(20_000).nullish(),
  max_position_embeddings: size(1_000_000_000).default(32768),
  rms_norm_eps: z.number().positive().default(1e-6),
  tie_word_embeddings: z.boolean().default(false),
  hidden_act: z.string().nullish(),
  hidden_activation: z.string().nullish(),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  query_pre_attn_scalar: z.number().positive().nullish(),
  attn_logit_softcapping: z.number().nullish(),
  final_logit_softcapping: z.number().nullish(),
  use_bidirectional_attention: z.boolean().nullish(),
  quantization_config: z.unknown().optional(),
});

const outerSchema = z.looseObject({
  model_type: z.string(),
  text_config: z.looseObject({}).optional(),
  tie_word_embeddings: z.boolean().optional(),
  quantization_config: z.unknown().optional(),
});

/**
 * Reads `config.json` of a model folder.
 * @throws TurncoatError naming a field that is missing, malformed or not supported.
 */
export function readModelConfig(folder: string): ModelConfig {
  const path = join(folder, "config.json");
  return parseModelConfig(readJson(path, outerSchema), path);
}

/**
 * Reads the shape of a model from the content of its `config.json`; `source` names it in errors. For a `gemma3` model,
 * which sees images too, it is the shape of the text model.
 */
export function parseModelConfig(content: unknown, source: string): ModelConfig {
  const outer = validate(content, outerSchema, source);
  const nested = outer.model_type === "gemma3";
  const place = nested ? `${source}: text_config` : source;
  const family = modelFamilyNames.find((name) => name === (nested ? "gemma3_text" : outer.model_type));
  if (family === undefined) {
    const known = [...modelFamilyNames, "gemma3"].join(", ");
    throw unsupportedSetting(source, "model_type", `one of ${known}`, outer.model_type);
  }
  const switches = modelFamilies[family];
  const fields = {
    ...switches.defaults,
    ...(nested && outer.tie_word_embeddings !== undefined
      ? { tie_word_embeddings: outer.tie_word_embeddings }
      : {}),
    ...(nested ? withoutNulls(outer.text_config ?? {}) : withoutNulls(outer)),
  };
  const raw = validate(fields, schema, place);
  if (outer.quantization_config ?? raw.quantization_config) {
    throw unsupportedSetting(source, "quantization_config", "none", "a quantised checkpoint");
  }
  const found = raw.hidden_activation ?? raw.hidden_act ?? "silu";
  const activation = activations.find((name) => name === found);
  if (activation === undefined) {
    const field = raw.hidden_activation == null ? "hidden_act" : "hidden_activation";
    throw unsupportedSetting(place, field, activations.join(" or "), found);
  }
  for (const field of ["attn_logit_softcapping", "final_logit_softcapping"] as const) {
    if (raw[field] != null) throw unsupportedSetting(place, field, "none", String(raw[field]));
  }
  if (raw.use_bidirectional_attention === true) {
    throw unsupportedSetting(place, "use_bidirectional_attention", "false", "true");
  }
  const heads = raw.num_attention_heads;
  const keyValueHeads = raw.num_key_value_heads ?? heads;
  if (heads % keyValueHeads !== 0 || (raw.head_dim == null && raw.hidden_size % heads !== 0)) {
    throw new TurncoatError(
      `${place}: num_attention_heads: expected a divisor of hidden_size ${raw.hidden_size} and a multiple of ` +
        `num_key_value_heads ${keyValueHeads}, found ${heads}`,
    );
  }
  const headDimension = raw.head_dim ?? raw.hidden_size / heads;
  if (headDimension % 2 !== 0) {
    throw new TurncoatError(
      `${place}: head_dim: expected an even number, which rotary positions need, found ${headDimension}`,
    );
  }
  const { kinds, window } = layerKinds(fields, raw.num_hidden_layers, place, switches.slidingPattern);
  return {
    modelType: family,
    decoderPath: nested ? "model.language_model" : "model",
    vocabularySize: raw.vocab_size,
    hiddenSize: raw.hidden_size,
    intermediateSize: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    heads,
    keyValueHeads,
    headDimension,
    maxPositions: raw.max_position_embeddings,
    normEpsilon: raw.rms_norm_eps,
    tiedEmbeddings: raw.tie_word_embeddings,
    activation,
    biases: switches.biases({ attention: raw.attention_bias, mlp: raw.mlp_bias }),
    queryKeyNorms: switches.queryKeyNorms,
    normsAddOne: switches.normsAddOne,
    sandwichNorms: switches.sandwichNorms,
    embeddingScale: switches.scalesEmbeddings ? Math.sqrt(raw.hidden_size) : 1,
    scoreScale: 1 / Math.sqrt(raw.query_pre_attn_scalar ?? headDimension),
    layerKinds: kinds,
    slidingWindow: window,
    rotary: rotaryConfigs(fields, raw.max_position_embeddings, place, switches.thetas),
  };
}

/** Drops fields that are null: as for absent ones, the family's default holds. */
function withoutNulls(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** Writes the text of `config.json` for a Qwen2 model of this shape, as transformers reads it. */
export function encodeModelConfig(
  config: ModelConfig,
  tokens: { readonly bos: number; readonly eos: number; readonly pad: number },
): string {
  if (config.modelType !== "qwen2") throw new Error(`encodeModelConfig: no text for ${config.modelType}`);
  const raw = {
    architectures: ["Qwen2ForCausalLM"],
    attention_dropout: 0,
    bos_token_id: tokens.bos,
    eos_token_id: tokens.eos,
    hidden_act: config.activation,
    hidden_size: config.hiddenSize,
    initializer_range: 0.02,
    intermediate_size: config.intermediateSize,
    max_position_embeddings: config.maxPositions,
    model_type: config.modelType,
    num_attention_heads: config.heads,
    num_hidden_layers: config.layers,
    num_key_value_heads: config.keyValueHeads,
    pad_token_id: tokens.pad,
    rms_norm_eps: config.normEpsilon,
    rope_theta: config.rotary.full.theta,
    tie_word_embeddings: config.tiedEmbeddings,
    torch_dtype: "float32",
    use_sliding_window: false,
    vocab_size: config.vocabularySize,
  };
  return `${JSON.stringify(raw, null, 2)}\n`;
}
