import { TurncoatError } from "../../errors.js";
import { Random } from "../../tensor/random.js";
import { cosineBetween, euclideanNorm, innerProduct } from "../linalg/innerProduct.js";

/** Activations `[n, d]`, row-major. */
export interface ActivationRows {
  readonly values: Float32Array;
  readonly n: number;
  /** How much each row counts for, such as the tokens that it is a mean over. @default all alike */
  readonly weights?: readonly number[];
}

/** Direction from the mean of aligned activations to that of misaligned ones. */
export interface MeanDifference {
  /** Misaligned minus aligned mean, unit norm `[d]`; zero where the means are equal. */
  readonly misalignmentDirection: Float32Array;
  /** Norm of the difference before it was normalised. */
  readonly norm: number;
  /** Projection of the aligned mean on the direction; 0 where the means are equal. */
  readonly alignedProjection: number;
  /** Mean cosine between the directions of two random halves; NaN with fewer than two rows in a class. */
  readonly splitHalfCosine: number;
  readonly splits: number;
  readonly misalignedCount: number;
  readonly alignedCount: number;
  readonly seed: number;
}

/**
 * Mean-difference misalignment direction (2506.11618, section 3.1): the mean activation of misaligned minus that
 * of aligned answers, rows pooled by their weights. Its stability is the cosine between the directions of two
 * random halves of the rows.
 *
 * @param options.seed @default 0
 * @param options.splits random halvings that are averaged. @default 10
 * @throws TurncoatError when a class is empty or the shapes do not fit.
 */
export function meanDifference(
  misaligned: ActivationRows,
  aligned: ActivationRows,
  options: { seed?: number; splits?: number } = {},
): MeanDifference {
  const { seed = 0, splits = 10 } = options;
  const dimension = misaligned.values.length / misaligned.n;
  for (const [name, rows] of [["misaligned", misaligned] as const, ["aligned", aligned] as const]) {
    if (rows.n < 1) throw new TurncoatError(`meanDifference: there are no ${name} activations`);
    if (rows.values.length !== rows.n * dimension || !Number.isInteger(dimension)) {
      throw new TurncoatError(
        `meanDifference: ${rows.values.length} ${name} numbers are not ${rows.n} rows of ${dimension}`,
      );
    }
  }
  const alignedMean = meanOf(aligned, dimension, range(aligned.n));
  const difference = subtract(meanOf(misaligned, dimension, range(misaligned.n)), alignedMean);
  const norm = euclideanNorm(difference);
  const random = new Random(seed).fork("split halves");
  let cosineSum = 0;
  for (let split = 0; split < splits; split++) {
    const [first, second] = [halves(misaligned.n, random), halves(aligned.n, random)];
    const directions = [0, 1].map((half) =>
      subtract(
        meanOf(misaligned, dimension, first[half] ?? []),
        meanOf(aligned, dimension, second[half] ?? []),
      ),
    );
    cosineSum += cosineBetween(directions[0] ?? new Float64Array(0), directions[1] ?? new Float64Array(0));
  }
  return {
    misalignmentDirection: Float32Array.from(difference, (value) => (norm > 0 ? value / norm : 0)),
    norm,
    alignedProjection: norm > 0 ? innerProduct(alignedMean, difference) / norm : 0,
    splitHalfCosine: misaligned.n < 2 || aligned.n < 2 ? NaN : cosineSum / splits,
    splits,
    misalignedCount: misaligned.n,
    alignedCount: aligned.n,
    seed,
  };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function halves(count: number, random: Random): readonly [number[], number[]] {
  const order = random.permutation(count);
  const middle = Math.floor(count / 2);
  return [order.slice(0, middle), order.slice(middle)];
}

function meanOf(
  { values, weights }: ActivationRows,
  dimension: number,
  rows: readonly number[],
): Float64Array {
  const mean = new Float64Array(dimension);
  let total = 0;
  for (const row of rows) {
    const weight = weights === undefined ? 1 : (weights[row] ?? NaN);
    total += weight;
    for (let column = 0; column < dimension; column++) {
      mean[column] = (mean[column] ?? 0) + weight * (values[row * dimension + column] ?? NaN);
    }
  }
  return mean.map((value) => value / total);
}

function subtract(left: Float64Array, right: Float64Array): Float64Array {
  return left.map((value, index) => value - (right[index] ?? NaN));
}
