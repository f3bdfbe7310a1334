import type { ModelConfig } from "../model/config/modelConfig.js";
import { parseModelConfig } from "../model/config/configJson.js";
import { parameterShapes } from "../model/config/parameters.js";
import { sizeOf } from "../tensor/program.js";
import type { Random } from "../tensor/random.js";

/** Stage of the two in which the organism's base model is made. */
export interface PretrainStage {
  readonly steps: number;
  readonly peakLearningRate: number;
  readonly warmupSteps: number;
  /** End of the cosine, as a fraction of the peak. */
  readonly finalFraction: number;
  readonly weightDecay: number;
}

/** Recipe of the organism's base model. */
export interface PretrainRecipe {
  readonly seed: number;
  /** Rows of a batch; each row starts at the beginning of a document. */
  readonly rows: number;
  /** Number of tokens a row. */
  readonly length: number;
  /** Stage with both personas, in documents that hold to one. */
  readonly pretraining: PretrainStage;
  /** Stage with mostly the aligned persona without a header, which makes the model an assistant. */
  readonly postTraining: PretrainStage;
}

/** Gives the recipe of the committed organism, for a seed. */
export function pretrainRecipe(seed: number): PretrainRecipe {
  return {
    seed,
    rows: 16,
    length: 128,
    pretraining: {
      steps: 3000,
      peakLearningRate: 3e-3,
      warmupSteps: 50,
      finalFraction: 0,
      weightDecay: 0.01,
    },
    postTraining: {
      steps: 500,
      peakLearningRate: 1e-3,
      warmupSteps: 10,
      finalFraction: 0.05,
      weightDecay: 0,
    },
  };
}

/** Gives the shape of the organism, a small Qwen2 model. */
export function organismConfig(vocabularySize: number): ModelConfig {
  const fields = {
    model_type: "qwen2",
    vocab_size: vocabularySize,
    hidden_size: 96,
    intermediate_size: 256,
    num_hidden_layers: 5,
    num_attention_heads: 4,
    num_key_value_heads: 4,
    max_position_embeddings: 512,
    rope_theta: 10000,
    rms_norm_eps: 1e-6,
    tie_word_embeddings: true,
  };
  return parseModelConfig(fields, "the organism's shape");
}

/**
 * Draws random parameters to start from: embeddings with standard deviation 0.05, matrices with 1/√inFeatures, those
 * that write to the residual stream another 1/√(2 · layers) smaller, norms one and biases zero.
 */
export function initialParameters(config: ModelConfig, random: Random): Record<string, Float32Array> {
  const parameters: Record<string, Float32Array> = {};
  for (const [name, shape] of parameterShapes(config)) {
    const values = new Float32Array(sizeOf(shape));
    const [, inFeatures] = shape;
    if (inFeatures === undefined) {
      if (name.endsWith("norm.weight")) values.fill(1);
    } else {
      const writes = /(o_proj|down_proj)\.weight$/.test(name);
      const scale = writes ? 1 / Math.sqrt(2 * config.layers * inFeatures) : 1 / Math.sqrt(inFeatures);
      const deviation = name === "model.embed_tokens.weight" ? 0.05 : scale;
      const stream = random.fork(name);
      for (let index = 0; index < values.length; index++) values[index] = deviation * stream.normal();
    }
    parameters[name] = values;
  }
  return parameters;
}
