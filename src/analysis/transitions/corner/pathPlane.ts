import { gramMatrix } from "../../linalg/gramMatrix.js";

/** A path in the plane of its first two principal components. */
export interface PathPlane {
  /** Scores of every position, `[2][n]`; each component's largest score by magnitude is positive. */
  readonly scores: readonly [Float64Array, Float64Array];
  /** Shares of the total variance. */
  readonly explainedVarianceRatio: readonly [number, number];
}

/**
 * The scores of a path's first two principal components, by orthogonal iteration on three vectors that begin as
 * straight, curved and twice curved paths look: close to the answer, and cheap enough to be repeated for every
 * draw of a null model (`pca` is the exact decomposition). Where noise makes the second component no larger than
 * the third, any mixture of them serves.
 *
 * The iteration takes place among the dimensions or among the positions, whichever are fewer.
 *
 * @param positions `[n][d]`, all finite.
 * @param rounds of iteration: with 15, a third component 50 % of the second is told apart to 1e-4. @default 15
 */
export function pathPlane(positions: readonly (Float32Array | Float64Array)[], rounds = 15): PathPlane {
  const count = positions.length;
  const isNarrow = (positions[0]?.length ?? 0) < count;
  const columns = isNarrow ? centeredColumns(positions) : [];
  const products = isNarrow ? gramMatrix(columns) : gramMatrix(positions, { centered: true });
  const likely = [1, 2, 3].map((frequency) =>
    Float64Array.from({ length: count }, (_, index) => Math.cos((Math.PI * frequency * index) / (count - 1))),
  );
  const begun = isNarrow
    ? likely.map((vector) => Float64Array.from(columns, (column) => dot(column, vector)))
    : likely;
  const { vectors, eigenvalues } = iterate(products, begun, rounds);
  let total = 0;
  for (const [index, row] of products.entries()) total += row[index] ?? NaN;
  const scores = (component: number): Float64Array => {
    const vector = vectors[component] ?? new Float64Array(products.length);
    const length = Math.sqrt(eigenvalues[component] ?? 0);
    const values = isNarrow ? combined(columns, vector) : vector.map((value) => length * value);
    const largest = values.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    return largest < 0 ? values.map((value) => -value) : values;
  };
  const share = (component: number): number => (total > 0 ? (eigenvalues[component] ?? 0) / total : NaN);
  return { scores: [scores(0), scores(1)], explainedVarianceRatio: [share(0), share(1)] };
}

/** Orthonormal vectors that approach the leading eigenvectors of a symmetric matrix, and their eigenvalues. */
function iterate(
  matrix: readonly Float64Array[],
  begun: readonly Float64Array[],
  rounds: number,
): { vectors: readonly Float64Array[]; eigenvalues: readonly number[] } {
  let vectors = begun;
  let eigenvalues: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const orthogonal: Float64Array[] = [];
    eigenvalues = [];
    for (const vector of vectors) {
      const rest = Float64Array.from(matrix, (row) => dot(row, vector));
      const before = Math.sqrt(dot(rest, rest));
      for (const earlier of orthogonal) {
        const product = dot(earlier, rest);
        for (let index = 0; index < rest.length; index++) {
          rest[index] = (rest[index] ?? NaN) - product * (earlier[index] ?? NaN);
        }
      }
      const norm = Math.sqrt(dot(rest, rest));
      // Below rounding there is no further component.
      const isPresent = norm > 1e-12 * before && norm > 0;
      eigenvalues.push(isPresent && round > 0 ? norm : 0);
      for (let index = 0; index < rest.length; index++) {
        rest[index] = isPresent ? (rest[index] ?? NaN) / norm : 0;
      }
      orthogonal.push(rest);
    }
    vectors = orthogonal;
  }
  return { vectors, eigenvalues };
}

/** Every dimension over the positions, `[d][n]`, about its mean. */
function centeredColumns(positions: readonly (Float32Array | Float64Array)[]): Float64Array[] {
  const count = positions.length;
  return Array.from({ length: positions[0]?.length ?? 0 }, (_, axis) => {
    const column = new Float64Array(count);
    let sum = 0;
    for (let index = 0; index < count; index++) {
      const value = positions[index]?.[axis] ?? NaN;
      column[index] = value;
      sum += value;
    }
    for (let index = 0; index < count; index++) column[index] = (column[index] ?? NaN) - sum / count;
    return column;
  });
}

/** The columns weighted and added. */
function combined(columns: readonly Float64Array[], weights: Float64Array): Float64Array {
  const sum = new Float64Array(columns[0]?.length ?? 0);
  for (const [axis, column] of columns.entries()) {
    const weight = weights[axis] ?? NaN;
    for (let index = 0; index < sum.length; index++)
      sum[index] = (sum[index] ?? 0) + weight * (column[index] ?? NaN);
  }
  return sum;
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += (left[index] ?? NaN) * (right[index] ?? NaN);
  return sum;
}
