import { parameter } from "../model/transformer.js";
import type { NamedTensors, TensorSpec } from "../tensor/program.js";
import { tf } from "../tensor/tfjs.js";
import { projectionInputs, withoutDirections } from "./gradientProjection.js";
import { optimizerSlots, updateParameter } from "./optimizer.js";
import { movedParameters, slotName, type TrainingDefinition } from "./stepDefinition.js";

type UpdatedParts = Pick<TrainingDefinition, "trainable" | "optimizer" | "replicas" | "projections">;

/** Specifies what an update needs beside gradients: `learningRate` [R], the corrections [1], and the optimiser's slots. */
export function updateInputs({
  trainable,
  optimizer,
  replicas,
  projections,
}: UpdatedParts): Record<string, TensorSpec> {
  const scalar: TensorSpec = { shape: [1], dtype: "float32" };
  const slots = movedParameters(trainable).flatMap(({ name, shape }) =>
    optimizerSlots(optimizer).map((slot): [string, TensorSpec] => [
      slotName(slot, name),
      { shape, dtype: "float32" },
    ]),
  );
  return {
    learningRate: { shape: [replicas], dtype: "float32" },
    firstCorrection: scalar,
    secondCorrection: scalar,
    ...Object.fromEntries(slots),
    ...projectionInputs(projections),
  };
}

/**
 * Computes the update by gradients: directions projected out of them, norm, clipping, optimiser.
 * @param gradients of the parameters that move, in their order
 */
export function clippedUpdates(
  definition: TrainingDefinition,
  tensors: NamedTensors,
  gradients: readonly tf.Tensor[],
): Record<string, tf.Tensor> {
  const used = withoutDirections(definition, tensors, gradients);
  const gradientNorm = replicaNorms(used, definition.replicas);
  return {
    gradientNorm,
    ...updates(definition, tensors, clipped(used, gradientNorm, definition)),
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
  { clipNorm, replicas }: TrainingDefinition,
): readonly tf.Tensor[] {
  if (clipNorm === undefined) return gradients;
  const factors = tf.minimum(tf.div(tf.scalar(clipNorm), tf.add(norms, 1e-6)), tf.scalar(1));
  return gradients.map((gradient) => tf.mul(gradient, perReplica(factors, gradient, replicas)));
}

/** Shapes a number for each replica [R] so that it multiplies a tensor [R, …]. */
function perReplica(numbers: tf.Tensor, tensor: tf.Tensor, replicas: number): tf.Tensor {
  return tf.reshape(numbers, replicas === 1 ? [] : [replicas, ...tensor.shape.slice(1).map(() => 1)]);
}

function updates(
  { trainable, optimizer, replicas }: TrainingDefinition,
  tensors: NamedTensors,
  gradients: readonly tf.Tensor[],
): Record<string, tf.Tensor> {
  const scalarNamed = (name: string) => tf.reshape(parameter(tensors, name), []);
  const corrections: [tf.Tensor, tf.Tensor] = [
    scalarNamed("firstCorrection"),
    scalarNamed("secondCorrection"),
  ];
  const slots = optimizerSlots(optimizer);
  const results: Record<string, tf.Tensor> = {};
  for (const [index, { name, decays }] of movedParameters(trainable).entries()) {
    const gradient = gradients[index];
    if (gradient === undefined) throw new Error(`training step: no gradient for ${name}`);
    const kept = slots.map((slot) => parameter(tensors, slotName(slot, name)));
    const [value, ...newSlots] = updateParameter(optimizer, parameter(tensors, name), gradient, kept, {
      learningRate: perReplica(parameter(tensors, "learningRate"), gradient, replicas),
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
