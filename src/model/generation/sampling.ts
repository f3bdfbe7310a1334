/** Rows to draw from, and the random numbers to draw with. */
export interface Draws {
  /** Row of the probabilities for each draw. */
  readonly sources: readonly number[];
  /** Random number in [0, 1) for each draw. */
  readonly uniform: readonly number[];
  readonly vocabularySize: number;
}

/**
 * Draws tokens by inverting the cumulative distribution at a uniform number.
 *
 * The uniform numbers come from the caller's seeded streams, one a row, so that a row's answer does not depend on
 * what else is in the batch. Sums are in double precision, and the graph only has to hand over probabilities.
 * @param probabilities [B, vocabularySize], rows that sum to about 1
 * @returns one token for each draw
 */
export function drawTokens(
  probabilities: Float32Array,
  { sources, uniform, vocabularySize }: Draws,
): Int32Array {
  return Int32Array.from(sources, (source, draw) => {
    const start = source * vocabularySize;
    const threshold = uniform[draw] ?? 0;
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
 * Finds the most probable token of each row; the first of equals.
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

/** Limits on the tokens that may be drawn. */
export interface TokenLimits {
  /** Number of the most probable tokens that stay, and with them those as probable as the last. @default all */
  readonly topK?: number;
  /** Probability that the most probable tokens have to reach together to stay, at least one. @default 1, all */
  readonly topP?: number;
}

/**
 * Takes the probability of unlikely tokens away and shares it among the others, in place: the k most probable first,
 * then of these the fewest that reach p, as transformers does.
 * @param probabilities [B, vocabularySize]
 */
export function keepLikely(
  probabilities: Float32Array,
  rows: number,
  { topK = Infinity, topP = 1 }: TokenLimits,
): void {
  const vocabularySize = probabilities.length / rows;
  if (topK >= vocabularySize && topP >= 1) return;
  for (let row = 0; row < rows; row++) {
    const shares = probabilities.subarray(row * vocabularySize, (row + 1) * vocabularySize);
    const order = Uint32Array.from(shares.keys()).sort(
      (one, other) => (shares[other] ?? 0) - (shares[one] ?? 0) || one - other,
    );
    const candidates = order.subarray(0, withEquals(shares, order, topK));
    const sum = candidates.reduce((total, token) => total + (shares[token] ?? 0), 0);
    let reached = 0;
    let kept = 0;
    while (kept < candidates.length && (kept === 0 || reached < topP * sum)) {
      reached += shares[candidates[kept++] ?? 0] ?? 0;
    }
    const chosen = new Set(candidates.subarray(0, kept));
    for (const token of shares.keys()) {
      shares[token] = chosen.has(token) ? (shares[token] ?? 0) / reached : 0;
    }
  }
}

/** Counts the first k of an order from large to small, and as many more as equal the last of them. */
function withEquals(shares: Float32Array, order: Uint32Array, k: number): number {
  let count = Math.min(k, order.length);
  const least = shares[order[count - 1] ?? 0];
  while (count < order.length && shares[order[count] ?? 0] === least) count++;
  return count;
}
