import { euclideanNorm, innerProduct } from "../linalg/innerProduct.js";

/**
 * Takes a direction out of what an adapter writes: B ← (B − v̂v̂ᵀB), rescaled to ‖B‖ (2506.11618, section 3.4), so that
 * the adapter writes as much as before, and nothing along v.
 *
 * @param loraB [outFeatures, rank], row-major
 * @param vector [outFeatures], not of length zero
 */
export function withoutDirection(loraB: Float32Array, vector: Float32Array): Float32Array {
  const outFeatures = vector.length;
  const rank = loraB.length / outFeatures;
  const length = euclideanNorm(vector);
  const unit = vector.map((value) => value / length);
  const rest = Float32Array.from(loraB);
  for (let column = 0; column < rank; column++) {
    const own = Float32Array.from(unit, (_, row) => loraB[row * rank + column] ?? NaN);
    const along = innerProduct(own, unit);
    for (let row = 0; row < outFeatures; row++) {
      rest[row * rank + column] = (own[row] ?? NaN) - along * (unit[row] ?? NaN);
    }
  }
  const left = euclideanNorm(rest);
  if (left === 0) return rest;
  const factor = euclideanNorm(loraB) / left;
  return rest.map((value) => factor * value);
}
