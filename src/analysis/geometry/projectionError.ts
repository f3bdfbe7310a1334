/** Inner products ⟨x, x⟩, ⟨x, y⟩ and ⟨y, y⟩ of what two vectors have in one part, such as in one adapter. */
export interface PairProducts {
  readonly one: number;
  readonly across: number;
  readonly other: number;
}

/**
 * Variance of inner products of random projections, as a multiple of that of an ideal one.
 *
 * A count sketch of a vector, such as A or B, has 1 at most. That of ΔW has 1 + 2/ρ, ρ the participation ratio of the
 * singular values of what is compared: 3 at rank 1, towards 1 at high ranks. ρ cannot be seen in the projections, so that
 * the worst is taken. Of 4000 drawn cosines of a kind the bound then holds for 96 % (rank 1, both factors differing, nearly
 * parallel), 98 % (rank 1, the same A) to 99.9 % (rank 4).
 */
export const projectionVariance = { factor: 1, update: 3 } as const;

/**
 * Standard errors on either side within which 95 % of errors lie, at rank 1 too, where their tails are longer than those of a
 * normal distribution.
 */
const standardErrors = 2.1;

/**
 * Bounds the error of the cosine of two vectors that is computed from random projections of their parts, each with hashes
 * of its own: 95 % of cosines are within it.
 *
 * To first order in the errors of inner products the cosine c of one part errs by (1 − c²)√(κ/m): by nothing where the two
 * are parallel. Of many parts the errors average out, the more the more evenly they carry the vectors. In general the
 * variance is 2κ(1 − c²)²/m · Σ tr((M G)²), over the Gram matrices G of the two unit vectors x and z in each part, z the
 * rest of y beside x, and M = [[c, s], [s, −c]]/2 with s² = 1 − c².
 *
 * @param numbers m, the length of each projection
 * @param variance κ, of `projectionVariance`
 * @returns NaN where either vector is zero
 */
export function cosineBound(
  parts: readonly PairProducts[],
  { numbers, variance }: { readonly numbers: number; readonly variance: number },
): number {
  let [one, across, other] = [0, 0, 0];
  for (const part of parts) {
    one += part.one;
    across += part.across;
    other += part.other;
  }
  if (!(one > 0) || !(other > 0)) return NaN;
  const slope = across / one;
  const rest = other - slope * across;
  // Parallel vectors, up to rounding: the cosine of projections is exact.
  if (!(rest > 1e-12 * other)) return 0;
  const sineSquared = rest / other;
  const sine = Math.sqrt(sineSquared);
  const cosine = across / Math.sqrt(one * other);
  let trace = 0;
  for (const part of parts) {
    const p = part.one / one;
    const w = (part.across - slope * part.one) / Math.sqrt(one * rest);
    const r = (part.other - 2 * slope * part.across + slope ** 2 * part.one) / rest;
    const a = (cosine * p + sine * w) / 2;
    const b = (cosine * w + sine * r) / 2;
    const c = (sine * p - cosine * w) / 2;
    const d = (sine * w - cosine * r) / 2;
    trace += a * a + d * d + 2 * b * c;
  }
  return standardErrors * sineSquared * Math.sqrt(((2 * variance) / numbers) * Math.max(0, trace));
}

/**
 * Bounds the relative error of a norm that is computed from random projections of the parts of a vector, and the error of
 * the cosine of two such vectors at right angles: 95 % are within it.
 *
 * @param squares squared norms of the parts
 */
export function projectionBounds(
  squares: readonly number[],
  { numbers, variance }: { readonly numbers: number; readonly variance: number },
): { readonly norm: number; readonly cosine: number } {
  const sum = squares.reduce((total, square) => total + square, 0);
  const concentration = squares.reduce((total, square) => total + square ** 2, 0) / sum ** 2;
  const cosine = standardErrors * Math.sqrt((variance * concentration) / numbers);
  return { norm: cosine / Math.SQRT2, cosine };
}
