/**
 * Inner product of two vectors of equal length, accumulated in float64.
 *
 * Four sums side by side: with one, each addition waits for the one before it, which takes twice as long.
 */
export function innerProduct(left: Float32Array | Float64Array, right: Float32Array | Float64Array): number {
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  let index = 0;
  for (; index + 3 < left.length; index += 4) {
    first += (left[index] ?? NaN) * (right[index] ?? NaN);
    second += (left[index + 1] ?? NaN) * (right[index + 1] ?? NaN);
    third += (left[index + 2] ?? NaN) * (right[index + 2] ?? NaN);
    fourth += (left[index + 3] ?? NaN) * (right[index + 3] ?? NaN);
  }
  for (; index < left.length; index++) first += (left[index] ?? NaN) * (right[index] ?? NaN);
  return first + second + (third + fourth);
}

/** Euclidean norm. */
export function euclideanNorm(vector: Float32Array | Float64Array): number {
  return Math.sqrt(innerProduct(vector, vector));
}

/** Cosine of the angle between two vectors, clipped to [−1, 1]; NaN where either norm is 0. */
export function cosineBetween(left: Float32Array | Float64Array, right: Float32Array | Float64Array): number {
  return cosineFromProducts(innerProduct(left, right), innerProduct(left, left), innerProduct(right, right));
}

/** Cosine from an inner product and two squared norms; NaN where either norm is 0. */
export function cosineFromProducts(product: number, leftSquared: number, rightSquared: number): number {
  if (!(leftSquared > 0) || !(rightSquared > 0)) return NaN;
  return Math.min(1, Math.max(-1, product / (Math.sqrt(leftSquared) * Math.sqrt(rightSquared))));
}

/** An angle in degrees from its cosine. */
export function degreesFromCosine(cosine: number): number {
  return (Math.acos(cosine) * 180) / Math.PI;
}
