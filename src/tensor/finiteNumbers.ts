import { TurncoatError } from "../errors.js";

/** Tells whether every number is finite: in plain sums, because every number of every checkpoint passes here. */
export function areFinite(values: Float32Array): boolean {
  // Sums of ±0 unless a number is not finite; four side by side, because each addition waits for the one before it.
  let [first, second, third, fourth] = [0, 0, 0, 0];
  let index = 0;
  for (; index + 3 < values.length; index += 4) {
    first += 0 * (values[index] ?? NaN);
    second += 0 * (values[index + 1] ?? NaN);
    third += 0 * (values[index + 2] ?? NaN);
    fourth += 0 * (values[index + 3] ?? NaN);
  }
  for (; index < values.length; index++) first += 0 * (values[index] ?? NaN);
  return first + second + (third + fourth) === 0;
}

/**
 * Refuses numbers of a file that are NaN or infinite.
 *
 * @param source words for where they stand, such as `FILE: tensor NAME`
 * @throws TurncoatError naming the first of them and its place, from 0
 */
export function checkFinite(data: Float32Array, source: string): void {
  if (areFinite(data)) return;
  const at = data.findIndex((value) => !Number.isFinite(value));
  throw new TurncoatError(`${source}: expected finite numbers, found ${data[at] ?? NaN} at ${at}`);
}
