import type { Random } from "../../tensor/random.js";
import { euclideanNorm } from "../linalg/innerProduct.js";
import type { LossFunction } from "./localLearningCoefficient.js";

/** Length of the steps to either side by which curvature is measured. */
const reach = 0.05;

/** Times that a direction is turned towards the stiffest one. */
const rounds = 6;

/** Gradients that it takes. */
export const curvatureGradients = 2 * rounds;

/**
 * Estimates the largest curvature of a loss at a point in size, that is of the eigenvalues of its Hessian: by power
 * iteration on differences of the gradient. From below, as far as the iteration got.
 *
 * @param random draws the direction that is begun with
 */
export async function largestCurvature(
  lossAt: LossFunction,
  center: ArrayLike<number>,
  random: Random,
): Promise<number> {
  const place = Float64Array.from(center);
  let direction = place.map(() => random.normal());
  let curvature = NaN;
  for (let round = 0; round < rounds; round++) {
    const length = euclideanNorm(direction);
    const step = direction.map((value) => (reach * value) / length);
    // Both sides of one draw of the data, where the loss is over one.
    const ahead = await gradientAt(place, step, 1, lossAt, random.fork(round));
    const behind = await gradientAt(place, step, -1, lossAt, random.fork(round));
    direction = ahead.map((value, index) => (value - (behind[index] ?? NaN)) / (2 * reach));
    curvature = euclideanNorm(direction);
    if (!(curvature > 0)) break;
  }
  return curvature;
}

async function gradientAt(
  place: Float64Array,
  step: Float64Array,
  sign: number,
  lossAt: LossFunction,
  random: Random,
): Promise<Float64Array> {
  const moved = place.map((value, index) => value + sign * (step[index] ?? NaN));
  const { gradient } = await lossAt(moved, random);
  return Float64Array.from(gradient);
}
