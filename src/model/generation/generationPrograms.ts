import { type AdapterBank, adapterInputs, adapterTensors } from "../weights/adapterBank.js";
import type { AttentionCache } from "../layers/attention.js";
import { blockedScore, causalBias, layerContexts, windowOf } from "../layers/layerContexts.js";
import { blockedName } from "./cacheMasks.js";
import type { Model } from "../model.js";
import { editHooks, editInputs, type ArrangedEdit } from "../hooks/residualEdits.js";
import { patchHooks, patchInputs, type PatchedModule } from "../hooks/scalarPatches.js";
import { rotaryAt } from "../layers/rotary.js";
import { denseLayout } from "../layers/rowLayout.js";
import { forward, logits, parameter, type ForwardInputs } from "../transformer.js";
import type { NamedTensors, ProgramDefinition, TensorSpec } from "../../tensor/program.js";
import { drawnTokens, mostProbableTokens } from "./tokenDraws.js";
import { tf } from "../../tensor/tfjs.js";

/** Result of a generation program: how probable each next token is, the most probable, or a drawn one. */
export type NextTokens = "probabilities" | "best" | "drawn";

/** Shapes of a generation program: rows, new tokens a row, and slots of the cache. */
export interface GenerationShape {
  readonly batch: number;
  readonly length: number;
  /** Slots of the cache; 0 for the prompt itself. */
  readonly cached: number;
  readonly next: NextTokens;
}

/** What a model answers with beside its weights. */
export interface GenerationChanges {
  readonly adapters?: AdapterBank | undefined;
  /** @default none */
  readonly edits?: readonly ArrangedEdit[];
  /** Adapters whose scalars are inputs of the program. @default none */
  readonly patches?: readonly PatchedModule[];
}

/** Names the cache arrays of a layer. */
export function cacheNames(layer: number): { keys: string; values: string } {
  return { keys: `keys.${layer}`, values: `values.${layer}` };
}

/**
 * Defines the program of one stretch of generation: it runs `length` new tokens over a cache and says what may follow.
 *
 * Inputs: `tokens` and `positions` int32 [B, T]; `blocked` of each kind of layer float32 [B, cached + T], 1 where a
 * slot or a new token is not to be seen; `inverseTemperature` [1]; where tokens are drawn, `uniform` [B, 1] for
 * `drawnTokens`; the cache [B, keyValueHeads, cached, headDimension] of each layer; the adapters; the edits; the
 * scalars [B · T, rank] of patched adapters. Outputs: of the next token `probabilities` [B, vocabularySize], or `tokens` int32 [B]; and the new tokens' keys and values.
 */
export function generationProgram(
  model: Pick<Model, "config" | "parameters">,
  shape: GenerationShape,
  { adapters: bank, edits = [], patches = [] }: GenerationChanges = {},
): ProgramDefinition {
  const { config, parameters } = model;
  const { batch, length, cached, next } = shape;
  const width = cached + length;
  const inputs: Record<string, TensorSpec> = {
    tokens: { shape: [batch, length], dtype: "int32" },
    positions: { shape: [batch, length], dtype: "int32" },
    inverseTemperature: { shape: [1], dtype: "float32" },
    ...(next === "drawn" ? { uniform: { shape: [batch, 1], dtype: "float32" } } : {}),
    ...editInputs(edits),
    ...patchInputs(patches, batch * length),
    ...(bank === undefined ? {} : adapterInputs(bank)),
  };
  for (const kind of config.layerKinds) {
    inputs[blockedName(kind)] = { shape: [batch, width], dtype: "float32" };
  }
  if (cached > 0) {
    for (let layer = 0; layer < config.layers; layer++) {
      const { keys, values } = cacheNames(layer);
      const cacheShape = [batch, config.keyValueHeads, cached, config.headDimension];
      inputs[keys] = { shape: cacheShape, dtype: "float32" };
      inputs[values] = { shape: cacheShape, dtype: "float32" };
    }
  }
  return {
    name: cached === 0 ? "prompt" : "next token",
    inputs,
    constants: parameters,
    body: (tensors) => {
      const positions = parameter(tensors, "positions");
      const contexts = layerContexts(config, (kind) => {
        const blocked = tf.mul(
          tf.reshape(parameter(tensors, blockedName(kind)), [batch, 1, 1, width]),
          tf.scalar(blockedScore),
        );
        return {
          rotary: rotaryAt(config, positions, width, kind),
          bias: length === 1 ? blocked : tf.add(blocked, causalBias(length, windowOf(config, kind))),
        };
      });
      const { hidden, caches } = forward(config, tensors, {
        tokens: parameter(tensors, "tokens"),
        layout: denseLayout(batch, length),
        contexts,
        ...hooksOf(edits, patches, tensors),
        ...(cached > 0 ? { caches: readCaches(tensors, config.layers) } : {}),
        ...(bank === undefined ? {} : { adapters: adapterTensors(bank, tensors) }),
      });
      const last = lastOfEach(hidden, batch, length);
      // Fewer numbers than logits have, and the same result.
      const scaled = tf.mul(last, parameter(tensors, "inverseTemperature"));
      const probabilities = tf.softmax(logits(config, tensors, scaled));
      const outputs: Record<string, tf.Tensor> =
        next === "probabilities"
          ? { probabilities }
          : {
              tokens:
                next === "best"
                  ? mostProbableTokens(probabilities)
                  : drawnTokens(probabilities, parameter(tensors, "uniform")),
            };
      for (const [layer, cache] of caches.entries()) {
        const names = cacheNames(layer);
        outputs[names.keys] = cache.keys;
        outputs[names.values] = cache.values;
      }
      return outputs;
    },
  };
}

function hooksOf(
  edits: readonly ArrangedEdit[],
  patches: readonly PatchedModule[],
  tensors: NamedTensors,
): Pick<ForwardInputs, "hooks"> {
  const hooks = {
    ...(edits.length === 0 ? {} : editHooks(edits, tensors)),
    ...(patches.length === 0 ? {} : patchHooks(patches, tensors)),
  };
  return Object.keys(hooks).length === 0 ? {} : { hooks };
}

function readCaches(tensors: NamedTensors, layers: number): AttentionCache[] {
  return Array.from({ length: layers }, (_, layer) => {
    const names = cacheNames(layer);
    return { keys: parameter(tensors, names.keys), values: parameter(tensors, names.values) };
  });
}

/** Picks the last of every `length` rows: [batch · length, features] to [batch, features]. */
function lastOfEach(hidden: tf.Tensor, batch: number, length: number): tf.Tensor {
  if (length === 1) return hidden;
  const [, features = 1] = hidden.shape;
  const sequences = tf.reshape(hidden, [batch, length, features]);
  return tf.reshape(tf.slice(sequences, [0, length - 1, 0], [batch, 1, features]), [batch, features]);
}
