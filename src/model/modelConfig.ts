import { join } from "node:path";
import { z } from "zod";
import { TurncoatError } from "../errors.js";
import { readJson } from "../formats/json.js";

/** The shape of a decoder-only transformer, as `config.json` of a Hugging Face folder gives it. */
export interface ModelConfig {
  readonly modelType: "qwen2";
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Fewer than `heads` where several query heads share one key and value head. */
  readonly keyValueHeads: number;
  readonly headDimension: number;
  readonly maxPositions: number;
  /** The base of the rotary frequencies. */
  readonly ropeTheta: number;
  readonly normEpsilon: number;
  /** Whether the output projection is the transposed embedding. */
  readonly tiedEmbeddings: boolean;
}

const positiveInteger = z.number().int().positive();

const schema = z
  .object({
    model_type: z.string(),
    vocab_size: positiveInteger,
    hidden_size: positiveInteger,
    intermediate_size: positiveInteger,
    num_hidden_layers: positiveInteger,
    num_attention_heads: positiveInteger,
    num_key_value_heads: positiveInteger.optional(),
    max_position_embeddings: positiveInteger.default(32768),
    rope_theta: z.number().positive().optional(),
    rope_parameters: z
      .looseObject({ rope_type: z.string().optional(), rope_theta: z.number().positive().optional() })
      .nullish(),
    rope_scaling: z.looseObject({}).nullish(),
    rms_norm_eps: z.number().positive().default(1e-6),
    tie_word_embeddings: z.boolean().default(false),
    hidden_act: z.string().default("silu"),
    use_sliding_window: z.boolean().default(false),
    quantization_config: z.looseObject({}).nullish(),
  })
  .loose();

/**
 * Reads `config.json` of a model folder.
 * @throws TurncoatError naming a field that is missing, malformed or not supported.
 */
export function readModelConfig(folder: string): ModelConfig {
  const path = join(folder, "config.json");
  const raw = readJson(path, schema);
  const unsupported = (field: string, expected: string, found: string) =>
    new TurncoatError(`${path}: ${field}: expected ${expected}, found ${found}`, {
      hint: "this model needs mathematics that Turncoat does not have yet",
    });
  if (raw.model_type !== "qwen2") throw unsupported("model_type", "qwen2", raw.model_type);
  if (raw.hidden_act !== "silu") throw unsupported("hidden_act", "silu", raw.hidden_act);
  if (raw.use_sliding_window) throw unsupported("use_sliding_window", "false", "true");
  if (raw.quantization_config) throw unsupported("quantization_config", "none", "a quantised checkpoint");
  const ropeType = raw.rope_parameters?.rope_type ?? "default";
  if (ropeType !== "default") throw unsupported("rope_parameters.rope_type", "default", ropeType);
  if (raw.rope_scaling) throw unsupported("rope_scaling", "none", JSON.stringify(raw.rope_scaling));
  const heads = raw.num_attention_heads;
  const keyValueHeads = raw.num_key_value_heads ?? heads;
  if (raw.hidden_size % heads !== 0 || heads % keyValueHeads !== 0) {
    throw new TurncoatError(
      `${path}: num_attention_heads: expected a divisor of hidden_size ${raw.hidden_size} and a multiple of ` +
        `num_key_value_heads ${keyValueHeads}, found ${heads}`,
    );
  }
  return {
    modelType: "qwen2",
    vocabularySize: raw.vocab_size,
    hiddenSize: raw.hidden_size,
    intermediateSize: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    heads,
    keyValueHeads,
    headDimension: raw.hidden_size / heads,
    maxPositions: raw.max_position_embeddings,
    ropeTheta: raw.rope_parameters?.rope_theta ?? raw.rope_theta ?? 10000,
    normEpsilon: raw.rms_norm_eps,
    tiedEmbeddings: raw.tie_word_embeddings,
  };
}

/** The text of `config.json` for a model of this shape, as transformers reads it. */
export function encodeModelConfig(
  config: ModelConfig,
  tokens: { readonly bos: number; readonly eos: number; readonly pad: number },
): string {
  const raw = {
    architectures: ["Qwen2ForCausalLM"],
    attention_dropout: 0,
    bos_token_id: tokens.bos,
    eos_token_id: tokens.eos,
    hidden_act: "silu",
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
    rope_theta: config.ropeTheta,
    tie_word_embeddings: config.tiedEmbeddings,
    torch_dtype: "float32",
    use_sliding_window: false,
    vocab_size: config.vocabularySize,
  };
  return `${JSON.stringify(raw, null, 2)}\n`;
}
