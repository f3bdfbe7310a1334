/**
 * Draws the next token of each row by inverting the cumulative distribution at a uniform number.
 *
 * The uniform numbers come from the caller's seeded streams, one a row, so that a row's answer does not depend on
 * what else is in the batch. Sums are in double precision, and the graph only has to hand over probabilities.
 * @param probabilities [B, vocabularySize], rows that sum to about 1
 * @param uniform one number in [0, 1) a row
 * @returns [B]
 */
export function drawTokens(probabilities: Float32Array, uniform: readonly number[]): Int32Array {
  const vocabularySize = probabilities.length / uniform.length;
  return Int32Array.from(uniform, (threshold, row) => {
    const start = row * vocabularySize;
    let cumulative = 0;
    let lastPossible = 0;
    for (let token = 0; token < vocabularySize; token++) {
      const probability = probabilities[start + token] ?? 0;
      if (probability === 0) continue;
      lastPossible = token;
      cumulative += probability;
      if (cumulative > threshold) return token;
    }
    // Rounding can leave the sum a little short of a threshold close to 1.
    return lastPossible;
  });
}

/**
 * The most probable token of each row; the first of equals.
 * @param probabilities [B, vocabularySize]
 */
export function bestTokens(probabilities: Float32Array, rows: number): Int32Array {
  const vocabularySize = probabilities.length / rows;
  return Int32Array.from({ length: rows }, (_, row) => {
    const start = row * vocabularySize;
    let best = 0;
    for (let token = 1; token < vocabularySize; token++) {
      if ((probabilities[start + token] ?? 0) > (probabilities[start + best] ?? 0)) best = token;
    }
    return best;
  });
}
