import type { CrossProducts } from "../../tensor/crossProducts.js";
import { innerProduct } from "./innerProduct.js";
import {
  combined,
  longest,
  orthonormalized,
  removeParts,
  symmetricEigenpairs,
  type Eigenpairs,
} from "./orthogonal.js";

/** Error of a score, relative to the largest, that the search goes on to: what rounding to float32 amounts to. */
const scoreTolerance = 1e-7;
/** Residual, relative to the largest eigenvalue, of a pair that counts as found however close others are. */
const residualTolerance = 1e-12;
/** Blocks after which the search starts again from the best vectors found, so that it does not slow down. */
const mostBlocks = 12;
/** Blocks before which no pair is found. */
const fewestBlocks = 3;

/**
 * Orthonormal vectors, `[width][length]`, that span the leading eigenvectors of a matrix's product with its transpose;
 * fewer where there are no more.
 *
 * A block Krylov method with full reorthogonalisation (Golub and Van Loan, chapter 10) and thick restarts (Wu and Simon
 * 2000). The products are in float32, all else is in float64. Unlike a randomised range finder with a fixed number of
 * passes it goes on until the first `count` pairs are found to what those products can tell, so that the result depends
 * on the start no more than on rounding. A block is wider than `count`, so that equal eigenvalues are all found.
 *
 * @param start a guess, `[length, width]`, of which no eigenvector may be left out: noise, or something with noise in it
 */
export async function leadingSubspace(
  products: CrossProducts,
  count: number,
  start: Float32Array,
): Promise<Float64Array[]> {
  const { length, width } = products;
  // What the matrix makes of a guess holds more of what is looked for than the guess itself, which is not worth a block.
  const improved = columnsOf((await products.times(start)).back, width);
  let next = orthonormalized(improved, longest(improved));
  let basis: Float64Array[] = [];
  /** The matrix in terms of the basis, its lower triangle. */
  let projected: ArrayLike<number>[] = [];
  let worstBefore = Infinity;
  while (next.length > 0) {
    const first = basis.length;
    basis.push(...next);
    const { back } = await products.times(interleaved(next, products));
    const images = columnsOf(back, width).slice(0, next.length);
    const before = longest(images);
    projected.push(...removeParts(images, basis));
    next = orthonormalized(images, before).slice(0, length - basis.length);
    if (basis.length < fewestBlocks * width && next.length > 0) continue;

    const ritz = symmetricEigenpairs(projected);
    const isFull = basis.length >= mostBlocks * width;
    const worst = worstError(ritz, residuals(ritz, images, first, count), width);
    // Where a whole cycle made nothing better, rounding is all that is left of the residuals.
    const isFound = worst <= 1 || (isFull && worst > worstBefore / 2);
    if (isFound || next.length === 0) return combinations(basis, ritz, width);
    if (!isFull) continue;
    worstBefore = worst;
    const kept = (mostBlocks / 2) * width;
    basis = combinations(basis, ritz, kept);
    projected = ritz.values
      .slice(0, kept)
      .map((value, index) => [...Array.from({ length: index }, () => 0), value]);
  }
  return basis;
}

/** ‖Mv − λv‖ of the first pairs: the part of Mv that lies outside the basis comes from its last block only. */
function residuals(
  { vectors }: Eigenpairs,
  outside: readonly Float64Array[],
  firstOfBlock: number,
  count: number,
): number[] {
  const products = outside.map((left) => outside.map((right) => innerProduct(left, right)));
  return vectors.slice(0, count).map((vector) => {
    const weights = vector.slice(firstOfBlock);
    const squared = products.map((row, index) => (weights[index] ?? NaN) * weightedSum(row, weights));
    return Math.sqrt(Math.max(0, sum(squared)));
  });
}

/**
 * The largest error among the first pairs in units of what is tolerated. A residual r turns an eigenvector by r over the
 * distance to the eigenvalues outside of the wanted space, and moves its scores by as much of their length √λ.
 */
function worstError({ values }: Eigenpairs, residual: readonly number[], width: number): number {
  const largest = values[0] ?? 0;
  if (!(largest > 0)) return 0;
  const outside = values[width] ?? 0;
  const errors = residual.map((length, index) => {
    const value = Math.max(0, values[index] ?? 0);
    const ofScores = (length * Math.sqrt(value / largest)) / (scoreTolerance * (value - outside));
    const tiny = length / (residualTolerance * largest);
    return ofScores >= 0 ? Math.min(ofScores, tiny) : tiny;
  });
  return Math.max(...errors);
}

function combinations(
  basis: readonly Float64Array[],
  { vectors }: Eigenpairs,
  count: number,
): Float64Array[] {
  return vectors.slice(0, count).map((weights) => combined(basis, weights));
}

/** The columns of a block, `[length, width]`, one by one. */
export function columnsOf(block: Float32Array, width: number): Float64Array[] {
  return Array.from({ length: width }, (_, column) => {
    const values = new Float64Array(block.length / width);
    for (let row = 0; row < values.length; row++) values[row] = block[row * width + column] ?? NaN;
    return values;
  });
}

/** Vectors as the columns of a block; those that are missing are 0. */
export function interleaved(
  vectors: readonly Float64Array[],
  { length, width }: { readonly length: number; readonly width: number },
): Float32Array {
  const block = new Float32Array(length * width);
  for (const [column, vector] of vectors.entries()) {
    for (let row = 0; row < length; row++) block[row * width + column] = vector[row] ?? NaN;
  }
  return block;
}

function weightedSum(values: readonly number[], weights: readonly number[]): number {
  return values.reduce((total, value, index) => total + value * (weights[index] ?? NaN), 0);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
