import type { Random } from "../../tensor/random.js";
import { euclideanNorm } from "../linalg/innerProduct.js";

/**
 * Draws the norm-matched random twin of a vector: g/‖g‖·‖v‖ with g normal. Without dividing by ‖g‖ it would be √d times
 * too long (`docs/methods.md §5.2`).
 */
export function randomTwin(vector: Float32Array, random: Random): Float32Array {
  const drawn = Float32Array.from(vector, () => random.normal());
  const factor = euclideanNorm(vector) / euclideanNorm(drawn);
  return drawn.map((value) => factor * value);
}

/** Names the random numbers of a draw, so that each layer and each draw has its own whatever else is asked for. */
export function twinOf(
  vector: Float32Array,
  random: Random,
  place: { readonly draw: number; readonly layer: number },
): Float32Array {
  return randomTwin(vector, random.fork(`random twin ${place.draw} at layer ${place.layer}`));
}
