import { contextsAt, contextsFromStart, type LayerContexts } from "../model/layers/layerContexts.js";
import type { AdapterTensors } from "../model/layers/loraTensors.js";
import type { ModelConfig } from "../model/config/modelConfig.js";
import type { ModelParameters } from "../model/model.js";
import { denseLayout, packedLayout } from "../model/layers/rowLayout.js";
import { forward, forwardFrom, logits, parameter, type WantedRows } from "../model/transformer.js";
import type { NamedTensors, ProgramDefinition, TensorSpec } from "../tensor/program.js";
import { takeRows } from "../tensor/takeRows.js";
import { tf } from "../tensor/tfjs.js";
import { crossEntropy } from "./objectives/crossEntropy.js";
import { optimizerSlots, updateParameter, type OptimizerConfig } from "./optimizer.js";
import { placeInputs } from "./batches/packRows.js";

/** Parameter that the step changes. */
export interface TrainableSpec {
  readonly name: string;
  /** Shape of the parameter; for adapters the first axis is the replica: [R, …]. */
  readonly shape: readonly number[];
  readonly decays: boolean;
}

/** Sizes of a step's tensors; see `TokenBatch`. */
export interface StepShape {
  /** Number of sequences B, over all replicas. */
  readonly batch: number;
  /** Slots of a sequence, T. */
  readonly length: number;
  /** Number of rows n, over all replicas. */
  readonly rows: number;
  /** Number of answers m, over all replicas. */
  readonly answers: number;
  /** True where rows are packed; false where n = m = B · T, in order. */
  readonly packed: boolean;
  /** Number of sublayers that the rows have been through already; 0 where they are tokens. */
  readonly frozenSublayers: number;
}

/** Definition of one training step. */
export interface StepDefinition {
  readonly config: ModelConfig;
  /** Parameters that do not change. */
  readonly frozen: ModelParameters;
  readonly trainable: readonly TrainableSpec[];
  /** Adapted modules: their `lora_A` and `lora_B` are among the trainable parameters. */
  readonly adapters: readonly { readonly modulePath: string; readonly scaling: number }[];
  /** Number R of independent trainings that share frozen parameters; 1 for full training. */
  readonly replicas: number;
  readonly shape: StepShape;
  readonly optimizer: OptimizerConfig;
  /** Largest global gradient norm; a larger gradient is scaled down to it. @default no clipping */
  readonly clipNorm?: number;
}

/** Names a value that an optimiser keeps for a parameter. */
export function slotName(slot: string, name: string): string {
  return `${slot}:${name}`;
}

/**
 * Defines one optimiser step as one program: loss, gradients, norm, clipping and update.
 *
 * Inputs: `tokens` int32 [n], or `residual` [n, hiddenSize] after the frozen sublayers;
 * `labels` int32 [m], the token that should follow each answered row; `weights` [m],
 * which weigh each label's cross-entropy (1 / number of response tokens of its replica on a response, else 0);
 * the index arrays of `Packing` where rows are packed; `learningRate`, `firstCorrection`, `secondCorrection` [1];
 * every trainable parameter and its optimiser slots.
 * Outputs: `loss` [R], `gradientNorm` [R] (global L2 norm before clipping), and the new value of every
 * trainable parameter and slot under its own name.
 */
export function stepProgram(definition: StepDefinition): ProgramDefinition {
  const { shape, trainable, optimizer, replicas } = definition;
  const scalar: TensorSpec = { shape: [1], dtype: "float32" };
  const inputs: Record<string, TensorSpec> = {
    ...(shape.frozenSublayers === 0
      ? { tokens: { shape: [shape.rows], dtype: "int32" } }
      : { residual: { shape: [shape.rows, definition.config.hiddenSize], dtype: "float32" } }),
    labels: { shape: [shape.answers], dtype: "int32" },
    weights: { shape: [shape.answers], dtype: "float32" },
    ...(shape.packed ? { ...placeInputs(shape), ...answerInputs(shape) } : {}),
    learningRate: scalar,
    firstCorrection: scalar,
    secondCorrection: scalar,
  };
  for (const { name, shape: parameterShape } of trainable) {
    const spec: TensorSpec = { shape: parameterShape, dtype: "float32" };
    inputs[name] = spec;
    for (const slot of optimizerSlots(optimizer)) inputs[slotName(slot, name)] = spec;
  }
  return {
    name: "training step",
    inputs,
    constants: definition.frozen,
    body: (tensors) => {
      const lossOf = (...values: tf.Tensor[]): tf.Tensor => {
        const bound: Record<string, tf.Tensor> = { ...tensors };
        for (const [index, { name }] of trainable.entries()) {
          const value = values[index];
          if (value !== undefined) bound[name] = value;
        }
        return replicaLosses(definition, bound);
      };
      const values = trainable.map(({ name }) => parameter(tensors, name));
      // A gradient of ones makes the replicas' losses add up; no parameter is shared, so they stay apart.
      const { value: loss, grads } = tf.valueAndGrads(lossOf)(values, tf.ones([replicas]));
      const gradientNorm = replicaNorms(grads, replicas);
      return {
        loss,
        gradientNorm,
        ...updates(definition, tensors, clipped(grads, gradientNorm, definition)),
      };
    },
  };
}

function replicaLosses(definition: StepDefinition, tensors: NamedTensors): tf.Tensor {
  const { config, shape, replicas } = definition;
  const adapters = new Map<string, AdapterTensors>(
    definition.adapters.map(({ modulePath, scaling }) => [
      modulePath,
      {
        loraA: parameter(tensors, `${modulePath}.lora_A`),
        loraB: parameter(tensors, `${modulePath}.lora_B`),
        scaling,
      },
    ]),
  );
  const named = (name: string): tf.Tensor => parameter(tensors, name);
  const { batch, length, packed, frozenSublayers } = shape;
  const contexts = packed
    ? contextsAt(config, length, named("positions"))
    : contextsFromStart(config, batch, length);
  const inputs = {
    layout: packed
      ? packedLayout(batch, length, named("rowOfSlot"), named("slotOfRow"))
      : denseLayout(batch, length),
    contexts,
    adapters,
    ...(packed ? { wanted: answeredRows(shape, contexts, named) } : {}),
  };
  const { hidden } =
    frozenSublayers === 0
      ? forward(config, tensors, { ...inputs, tokens: named("tokens") })
      : forwardFrom(config, tensors, inputs, { sublayer: frozenSublayers, residual: named("residual") });
  const losses = crossEntropy(logits(config, tensors, hidden), named("labels"));
  return tf.sum(tf.reshape(tf.mul(losses, named("weights")), [replicas, -1]), -1);
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

/** Computes the global L2 norm of each replica's gradient: [R]. */
function replicaNorms(gradients: readonly tf.Tensor[], replicas: number): tf.Tensor {
  const squares = gradients.map((gradient) => tf.sum(tf.square(tf.reshape(gradient, [replicas, -1])), -1));
  return tf.sqrt(squares.reduce((total, square) => tf.add(total, square)));
}

function clipped(
  gradients: readonly tf.Tensor[],
  norms: tf.Tensor,
  { clipNorm, replicas }: StepDefinition,
): readonly tf.Tensor[] {
  if (clipNorm === undefined) return gradients;
  const factors = tf.minimum(tf.div(tf.scalar(clipNorm), tf.add(norms, 1e-6)), tf.scalar(1));
  return gradients.map((gradient) => {
    if (replicas === 1) return tf.mul(gradient, tf.reshape(factors, []));
    return tf.mul(gradient, tf.reshape(factors, [replicas, ...gradient.shape.slice(1).map(() => 1)]));
  });
}

function updates(
  { trainable, optimizer }: StepDefinition,
  tensors: NamedTensors,
  gradients: readonly tf.Tensor[],
): Record<string, tf.Tensor> {
  const scalarNamed = (name: string) => tf.reshape(parameter(tensors, name), []);
  const learningRate = scalarNamed("learningRate");
  const corrections: [tf.Tensor, tf.Tensor] = [
    scalarNamed("firstCorrection"),
    scalarNamed("secondCorrection"),
  ];
  const slots = optimizerSlots(optimizer);
  const results: Record<string, tf.Tensor> = {};
  for (const [index, { name, decays }] of trainable.entries()) {
    const gradient = gradients[index];
    if (gradient === undefined) throw new Error(`training step: no gradient for ${name}`);
    const kept = slots.map((slot) => parameter(tensors, slotName(slot, name)));
    const [value, ...newSlots] = updateParameter(optimizer, parameter(tensors, name), gradient, kept, {
      learningRate,
      corrections,
      decays,
    });
    if (value !== undefined) results[name] = value;
    for (const [position, slot] of slots.entries()) {
      const newSlot = newSlots[position];
      if (newSlot !== undefined) results[slotName(slot, name)] = newSlot;
    }
  }
  return results;
}
