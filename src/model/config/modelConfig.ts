import type { LayerKind } from "./layerKinds.js";
import type { RotaryConfig } from "./rotaryFrequencies.js";

/** Gates of the MLP that are known, by their names in `config.json`. */
export const activations = ["silu", "gelu_pytorch_tanh"] as const;
export type Activation = (typeof activations)[number];

/** Shape of a decoder-only transformer, as `config.json` of a Hugging Face folder gives it. */
export interface ModelConfig {
  readonly modelType: ModelFamilyName;
  /**
   * Path of the decoder within the model that transformers opens from the folder: `model`, or
   * `model.language_model` where the model sees images too. PEFT names an adapter's modules by it.
   */
  readonly decoderPath: "model" | "model.language_model";
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Key and value heads, fewer than `heads` where several query heads share one. */
  readonly keyValueHeads: number;
  readonly headDimension: number;
  readonly maxPositions: number;
  readonly normEpsilon: number;
  /** True where the output projection is the transposed embedding. */
  readonly tiedEmbeddings: boolean;
  readonly activation: Activation;
  /** Projections that add a bias. */
  readonly biases: { readonly queryKeyValue: boolean; readonly output: boolean; readonly mlp: boolean };
  /** True where each query and key head is normed before it is rotated. */
  readonly queryKeyNorms: boolean;
  /** True where norms multiply by 1 + weight instead of weight. */
  readonly normsAddOne: boolean;
  /** True where the output of attention and MLP is normed once more before it is added. */
  readonly sandwichNorms: boolean;
  /** Factor on the embedding of every token. */
  readonly embeddingScale: number;
  /** Factor on attention scores. */
  readonly scoreScale: number;
  /** Kind of each layer. */
  readonly layerKinds: readonly LayerKind[];
  /** Tokens that a sliding layer looks at, the token itself included; null where no layer slides. */
  readonly slidingWindow: number | null;
  /** Rotary positions of each kind of layer. */
  readonly rotary: Readonly<Record<LayerKind, RotaryConfig>>;
}

/** Families of decoders, by `model_type` in `config.json`. */
export const modelFamilyNames = ["qwen2", "qwen3", "llama", "gemma3_text"] as const;
export type ModelFamilyName = (typeof modelFamilyNames)[number];
