import { cosineFromProducts, euclideanNorm } from "../linalg/innerProduct.js";
import { displacementProducts } from "./localCosineSimilarity.js";
import { positionsByStep, type StepSeries } from "../series/stepSeries.js";
import type { DirectionTrajectory } from "./trajectory.js";

/**
 * Speed ‖v_i − v_{i−1}‖ / (t_i − t_{i−1}) along the path, in norm per optimiser step, at every stored step but the
 * first. Over a missing checkpoint it is the mean over the steps between.
 */
export function pathSpeed(trajectory: DirectionTrajectory): StepSeries {
  const { steps, vectors } = trajectory;
  const later = steps.slice(1);
  const values = later.map((step, index) => {
    const [from, to] = [vectors[index], vectors[index + 1]];
    return from === undefined || to === undefined ? NaN : distance(from, to) / (step - (steps[index] ?? NaN));
  });
  return { steps: later, values };
}

/**
 * Curvature of the path seen over k steps to either side: the angle between v_t − v_{t−k} and v_{t+k} − v_t over
 * the mean length of the two, in radians per unit of norm. Unlike the local cosine, it tells a turn made while
 * moving fast from one made on the spot. NaN where a neighbour is not stored or nothing moves.
 *
 * @param options.k half-window in optimiser steps.
 */
export function pathCurvature(trajectory: DirectionTrajectory, options: { k: number }): StepSeries {
  const { k } = options;
  const { steps, vectors } = trajectory;
  const positions = positionsByStep(steps);
  const values = steps.map((step, position) => {
    const here = vectors[position];
    const before = vectors[positions.get(step - k) ?? -1];
    const after = vectors[positions.get(step + k) ?? -1];
    if (here === undefined || before === undefined || after === undefined) return NaN;
    const { product, backSquared, forthSquared } = displacementProducts(before, here, after);
    const length = (Math.sqrt(backSquared) + Math.sqrt(forthSquared)) / 2;
    return Math.acos(cosineFromProducts(product, backSquared, forthSquared)) / length;
  });
  return { steps, values };
}

/** Length of the path over the stored steps, and of the straight line from its first to its last step. */
export function pathLength({ vectors }: DirectionTrajectory): { length: number; displacement: number } {
  let length = 0;
  for (const [index, vector] of vectors.entries()) {
    const previous = vectors[index - 1];
    if (previous !== undefined) length += distance(previous, vector);
  }
  const [first, last] = [vectors[0], vectors.at(-1)];
  return { length, displacement: first === undefined || last === undefined ? NaN : distance(first, last) };
}

function distance(from: Float32Array, to: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < to.length; index++) sum += ((to[index] ?? NaN) - (from[index] ?? NaN)) ** 2;
  return Math.sqrt(sum);
}

/** Euclidean norm ‖v_t‖ at every stored step (2506.11613, figure 11). */
export function norms(trajectory: DirectionTrajectory): StepSeries {
  return { steps: trajectory.steps, values: trajectory.vectors.map(euclideanNorm) };
}
