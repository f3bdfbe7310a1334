import { isLayerPath } from "../tensor/names/layerPath.js";
import { vectorParameter } from "../model/config/parameters.js";
import { contextsAt, contextsFromStart, type LayerContexts } from "../model/layers/layerContexts.js";
import type { AdapterTensors } from "../model/layers/loraTensors.js";
import { denseLayout, packedLayout } from "../model/layers/rowLayout.js";
import {
  forward,
  forwardFrom,
  outputWeight,
  parameter,
  readsWantedRows,
  type WantedRows,
} from "../model/transformer.js";
import type { NamedTensors, ProgramDefinition, TensorSpec } from "../tensor/program.js";
import { klDivergence } from "../tensor/klDivergence.js";
import { takeRows } from "../tensor/takeRows.js";
import { tf } from "../tensor/tfjs.js";
import { editHooks, editInputs } from "../model/hooks/residualEdits.js";
import { vocabularyLoss } from "./objectives/vocabularyLoss.js";
import { placeInputs } from "./batches/packRows.js";
import {
  dropoutName,
  gradientName,
  movedParameters,
  type StepDefinition,
  type StepShape,
  type TrainingDefinition,
} from "./stepDefinition.js";
import { clippedUpdates, updateInputs } from "./updates.js";

/**
 * Defines one optimiser step of one batch as one program: loss, gradients, norm, clipping and update.
 *
 * Inputs: those of `batchInputs` and `updateInputs`, and every trainable parameter.
 * Outputs: `loss` [R], `gradientNorm` [R] (global L2 norm before clipping), and the new value of every
 * trainable parameter and slot under its own name.
 */
export function stepProgram(definition: StepDefinition): ProgramDefinition {
  return {
    name: "training step",
    inputs: { ...batchInputs(definition), ...parameterInputs(definition), ...updateInputs(definition) },
    constants: definition.frozen,
    body: (tensors) => {
      const { loss, gradients } = lossAndGradients(definition, tensors);
      return { loss, ...clippedUpdates(definition, tensors, gradients) };
    },
  };
}

/**
 * Defines the part of an optimiser step that one of several batches has: its loss, and its gradients added to those of
 * the batches before.
 *
 * Inputs: those of `batchInputs`, every trainable parameter and, named by `gradientName`, its sum so far.
 * Outputs: `loss` [R], and every new sum under its own name.
 * @param losses of a batch, one a replica. @default the cross-entropy of its labels
 */
export function gradientProgram(
  definition: StepDefinition,
  losses: ReplicaLosses = replicaLosses,
): ProgramDefinition {
  const moved = movedParameters(definition.trainable);
  return {
    name: "gradient of a batch",
    inputs: {
      ...batchInputs(definition),
      ...parameterInputs(definition),
      ...sumInputs(definition),
    },
    constants: definition.frozen,
    body: (tensors) => {
      const { loss, gradients } = lossAndGradients(definition, tensors, losses);
      const sums = moved.map(({ name }, index): [string, tf.Tensor] => {
        const sum = parameter(tensors, gradientName(name));
        const gradient = gradients[index];
        return [gradientName(name), gradient === undefined ? sum : tf.add(sum, gradient)];
      });
      return { loss, ...Object.fromEntries(sums) };
    },
  };
}

/**
 * Defines the end of an optimiser step of several batches: norm, clipping and update by the sums of gradients.
 *
 * Inputs: those of `updateInputs`, every parameter that moves and its sum. Outputs: those of `stepProgram` but the loss.
 */
export function updateProgram(definition: TrainingDefinition): ProgramDefinition {
  const moved = movedParameters(definition.trainable);
  return {
    name: "update",
    inputs: {
      ...parameterInputs({ trainable: moved }),
      ...sumInputs(definition),
      ...updateInputs(definition),
    },
    constants: {},
    body: (tensors) => {
      const gradients = moved.map(({ name }) => parameter(tensors, gradientName(name)));
      return clippedUpdates(definition, tensors, gradients);
    },
  };
}

/** Defines the loss of a batch without its gradient and without edits of the stream. Inputs: as of `gradientProgram`, less the sums. Output: `loss` [R]. */
export function lossProgram(definition: StepDefinition): ProgramDefinition {
  return {
    name: "loss",
    inputs: { ...batchInputs(withoutEdits(definition)), ...parameterInputs(definition) },
    constants: definition.frozen,
    body: (tensors) => ({ loss: replicaLosses(withoutEdits(definition), tensors) }),
  };
}

/** The definition of a step whose residual stream is left as it is. */
export function withoutEdits(definition: StepDefinition): StepDefinition {
  return { ...definition, edits: [] };
}

/**
 * Specifies what a batch brings: `tokens` int32 [n], or `residual` [n, hiddenSize] after the frozen sublayers;
 * `labels` int32 [m], the token that should follow each answered row; `weights` [m],
 * which weigh each label's cross-entropy (1 / number of response tokens of its replica in the step on a response, else 0);
 * the index arrays of `Packing` where rows are packed; the factors of dropout [n, inFeatures] where there is dropout; the
 * vectors of edits of the stream.
 */
function batchInputs(definition: StepDefinition): Record<string, TensorSpec> {
  const { shape, trainable, adapters, edits = [] } = definition;
  const factors = (modulePath: string): TensorSpec => {
    const read = trainable.find(({ name }) => name === `${modulePath}.lora_A`)?.shape.at(-1) ?? 1;
    return { shape: [shape.rows, read], dtype: "float32" };
  };
  return {
    ...(shape.frozenSublayers === 0
      ? { tokens: { shape: [shape.rows], dtype: "int32" } }
      : { residual: { shape: [shape.rows, definition.config.hiddenSize], dtype: "float32" } }),
    labels: { shape: [shape.answers], dtype: "int32" },
    weights: { shape: [shape.answers], dtype: "float32" },
    ...(shape.packed ? { ...placeInputs(shape), ...answerInputs(shape) } : {}),
    ...editInputs(edits),
    ...(shape.hasDropout === true
      ? Object.fromEntries(adapters.map(({ modulePath }) => [dropoutName(modulePath), factors(modulePath)]))
      : {}),
  };
}

type TrainedParts = Pick<StepDefinition, "trainable">;

function parameterInputs({ trainable }: TrainedParts): Record<string, TensorSpec> {
  return Object.fromEntries(trainable.map(({ name, shape }) => [name, { shape, dtype: "float32" }]));
}

function sumInputs({ trainable }: TrainedParts): Record<string, TensorSpec> {
  return Object.fromEntries(
    movedParameters(trainable).map(({ name, shape }) => [gradientName(name), { shape, dtype: "float32" }]),
  );
}

/** Losses of a batch, one a replica: [R]. */
export type ReplicaLosses = (definition: StepDefinition, tensors: NamedTensors) => tf.Tensor;

function lossAndGradients(
  definition: StepDefinition,
  tensors: NamedTensors,
  losses: ReplicaLosses = replicaLosses,
): { readonly loss: tf.Tensor; readonly gradients: readonly tf.Tensor[] } {
  const { replicas } = definition;
  const moved = movedParameters(definition.trainable);
  const lossOf = (...values: tf.Tensor[]): tf.Tensor => {
    const bound: Record<string, tf.Tensor> = { ...tensors };
    for (const [index, { name }] of moved.entries()) {
      const value = values[index];
      if (value !== undefined) bound[name] = value;
    }
    return losses(definition, bound);
  };
  const values = moved.map(({ name }) => parameter(tensors, name));
  // A gradient of ones makes the replicas' losses add up; no parameter is shared, so they stay apart.
  const { value: loss, grads } = tf.valueAndGrads(lossOf)(values, tf.ones([replicas]));
  return { loss, gradients: grads };
}

function replicaLosses(definition: StepDefinition, tensors: NamedTensors): tf.Tensor {
  const hidden = answeredStates(definition, tensors, definition.adapters);
  const labels = parameter(tensors, "labels");
  return weighed(
    definition,
    tensors,
    vocabularyLoss(hidden, outputWeight(definition.config, tensors), labels),
  );
}

/**
 * Computes KL(base ‖ tuned) of the answered rows, weighed as their cross-entropy would be; the base is the model without
 * its adapters.
 */
export function klLosses(definition: StepDefinition, tensors: NamedTensors): tf.Tensor {
  const weight = outputWeight(definition.config, tensors);
  const logitsOf = (adapters: StepDefinition["adapters"]): tf.Tensor =>
    tf.matMul(answeredStates(definition, tensors, adapters), weight, false, true);
  return weighed(definition, tensors, klDivergence(logitsOf([]), logitsOf(definition.adapters)));
}

function weighed({ replicas }: StepDefinition, tensors: NamedTensors, losses: tf.Tensor): tf.Tensor {
  return tf.sum(tf.reshape(tf.mul(losses, parameter(tensors, "weights")), [replicas, -1]), -1);
}

/** Computes the hidden states of the answered rows with some of the adapters: [m, hiddenSize]. */
function answeredStates(
  definition: StepDefinition,
  tensors: NamedTensors,
  adapted: StepDefinition["adapters"],
): tf.Tensor {
  const { config, shape, replicas, edits = [] } = definition;
  const named = (name: string): tf.Tensor => parameter(tensors, name);
  const { batch, length, packed, frozenSublayers, shared } = shape;
  const contexts = packed
    ? contextsAt(config, length, named("positions"))
    : contextsFromStart(config, batch, length);
  const wanted = packed ? answeredRows(shape, contexts, named) : undefined;
  const adapters = new Map<string, AdapterTensors>(
    adapted.map(({ modulePath, scaling }) => {
      const factors = shape.hasDropout === true ? named(dropoutName(modulePath)) : undefined;
      const isPicked = wanted !== undefined && readsWantedRows(config, modulePath);
      return [
        modulePath,
        {
          ...(isLayerPath(modulePath)
            ? { loraA: tf.ones([replicas, 1, 1]), loraB: named(vectorParameter(modulePath)) }
            : { loraA: named(`${modulePath}.lora_A`), loraB: named(`${modulePath}.lora_B`) }),
          scaling,
          ...(factors === undefined ? {} : { inputFactors: isPicked ? wanted.take(factors) : factors }),
        },
      ];
    }),
  );
  const inputs = {
    layout: packed
      ? packedLayout(batch, length, named("rowOfSlot"), named("slotOfRow"), shared)
      : denseLayout(batch, length),
    contexts,
    adapters,
    ...(wanted === undefined ? {} : { wanted }),
    ...(edits.length === 0 ? {} : { hooks: editHooks(edits, tensors) }),
  };
  const { hidden } =
    frozenSublayers === 0
      ? forward(config, tensors, { ...inputs, tokens: named("tokens") })
      : forwardFrom(config, tensors, inputs, { sublayer: frozenSublayers, residual: named("residual") });
  return hidden;
}

/** Finds the rows whose successors the loss is about; slots of others are padding, from where no gradient comes. */
function answeredRows(
  { batch, length }: StepShape,
  contexts: LayerContexts,
  named: (name: string) => tf.Tensor,
): WantedRows {
  const indices = (name: string) => tf.cast(named(name), "int32");
  const [rowOfAnswer, answerOfRow] = [indices("rowOfAnswer"), indices("answerOfRow")];
  const answerOfSlot = tf.gather(answerOfRow, indices("rowOfSlot"));
  const slotOfAnswer = tf.gather(indices("slotOfRow"), rowOfAnswer);
  return {
    take: (x) => takeRows(x, rowOfAnswer, answerOfRow),
    layout: packedLayout(batch, length, answerOfSlot, slotOfAnswer),
    contexts: new Map(
      [...contexts].map(([kind, { rotary, bias }]) => [
        kind,
        {
          rotary: {
            cosine: tf.gather(rotary.cosine, rowOfAnswer),
            sine: tf.gather(rotary.sine, rowOfAnswer),
          },
          bias,
        },
      ]),
    ),
  };
}

function answerInputs({ rows, answers }: StepShape): Record<"rowOfAnswer" | "answerOfRow", TensorSpec> {
  return {
    rowOfAnswer: { shape: [answers], dtype: "int32" },
    answerOfRow: { shape: [rows], dtype: "int32" },
  };
}
