import { tf } from "../tensor/tfjs.js";
import type { OptimizerConfig } from "./optimizerConfig.js";

/** Names the values that an optimiser keeps for each parameter. */
export function optimizerSlots(config: OptimizerConfig): readonly string[] {
  if (config.name === "adamw") return ["firstMoment", "secondMoment"];
  return (config.momentum ?? 0) > 0 ? ["momentum"] : [];
}

/** Quantities that one update needs beside the parameter and its gradient. */
export interface UpdateContext {
  /** Learning rate of the step, a scalar. */
  readonly learningRate: tf.Tensor;
  /** Bias corrections of Adam at step t (counted from 1), 1 − β₁ᵗ and 1 − β₂ᵗ, as scalars. */
  readonly corrections: readonly [tf.Tensor, tf.Tensor];
  /** True where weight decay applies to this parameter. */
  readonly decays: boolean;
}

/**
 * Computes one update of one parameter, as tensor ops. AdamW's moments are those of Adam: A Method for Stochastic
 * Optimization, arXiv 1412.6980.
 * @param slots the kept values, in the order of `optimizerSlots`
 * @returns the new parameter followed by the new slots
 */
export function updateParameter(
  config: OptimizerConfig,
  parameter: tf.Tensor,
  gradient: tf.Tensor,
  slots: readonly tf.Tensor[],
  context: UpdateContext,
): tf.Tensor[] {
  const { learningRate } = context;
  const [first, second] = slots;
  if (config.name === "sgd") {
    if (first === undefined) return [tf.sub(parameter, tf.mul(gradient, learningRate))];
    const moved = tf.add(tf.mul(first, config.momentum ?? 0), gradient);
    return [tf.sub(parameter, tf.mul(moved, learningRate)), moved];
  }
  if (first === undefined || second === undefined) throw new Error("adamw: moments were not supplied");
  const [firstCorrection, secondCorrection] = context.corrections;
  const newFirst = tf.add(tf.mul(first, config.beta1), tf.mul(gradient, 1 - config.beta1));
  const newSecond = tf.add(tf.mul(second, config.beta2), tf.mul(tf.square(gradient), 1 - config.beta2));
  const denominator = tf.add(tf.sqrt(tf.div(newSecond, secondCorrection)), config.epsilon);
  const update = tf.div(tf.div(newFirst, firstCorrection), denominator);
  const decayed =
    context.decays && config.weightDecay > 0
      ? tf.sub(parameter, tf.mul(parameter, tf.mul(learningRate, config.weightDecay)))
      : parameter;
  return [tf.sub(decayed, tf.mul(update, learningRate)), newFirst, newSecond];
}

/** Computes the bias corrections [1 − β₁ᵗ, 1 − β₂ᵗ] of step t, counted from 1. */
export function biasCorrections(config: OptimizerConfig, step: number): [number, number] {
  return config.name === "adamw" ? [1 - config.beta1 ** step, 1 - config.beta2 ** step] : [1, 1];
}
