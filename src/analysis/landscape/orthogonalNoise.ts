import type { Random } from "../../tensor/random.js";
import { euclideanNorm } from "../linalg/innerProduct.js";
import { removeParts } from "../linalg/orthogonal.js";

/**
 * Draws a vector at a right angle to another and as long, evenly over all directions that are: normal numbers, less their
 * part along it, rescaled.
 * @throws RangeError where there is no such vector
 */
export function orthogonalNoise(x: Float64Array, random: Random): Float64Array {
  const length = euclideanNorm(x);
  if (x.length < 2 || !(length > 0)) {
    throw new RangeError(
      `orthogonalNoise: expected two numbers or more, not all 0, found ${x.length} of length ${length}`,
    );
  }
  const unit = x.map((value) => value / length);
  const noise = x.map(() => random.normal());
  // What rescaling to a short rest would magnify is taken out again.
  removeParts([noise], [unit]);
  removeParts([noise], [unit]);
  const factor = length / euclideanNorm(noise);
  return noise.map((value) => factor * value);
}

/**
 * Turns a vector towards another: x' = √(1 − ε²)·x + ε·y (2602.07852; `docs/methods.md §5.13`). Where y is at a right angle
 * to x and as long, x' is as long too: ε = 0 is x itself, ε = 1 is y.
 */
export function turnedBy(x: Float64Array, y: Float64Array, epsilon: number): Float64Array {
  const kept = Math.sqrt(1 - epsilon ** 2);
  return x.map((value, index) => kept * value + epsilon * (y[index] ?? NaN));
}
