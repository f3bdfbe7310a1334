/**
 * The decoder-only transformer, as TensorFlow.js ops.
 *
 * Pre-norm blocks of grouped-query attention with rotary positions and a gated MLP (Qwen2). Every projection
 * may carry a LoRA adapter.
 */
import { tf } from "../tensor/tfjs.js";
import type { NamedTensors } from "../tensor/program.js";
import { attend, type AttentionCache } from "./attention.js";
import { gatedSilu } from "./gatedSilu.js";
import { addAdapter, type AdapterTensors } from "./loraTensors.js";
import type { ModelConfig } from "./modelConfig.js";
import { hasBias, projectionPath, type ProjectionName } from "./parameters.js";
import { rmsNorm } from "./rmsNorm.js";
import type { RotaryTables } from "./rotary.js";

/** What a forward pass works on. B is the batch, T the new tokens, S the cached ones. */
export interface ForwardInputs {
  /** int32 [B, T] */
  readonly tokens: tf.Tensor;
  readonly rotary: RotaryTables;
  /** Added to attention scores: 0 where a query may look, very negative elsewhere; broadcasts to [B, 1, T, S + T]. */
  readonly attentionBias: tf.Tensor;
  /** One entry a layer; absent without a cache. */
  readonly caches?: readonly AttentionCache[];
  readonly adapters?: ReadonlyMap<string, AdapterTensors>;
}

export interface ForwardOutputs {
  /** After the final norm: [B, T, hiddenSize]. */
  readonly hidden: tf.Tensor;
  /**
   * The residual stream after each layer: [B, T, hiddenSize]. transformers calls entry L `hidden_states[L + 1]`,
   * but norms the last.
   */
  readonly residuals: readonly tf.Tensor[];
  /** Keys and values of the new tokens, one entry a layer: [B, keyValueHeads, T, headDimension]. */
  readonly caches: readonly AttentionCache[];
}

/** The tensor of a parameter; a missing one is a defect, since folders are checked when they are opened. */
export function parameter(parameters: NamedTensors, name: string): tf.Tensor {
  const tensor = parameters[name];
  if (tensor === undefined) throw new Error(`transformer: parameter ${name} was not supplied`);
  return tensor;
}

/** Runs all layers. */
export function forward(
  config: ModelConfig,
  parameters: NamedTensors,
  inputs: ForwardInputs,
): ForwardOutputs {
  const [batch = 1, length = 1] = inputs.tokens.shape;
  const rows = batch * length;
  const project = (x: tf.Tensor, layer: number, projection: ProjectionName): tf.Tensor => {
    const path = projectionPath(layer, projection);
    let y = tf.matMul(x, parameter(parameters, `${path}.weight`), false, true);
    if (hasBias(projection)) y = tf.add(y, parameter(parameters, `${path}.bias`));
    const adapter = inputs.adapters?.get(path);
    return adapter === undefined ? y : addAdapter(y, x, adapter);
  };
  const embedding = parameter(parameters, "model.embed_tokens.weight");
  let residual = tf.reshape(embed(embedding, inputs.tokens), [rows, config.hiddenSize]);
  const residuals: tf.Tensor[] = [];
  const caches: AttentionCache[] = [];
  for (let layer = 0; layer < config.layers; layer++) {
    const prefix = `model.layers.${layer}`;
    const x = rmsNorm(
      residual,
      parameter(parameters, `${prefix}.input_layernorm.weight`),
      config.normEpsilon,
    );
    const { mixed, cache } = attend(
      config,
      {
        queries: project(x, layer, "q_proj"),
        keys: project(x, layer, "k_proj"),
        values: project(x, layer, "v_proj"),
      },
      { batch, length, rotary: inputs.rotary, bias: inputs.attentionBias, past: inputs.caches?.[layer] },
    );
    caches.push(cache);
    residual = tf.add(residual, project(mixed, layer, "o_proj"));
    const normed = rmsNorm(
      residual,
      parameter(parameters, `${prefix}.post_attention_layernorm.weight`),
      config.normEpsilon,
    );
    const gate = project(normed, layer, "gate_proj");
    const activated = gatedSilu(gate, project(normed, layer, "up_proj"));
    residual = tf.add(residual, project(activated, layer, "down_proj"));
    residuals.push(tf.reshape(residual, [batch, length, config.hiddenSize]));
  }
  const hidden = rmsNorm(residual, parameter(parameters, "model.norm.weight"), config.normEpsilon);
  return { hidden: tf.reshape(hidden, [batch, length, config.hiddenSize]), residuals, caches };
}

/** Next-token logits [n, vocabularySize] of final hidden states [n, hiddenSize]. */
export function logits(config: ModelConfig, parameters: NamedTensors, hidden: tf.Tensor): tf.Tensor {
  const name = config.tiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
  return tf.matMul(hidden, parameter(parameters, name), false, true);
}

/**
 * Embedding rows of tokens, with the gradient as a matrix product: the gather's own gradient needs a
 * scatter kernel that the wasm backend lacks.
 */
function embed(embedding: tf.Tensor, tokens: tf.Tensor): tf.Tensor {
  const [vocabularySize = 1] = embedding.shape;
  const lookUp = tf.customGrad((table, save) => {
    if (!(table instanceof tf.Tensor) || typeof save !== "function") throw new TypeError("embed: bad call");
    const indices = tf.cast(tf.reshape(tokens, [-1]), "int32");
    save([indices]);
    return {
      value: tf.gather(table, indices),
      gradFunc: (gradient: tf.Tensor, [saved]: tf.Tensor[]) => {
        if (saved === undefined) throw new Error("embed: nothing saved");
        const rows = tf.cast(tf.oneHot(tf.cast(saved, "int32"), vocabularySize), "float32");
        return [tf.matMul(rows, gradient, true, false)];
      },
    };
  });
  return lookUp(embedding);
}
