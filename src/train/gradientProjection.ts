import { parameter } from "../model/transformer.js";
import type { NamedTensors, TensorSpec } from "../tensor/program.js";
import type { TensorValues } from "../tensor/tensorData.js";
import { tf } from "../tensor/tfjs.js";
import { movedParameters, type TrainingDefinition } from "./stepDefinition.js";

type Projections = TrainingDefinition["projections"];

/** Specifies the inputs through which an update receives the directions that gradients lose: [1, size, 1] each. */
export function projectionInputs(projections: Projections): Record<string, TensorSpec> {
  return Object.fromEntries(
    [...(projections ?? [])].map(([name, unit]) => [
      inputName(name),
      { shape: [1, unit.length, 1], dtype: "float32" },
    ]),
  );
}

/** Makes the arrays for the inputs of `projectionInputs`. */
export function projectionFeeds(projections: Projections): Record<string, TensorValues> {
  return Object.fromEntries([...(projections ?? [])].map(([name, unit]) => [inputName(name), unit]));
}

/**
 * Takes directions out of gradients: g − v̂(v̂ᵀg) along the axis of what the parameter writes, so that a step of plain
 * gradient descent moves nothing along v̂. Momentum of earlier steps, and AdamW's division by each number's own size, may
 * still do.
 * @param gradients of the parameters that move, in their order: [R, size, …]
 */
export function withoutDirections(
  { trainable, projections }: Pick<TrainingDefinition, "trainable" | "projections">,
  tensors: NamedTensors,
  gradients: readonly tf.Tensor[],
): readonly tf.Tensor[] {
  if (projections === undefined || projections.size === 0) return gradients;
  const moved = movedParameters(trainable);
  return gradients.map((gradient, index) => {
    const { name = "" } = moved[index] ?? {};
    if (!projections.has(name)) return gradient;
    const unit = parameter(tensors, inputName(name));
    return tf.sub(gradient, tf.mul(unit, tf.sum(tf.mul(gradient, unit), 1, true)));
  });
}

function inputName(name: string): string {
  return `projected out of ${name}`;
}
