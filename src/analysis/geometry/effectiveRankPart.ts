/**
 * Number of directions that matter, from singular values: exp(−Σ p ln p) with p = σ / Σσ (Roy and Vetterli 2007).
 * Between 1 and their number; NaN when all are zero.
 */
export function effectiveRank(singularValues: readonly number[]): number {
  const total = singularValues.reduce((sum, value) => sum + value, 0);
  if (!(total > 0)) return NaN;
  let entropy = 0;
  for (const value of singularValues) {
    const share = value / total;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return Math.exp(entropy);
}

/**
 * Participation ratio (Σλ)² / Σλ² of the variances λ = σ² (methods §6.9): 1 for one direction, n for n equal ones.
 * It counts small directions for less than the effective rank does. NaN when all are zero.
 */
export function participationRatio(singularValues: readonly number[]): number {
  let sum = 0;
  let squares = 0;
  for (const value of singularValues) {
    sum += value ** 2;
    squares += value ** 4;
  }
  return squares > 0 ? sum ** 2 / squares : NaN;
}
