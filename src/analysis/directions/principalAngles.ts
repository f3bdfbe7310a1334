import { innerProduct } from "../linalg/innerProduct.js";
import { longest, orthonormalized, symmetricEigenpairs } from "../linalg/orthogonal.js";

/** How two subspaces lie to each other. */
export interface SubspaceOverlap {
  /** Cosines of the principal angles, the largest first: one for each dimension of the smaller subspace. */
  readonly cosines: readonly number[];
  /** Share of the smaller subspace that lies in the larger one: the mean of the squared cosines. */
  readonly overlap: number;
  /** What random subspaces of these sizes share on average: the larger size over the dimension. */
  readonly randomOverlap: number;
  /** Dimensions of both, which is less than the number of vectors where those depend on each other. */
  readonly sizes: readonly [one: number, other: number];
}

/**
 * Compares the subspaces that two sets of vectors span, by their principal angles (Björck and Golub 1973).
 *
 * @param one vectors of one length, such as the columns of B
 * @param other vectors of the same length
 * @returns NaN throughout where one of them spans nothing
 */
export function principalAngles(
  one: readonly (Float32Array | Float64Array)[],
  other: readonly (Float32Array | Float64Array)[],
): SubspaceOverlap {
  const [left, right] = [one, other].map((vectors) => {
    const rows = vectors.map((vector) => Float64Array.from(vector));
    return orthonormalized(rows, longest(rows));
  });
  const [small = [], large = []] =
    (left?.length ?? 0) <= (right?.length ?? 0) ? [left, right] : [right, left];
  const dimension = small[0]?.length ?? NaN;
  const sizes = [left?.length ?? 0, right?.length ?? 0] as const;
  if (small.length === 0) return { cosines: [], overlap: NaN, randomOverlap: NaN, sizes };
  const products = small.map((row) => large.map((column) => innerProduct(row, column)));
  const { values } = symmetricEigenpairs(
    products.map((row) =>
      products.map((column) => row.reduce((sum, value, at) => sum + value * (column[at] ?? NaN), 0)),
    ),
  );
  const squares = values.map((value) => Math.min(1, Math.max(0, value)));
  return {
    cosines: squares.map(Math.sqrt),
    overlap: squares.reduce((sum, value) => sum + value, 0) / small.length,
    randomOverlap: large.length / dimension,
    sizes,
  };
}
