/**
 * Decoder-only transformer as TensorFlow.js ops.
 *
 * Pre-norm blocks of grouped-query attention with rotary positions and a gated MLP. One definition serves Qwen2,
 * Qwen3, Llama and Gemma 3: what sets them apart are switches of `ModelConfig`. Every projection may carry a LoRA
 * adapter, and the residual stream after every layer a vector.
 */
import { tf } from "../tensor/tfjs.js";
import type { NamedTensors } from "../tensor/program.js";
import { attend, type AttentionCache } from "./layers/attention.js";
import { gatedGelu, gatedSilu } from "./layers/gatedActivations.js";
import type { LayerContexts } from "./layers/layerContexts.js";
import type { LayerKind } from "./config/layerKinds.js";
import { addAdapter, addVector, type AdapterTensors } from "./layers/loraTensors.js";
import type { ModelConfig } from "./config/modelConfig.js";
import { layerPath } from "../tensor/names/layerPath.js";
import { hasBias, projectionPath, type ProjectionName } from "./config/parameters.js";
import { rmsNorm } from "./layers/rmsNorm.js";
import type { RowLayout } from "./layers/rowLayout.js";

/** Inputs of a forward pass: n rows of new tokens. B is the batch, T its new slots, S the cached ones. */
export interface ForwardInputs {
  /** Token of each row: int32, n elements. */
  readonly tokens: tf.Tensor;
  readonly layout: RowLayout;
  readonly contexts: LayerContexts;
  /** Cached keys and values, one entry a layer; absent without a cache. */
  readonly caches?: readonly AttentionCache[];
  /** By module path; one of a layer, such as `model.layers.24`, is a vector that is added to the stream after it. */
  readonly adapters?: ReadonlyMap<string, AdapterTensors>;
  readonly hooks?: ForwardHooks;
  /** Rows of which a result is wanted. @default all */
  readonly wanted?: WantedRows;
}

/** Rows of which a result is wanted: of the last layer only its keys and values need the others. */
export interface WantedRows {
  /** Picks the wanted rows [m, features] out of all rows [n, features]. */
  readonly take: (x: tf.Tensor) => tf.Tensor;
  /** Layout of the wanted rows in attention's slots; the others are padding. */
  readonly layout: RowLayout;
  /** Contexts with the rotary tables of the wanted rows. */
  readonly contexts: LayerContexts;
}

/** Tells whether a module reads the wanted rows only: all of the last layer but its keys and values. */
export function readsWantedRows({ layers }: ModelConfig, modulePath: string): boolean {
  return modulePath.startsWith(`model.layers.${layers - 1}.`) && !/\.[kv]_proj$/.test(modulePath);
}

/** Functions that see and change activations during a forward pass. */
export interface ForwardHooks {
  /** Replaces the residual stream after a layer: [n, hiddenSize]; after the last one of the wanted rows only. */
  readonly afterLayer?: (layer: number, residual: tf.Tensor) => tf.Tensor;
  /** Replaces what a module's adapter reads, A·h, unscaled, before its B writes it: [n, rank]. */
  readonly onScalars?: (modulePath: string, scalars: tf.Tensor) => tf.Tensor;
}

/** Outputs of a forward pass. */
export interface ForwardOutputs {
  /** Hidden states after the final norm: [n, hiddenSize], of the wanted rows only. */
  readonly hidden: tf.Tensor;
  /**
   * Residual stream after each layer, as hooks leave it: [n, hiddenSize], in the last entry of the wanted rows only.
   * transformers calls entry L `hidden_states[L + 1]`, but norms the last.
   */
  readonly residuals: readonly tf.Tensor[];
  /** Keys and values of the new tokens, one entry a layer: [B, keyValueHeads, T, headDimension]. */
  readonly caches: readonly AttentionCache[];
}

/** Gives the tensor of a parameter; a missing one is a defect, since folders are checked when they are opened. */
export function parameter(parameters: NamedTensors, name: string): tf.Tensor {
  const tensor = parameters[name];
  if (tensor === undefined) throw new Error(`transformer: parameter ${name} was not supplied`);
  return tensor;
}

/** Runs all layers of the transformer. */
export function forward(
  config: ModelConfig,
  parameters: NamedTensors,
  inputs: ForwardInputs,
): ForwardOutputs {
  return forwardFrom(config, parameters, inputs, {
    sublayer: 0,
    residual: embedRows(config, parameters, inputs),
  });
}

/** Residual stream [n, hiddenSize] with the number of sublayers it has been through: attention and MLP count apart. */
export interface ResidualAt {
  readonly sublayer: number;
  readonly residual: tf.Tensor;
}

/** Computes the residual stream after the first sublayers, in which an adapter above them has no part. */
export function forwardTo(
  config: ModelConfig,
  parameters: NamedTensors,
  inputs: ForwardInputs,
  sublayer: number,
): tf.Tensor {
  const start = { sublayer: 0, residual: embedRows(config, parameters, inputs) };
  return runSublayers(config, parameters, inputs, start, sublayer).residual;
}

/** Runs the sublayers that a residual stream has not been through yet, without looking at `tokens`. */
export function forwardFrom(
  config: ModelConfig,
  parameters: NamedTensors,
  inputs: Omit<ForwardInputs, "tokens">,
  start: ResidualAt,
): ForwardOutputs {
  const end = 2 * config.layers;
  const { residual, ...outputs } = runSublayers(config, parameters, inputs, start, end);
  // Where nothing was left to run, nothing has been picked out yet.
  const picked = start.sublayer < end ? residual : (inputs.wanted?.take(residual) ?? residual);
  return { ...outputs, hidden: normed(config, parameters, picked, "model.norm") };
}

function runSublayers(
  config: ModelConfig,
  parameters: NamedTensors,
  inputs: Omit<ForwardInputs, "tokens">,
  start: ResidualAt,
  end: number,
): Omit<ForwardOutputs, "hidden"> & { residual: tf.Tensor } {
  const { sandwichNorms } = config;
  const norm = (x: tf.Tensor, path: string) => normed(config, parameters, x, path);
  const project = (x: tf.Tensor, layer: number, projection: ProjectionName): tf.Tensor => {
    const path = projectionPath(layer, projection);
    let y = tf.matMul(x, parameter(parameters, `${path}.weight`), false, true);
    if (hasBias(config, projection)) y = tf.add(y, parameter(parameters, `${path}.bias`));
    const adapter = inputs.adapters?.get(path);
    if (adapter === undefined) return y;
    const onScalars = inputs.hooks?.onScalars;
    return addAdapter(y, x, adapter, onScalars && ((scalars) => onScalars(path, scalars)));
  };
  const gated = config.activation === "silu" ? gatedSilu : gatedGelu;
  let { residual } = start;
  const residuals: tf.Tensor[] = [];
  const caches: AttentionCache[] = [];
  for (let sublayer = start.sublayer; sublayer < end; sublayer++) {
    const layer = Math.floor(sublayer / 2);
    const prefix = `model.layers.${layer}`;
    const wanted = layer === config.layers - 1 ? inputs.wanted : undefined;
    if (sublayer % 2 === 0) {
      const kind = config.layerKinds[layer] ?? "full";
      const context = inputs.contexts.get(kind);
      if (context === undefined) throw new Error(`transformer: no context for ${kind} layers`);
      const x = norm(residual, `${prefix}.input_layernorm`);
      const { mixed, cache } = attend(
        config,
        {
          queries: project(wanted?.take(x) ?? x, layer, "q_proj"),
          keys: project(x, layer, "k_proj"),
          values: project(x, layer, "v_proj"),
          ...(config.queryKeyNorms
            ? {
                headNorms: {
                  queries: normFactors(config, parameters, `${prefix}.self_attn.q_norm`),
                  keys: normFactors(config, parameters, `${prefix}.self_attn.k_norm`),
                },
              }
            : {}),
        },
        { layout: inputs.layout, ...context, past: inputs.caches?.[layer], asking: askingRows(wanted, kind) },
      );
      caches.push(cache);
      residual = wanted?.take(residual) ?? residual;
      // With sandwich norms, `post_attention_layernorm` follows the attention; without, it precedes the MLP.
      const attended = project(mixed, layer, "o_proj");
      residual = tf.add(
        residual,
        sandwichNorms ? norm(attended, `${prefix}.post_attention_layernorm`) : attended,
      );
    } else {
      // Attention has picked the wanted rows already, where it ran.
      if (sublayer === start.sublayer) residual = wanted?.take(residual) ?? residual;
      const y = norm(
        residual,
        `${prefix}.${sandwichNorms ? "pre_feedforward_layernorm" : "post_attention_layernorm"}`,
      );
      const activated = gated(project(y, layer, "gate_proj"), project(y, layer, "up_proj"));
      const written = project(activated, layer, "down_proj");
      residual = tf.add(
        residual,
        sandwichNorms ? norm(written, `${prefix}.post_feedforward_layernorm`) : written,
      );
      const vector = inputs.adapters?.get(layerPath(layer));
      if (vector !== undefined) residual = addVector(residual, vector);
      residual = inputs.hooks?.afterLayer?.(layer, residual) ?? residual;
      residuals.push(residual);
    }
  }
  return { residual, residuals, caches };
}

/** Layout and rotary tables of a layer's queries, where not all rows ask. */
function askingRows(wanted: WantedRows | undefined, kind: LayerKind) {
  const rotary = wanted?.contexts.get(kind)?.rotary;
  return wanted && rotary && { layout: wanted.layout, rotary };
}

function embedRows(config: ModelConfig, parameters: NamedTensors, { tokens }: ForwardInputs): tf.Tensor {
  const embedding = embed(parameter(parameters, "model.embed_tokens.weight"), tokens);
  return config.embeddingScale === 1 ? embedding : tf.mul(embedding, config.embeddingScale);
}

function normFactors(config: ModelConfig, parameters: NamedTensors, path: string): tf.Tensor {
  const weight = parameter(parameters, `${path}.weight`);
  return config.normsAddOne ? tf.add(weight, 1) : weight;
}

/** Gives the gains by which the final norm multiplies each feature: [hiddenSize]. */
export function finalNormFactors(config: ModelConfig, parameters: NamedTensors): tf.Tensor {
  return normFactors(config, parameters, "model.norm");
}

function normed(config: ModelConfig, parameters: NamedTensors, x: tf.Tensor, path: string): tf.Tensor {
  return rmsNorm(x, normFactors(config, parameters, path), config.normEpsilon);
}

/** Computes next-token logits [n, vocabularySize] of final hidden states [n, hiddenSize]. */
export function logits(config: ModelConfig, parameters: NamedTensors, hidden: tf.Tensor): tf.Tensor {
  return tf.matMul(hidden, outputWeight(config, parameters), false, true);
}

/** Gives the weights by which final hidden states become logits: [vocabularySize, hiddenSize]. */
export function outputWeight(config: ModelConfig, parameters: NamedTensors): tf.Tensor {
  return parameter(parameters, config.tiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight");
}

/**
 * Looks up the embedding rows of tokens, with the gradient as a matrix product: the gather's own gradient needs a
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
