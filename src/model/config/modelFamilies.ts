import type { ModelConfig, ModelFamilyName } from "./modelConfig.js";

/** Properties that set a family apart beside its sizes. */
interface ModelFamily extends Pick<ModelConfig, "queryKeyNorms" | "normsAddOne" | "sandwichNorms"> {
  /** Fields of `config.json` that published configurations leave out, with what they mean then. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Tells which projections add a bias, from the two fields that speak of it. */
  readonly biases: (configured: {
    readonly attention: boolean;
    readonly mlp: boolean;
  }) => ModelConfig["biases"];
  /** True where embeddings are multiplied by √hiddenSize. */
  readonly scalesEmbeddings: boolean;
  /** Period of the layers that look at everything while the others slide; absent where only some models slide. */
  readonly slidingPattern?: number;
  /** Bases of the rotary frequencies where the configuration names none. */
  readonly thetas: { readonly full: number; readonly sliding: number };
}

const plain = {
  defaults: {},
  queryKeyNorms: false,
  normsAddOne: false,
  sandwichNorms: false,
  scalesEmbeddings: false,
  thetas: { full: 10_000, sliding: 10_000 },
};

/** Properties of each family, as transformers sets them. */
export const modelFamilies: Readonly<Record<ModelFamilyName, ModelFamily>> = {
  // Qwen2 has these biases whatever `attention_bias` says.
  qwen2: { ...plain, biases: () => ({ queryKeyValue: true, output: false, mlp: false }) },
  qwen3: {
    ...plain,
    defaults: { head_dim: 128 },
    queryKeyNorms: true,
    biases: ({ attention }) => ({ queryKeyValue: attention, output: attention, mlp: false }),
  },
  llama: {
    ...plain,
    biases: ({ attention, mlp }) => ({ queryKeyValue: attention, output: attention, mlp }),
  },
  gemma3_text: {
    ...plain,
    defaults: {
      vocab_size: 262_208,
      num_attention_heads: 8,
      num_key_value_heads: 4,
      head_dim: 256,
      hidden_activation: "gelu_pytorch_tanh",
      max_position_embeddings: 131_072,
      query_pre_attn_scalar: 256,
      sliding_window: 4096,
      tie_word_embeddings: true,
    },
    queryKeyNorms: true,
    normsAddOne: true,
    sandwichNorms: true,
    scalesEmbeddings: true,
    slidingPattern: 6,
    thetas: { full: 1_000_000, sliding: 10_000 },
    biases: ({ attention }) => ({ queryKeyValue: attention, output: attention, mlp: false }),
  },
};
