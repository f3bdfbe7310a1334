import { Random } from "../../tensor/random.js";
import { spread, type Spread } from "../series/spread.js";
import type { ScalarRows } from "./scalarRows.js";

/** A token of the vocabulary with the mean of a scalar over its places. */
export interface TokenMean {
  readonly token: number;
  readonly count: number;
  readonly mean: number;
  /** Distance of the mean from that of all tokens, in standard errors: a mean of few places strays further. */
  readonly z: number;
}

/** The tokens at which an adapter's scalar is highest and lowest on average. */
export interface ScalarTokens {
  readonly feature: string;
  /** Mean and spread of the scalar over all tokens. */
  readonly all: Spread;
  /** From the highest mean downwards. */
  readonly highest: readonly TokenMean[];
  /** From the lowest mean upwards. */
  readonly lowest: readonly TokenMean[];
  /** The same after the scalars were dealt out to the places at random, over the shuffles. */
  readonly shuffled: {
    /** Highest mean of any token. */
    readonly highest: Spread;
    /** Lowest mean of any token. */
    readonly lowest: Spread;
    /** Largest |z| of any token. */
    readonly largestZ: Spread;
  };
}

/** Settings of means by token. */
export interface TokenMeansOptions {
  /** Fewest places of a token that is listed: the mean of few is mostly noise. @default 5 */
  readonly leastCount?: number;
  /** Number of tokens listed at either end. @default 10 */
  readonly listed?: number;
  /** Number of shuffles for the baseline. @default 50 */
  readonly shuffles?: number;
  /** @default 0 */
  readonly seed?: number;
}

/**
 * Finds the tokens at which each scalar is highest and lowest on average, beside what chance makes of the same counts.
 * The sign of a scalar is arbitrary, so that both ends count.
 *
 * @param tokenIds token of each row
 */
export function tokenMeans(
  { scalars, features }: Pick<ScalarRows, "scalars" | "features">,
  tokenIds: ArrayLike<number>,
  { leastCount = 5, listed = 10, shuffles = 50, seed = 0 }: TokenMeansOptions = {},
): ScalarTokens[] {
  const dimension = features.length;
  const rowsOf = new Map<number, number[]>();
  for (let row = 0; row < tokenIds.length; row++) {
    const token = tokenIds[row] ?? NaN;
    const rows = rowsOf.get(token);
    if (rows === undefined) rowsOf.set(token, [row]);
    else rows.push(row);
  }
  const kept = [...rowsOf].filter(([, rows]) => rows.length >= leastCount);
  const random = new Random(seed).fork("token means");
  const orders = Array.from({ length: shuffles }, (_, shuffle) =>
    random.fork(shuffle).permutation(tokenIds.length),
  );
  return features.map((feature, column) => {
    const values = Float64Array.from(
      { length: tokenIds.length },
      (_, row) => scalars[row * dimension + column] ?? NaN,
    );
    const all = spread([...values]);
    const meanOf = (token: number, rows: readonly number[]): TokenMean => {
      const mean = rows.reduce((sum, row) => sum + (values[row] ?? NaN), 0) / rows.length;
      const z = ((mean - all.mean) * Math.sqrt(rows.length)) / all.standardDeviation;
      return { token, count: rows.length, mean, z };
    };
    const means = kept
      .map(([token, rows]) => meanOf(token, rows))
      .sort((one, other) => other.mean - one.mean);
    const dealt = orders.map((order) =>
      kept.map(([token, rows]) =>
        meanOf(
          token,
          rows.map((row) => order[row] ?? -1),
        ),
      ),
    );
    const overShuffles = (of: (tokens: readonly TokenMean[]) => number): Spread => spread(dealt.map(of));
    return {
      feature,
      all,
      highest: means.slice(0, listed),
      lowest: means.slice(-listed).reverse(),
      shuffled: {
        highest: overShuffles((tokens) => Math.max(...tokens.map(({ mean }) => mean))),
        lowest: overShuffles((tokens) => Math.min(...tokens.map(({ mean }) => mean))),
        largestZ: overShuffles((tokens) => Math.max(...tokens.map(({ z }) => Math.abs(z)))),
      },
    };
  });
}
