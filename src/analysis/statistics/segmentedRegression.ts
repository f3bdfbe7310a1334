/** A continuous piecewise-linear curve in one or more coordinates. */
export interface SegmentedFit {
  /** Knots at which the slope changes, ascending: positions of observations. */
  readonly knots: readonly number[];
  /** For every coordinate, the slope before the first knot and after each. */
  readonly slopes: readonly (readonly number[])[];
  /** Fitted values of every coordinate, `[dimension][n]`. */
  readonly fitted: readonly Float64Array[];
  /** Residual sum of squares over all coordinates. */
  readonly residualSum: number;
}

/** Continuous piecewise-linear regression on fixed positions; coordinates are `[dimension][n]`. */
export interface SegmentedRegression {
  /** The best curve with a number of knots, tried at all observations but the outermost. */
  readonly fit: (coordinates: readonly ArrayLike<number>[], knots: 1 | 2) => SegmentedFit;
}

/** Rounds of adjusting one of two knots while the other stays. */
const sweeps = 3;

/**
 * Broken-stick regression: y = a + b·x + Σ cᵢ·max(0, x − κᵢ) plus noise, by least squares, the knots κ among the
 * observations (Hudson 1966, JASA 61). One knot is found by trying all. A second is added where it helps most and
 * both are then adjusted in turn, which finds a local optimum. A trial costs the same whatever the number of
 * observations: inner products of hinges come from sums over the observations beyond a knot.
 *
 * @param positions of the observations, strictly increasing, at least five.
 * @param margin fewest observations before the first knot, after the last and between two. @default 3
 */
export function segmentedRegression(positions: readonly number[], margin = 3): SegmentedRegression {
  const count = positions.length;
  const origin = positions[0] ?? NaN;
  const range = (positions.at(-1) ?? NaN) - origin;
  // On [0, 1] about the mean, so that the constant drops out and the products keep their digits.
  const unit = Float64Array.from(positions, (position) => (position - origin) / range);
  const mean = unit.reduce((sum, value) => sum + value, 0) / count;
  const x = unit.map((value) => value - mean);
  const beyond0 = tailSums(x.map(() => 1));
  const beyond1 = tailSums(x);
  const beyond2 = tailSums(x.map((value) => value * value));
  const spread = beyond2[0] ?? NaN;

  /** Inner product of two hinges, the earlier knot first. */
  const hingeProduct = (earlier: number, later: number): number => {
    const [from, to] = [x[earlier] ?? NaN, x[later] ?? NaN];
    return (
      (beyond2[later] ?? NaN) - (from + to) * (beyond1[later] ?? NaN) + from * to * (beyond0[later] ?? NaN)
    );
  };
  // Of every hinge with the constant and with x.
  const withOne = x.map((knot, index) => (beyond1[index] ?? NaN) - knot * (beyond0[index] ?? NaN));
  const withX = x.map((knot, index) => (beyond2[index] ?? NaN) - knot * (beyond1[index] ?? NaN));
  /** Inner product of what two hinges are beside any straight line. */
  const bentProduct = (earlier: number, later: number): number =>
    hingeProduct(earlier, later) -
    ((withOne[earlier] ?? NaN) * (withOne[later] ?? NaN)) / count -
    ((withX[earlier] ?? NaN) * (withX[later] ?? NaN)) / spread;
  const bentSquared = x.map((_, index) => bentProduct(index, index));

  return { fit };

  function fit(coordinates: readonly ArrayLike<number>[], knots: 1 | 2): SegmentedFit {
    const lines = coordinates.map((values) => lineOf(values));
    const products = lines.map(({ rest }) => {
      const plain = tailSums(rest);
      const byX = tailSums(rest.map((value, index) => value * (x[index] ?? NaN)));
      return x.map((knot, index) => (byX[index] ?? NaN) - knot * (plain[index] ?? NaN));
    });
    let chosen = [bestBeside(products, null)];
    if (knots === 2) {
      let [first, second] = [chosen[0] ?? 0, bestBeside(products, chosen[0] ?? 0)];
      for (let sweep = 0; sweep < sweeps; sweep++) {
        const moved = bestBeside(products, second);
        const other = bestBeside(products, moved);
        if (moved === first && other === second) break;
        [first, second] = [moved, other];
      }
      chosen = [first, second].sort((left, right) => left - right);
    }
    return assemble(coordinates, lines, products, chosen);
  }

  /** The knot that explains most beside a line and perhaps another knot. */
  function bestBeside(products: readonly Float64Array[], other: number | null): number {
    let best = Math.floor(count / 2);
    let largest = -Infinity;
    const otherSquared = other === null ? NaN : (bentSquared[other] ?? NaN);
    for (let knot = margin; knot < count - margin; knot++) {
      let squared = bentSquared[knot] ?? NaN;
      let shared = 0;
      if (other !== null) {
        if (Math.abs(other - knot) < margin) continue;
        shared = bentProduct(Math.min(knot, other), Math.max(knot, other)) / otherSquared;
        squared -= shared * shared * otherSquared;
      }
      let gain = 0;
      for (const product of products) {
        const own = (product[knot] ?? NaN) - (other === null ? 0 : shared * (product[other] ?? NaN));
        gain += (own * own) / squared;
      }
      if (gain > largest) [best, largest] = [knot, gain];
    }
    return best;
  }

  function lineOf(values: ArrayLike<number>): { level: number; slope: number; rest: Float64Array } {
    let sum = 0;
    let product = 0;
    for (let index = 0; index < count; index++) sum += values[index] ?? NaN;
    const level = sum / count;
    for (let index = 0; index < count; index++) {
      product += ((values[index] ?? NaN) - level) * (x[index] ?? NaN);
    }
    const slope = product / spread;
    return { level, slope, rest: x.map((at, index) => (values[index] ?? NaN) - level - slope * at) };
  }

  function assemble(
    coordinates: readonly ArrayLike<number>[],
    lines: readonly { level: number; slope: number }[],
    products: readonly Float64Array[],
    chosen: readonly number[],
  ): SegmentedFit {
    const [first = 0, second] = chosen;
    let residualSum = 0;
    let total = 0;
    const slopes: number[][] = [];
    const fitted = coordinates.map((values, axis) => {
      const { level = NaN, slope = NaN } = lines[axis] ?? {};
      const side = (knot: number): number => products[axis]?.[knot] ?? NaN;
      const changes =
        second === undefined
          ? [side(first) / (bentSquared[first] ?? NaN)]
          : solvePair(
              [bentSquared[first] ?? NaN, bentProduct(first, second), bentSquared[second] ?? NaN],
              [side(first), side(second)],
            );
      // What the hinges hold of the constant and of x goes back to the line.
      let constant = level;
      let inclination = slope;
      for (const [index, change] of changes.entries()) {
        const knot = chosen[index] ?? 0;
        constant -= (change * (withOne[knot] ?? NaN)) / count;
        inclination -= (change * (withX[knot] ?? NaN)) / spread;
      }
      const own = [inclination / range];
      for (const change of changes) own.push((own.at(-1) ?? NaN) + change / range);
      slopes.push(own);
      const curve = x.map((at) => {
        let value = constant + inclination * at;
        for (const [index, change] of changes.entries()) {
          value += change * Math.max(0, at - (x[chosen[index] ?? 0] ?? NaN));
        }
        return value;
      });
      for (const [index, value] of curve.entries()) {
        residualSum += ((values[index] ?? NaN) - value) ** 2;
        total += ((values[index] ?? NaN) - level) ** 2;
      }
      return curve;
    });
    return {
      knots: chosen.map((knot) => positions[knot] ?? NaN),
      slopes,
      fitted,
      // Nothing is explained more exactly than rounding allows.
      residualSum: Math.max(residualSum, total * Number.EPSILON),
    };
  }
}

/** Sums from every position to the end. */
function tailSums(values: Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let index = values.length - 1; index >= 0; index--) {
    sums[index] = (sums[index + 1] ?? 0) + (values[index] ?? NaN);
  }
  return sums;
}

/** Solves a symmetric system of two equations; the matrix is `[a, b, d]` for `[[a, b], [b, d]]`. */
function solvePair(
  [a, b, d]: readonly [number, number, number],
  [left, right]: readonly [number, number],
): [number, number] {
  const determinant = a * d - b * b;
  return [(d * left - b * right) / determinant, (a * right - b * left) / determinant];
}
