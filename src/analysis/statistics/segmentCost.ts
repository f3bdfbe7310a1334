/** What it costs to explain a stretch of observations by one segment. */
export interface SegmentCost {
  /** Number of observations. */
  readonly count: number;
  /** Fewest observations that a segment can have. */
  readonly shortest: number;
  /** Free parameters of one segment, its beginning not counted. */
  readonly parameters: number;
  /** Cost of observations `start` to `end` − 1. */
  readonly between: (start: number, end: number) => number;
}

/**
 * The L2 model: a segment is a constant vector plus noise, its cost the residual sum of squares.
 *
 * @param rows observations `[n][dimension]`, all finite.
 */
export function constantCost(rows: readonly (readonly number[])[]): SegmentCost {
  const dimension = rows[0]?.length ?? 0;
  const sums = prefixSums(rows);
  const squares = prefixSums(rows.map((row) => [row.reduce((sum, value) => sum + value * value, 0)]));
  return {
    count: rows.length,
    shortest: 1,
    parameters: dimension,
    between: (start, end) => {
      let explained = 0;
      for (const sum of sums) explained += difference(sum, start, end) ** 2;
      return Math.max(0, difference(squares[0], start, end) - explained / (end - start));
    },
  };
}

/**
 * The piecewise-linear model: a segment is a straight line in every coordinate plus noise, its cost the residual
 * sum of squares. Neighbouring lines need not meet.
 *
 * @param positions where the observations lie, strictly increasing.
 * @param rows observations `[n][dimension]`, all finite.
 */
export function lineCost(positions: readonly number[], rows: readonly (readonly number[])[]): SegmentCost {
  const dimension = rows[0]?.length ?? 0;
  // Positions about their mean, so that sums of squares lose no digits to a far origin.
  const center = positions.reduce((sum, position) => sum + position, 0) / positions.length;
  const x = positions.map((position) => position - center);
  const [sumX] = prefixSums(x.map((each) => [each]));
  const [sumXX] = prefixSums(x.map((each) => [each * each]));
  const sums = prefixSums(rows);
  const squares = prefixSums(rows.map((row) => row.map((value) => value * value)));
  const products = prefixSums(rows.map((row, index) => row.map((value) => value * (x[index] ?? NaN))));
  return {
    count: rows.length,
    shortest: 2,
    parameters: 2 * dimension,
    between: (start, end) => {
      const n = end - start;
      const meanX = difference(sumX, start, end) / n;
      const spread = difference(sumXX, start, end) - n * meanX * meanX;
      let cost = 0;
      for (let axis = 0; axis < dimension; axis++) {
        const meanY = difference(sums[axis], start, end) / n;
        const total = difference(squares[axis], start, end) - n * meanY * meanY;
        const product = difference(products[axis], start, end) - n * meanX * meanY;
        cost += Math.max(0, total - (spread > 0 ? (product * product) / spread : 0));
      }
      return cost;
    },
  };
}

/** Running sums of every column, `[dimension][n + 1]`, from 0. */
function prefixSums(rows: readonly (readonly number[])[]): Float64Array[] {
  return Array.from({ length: rows[0]?.length ?? 1 }, (_, axis) => {
    const sums = new Float64Array(rows.length + 1);
    for (const [index, row] of rows.entries()) sums[index + 1] = (sums[index] ?? 0) + (row[axis] ?? NaN);
    return sums;
  });
}

function difference(sums: Float64Array | undefined, start: number, end: number): number {
  return (sums?.[end] ?? NaN) - (sums?.[start] ?? NaN);
}
