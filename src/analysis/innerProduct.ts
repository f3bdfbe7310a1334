/** Inner product of two vectors of equal length, accumulated in float64. */
export function innerProduct(left: Float32Array | Float64Array, right: Float32Array | Float64Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += (left[index] ?? NaN) * (right[index] ?? NaN);
  return sum;
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
