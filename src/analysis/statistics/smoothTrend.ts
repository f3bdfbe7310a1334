/** A curve without a bend, fitted by least squares. */
export interface SmoothFit {
  readonly family: "line" | "parabola" | "exponential";
  /** Of an exponential, in the units of the positions; NaN for the others. */
  readonly timeConstant: number;
  readonly fitted: readonly number[];
  readonly residualSum: number;
}

export interface SmoothTrend {
  /** The best of all families. */
  readonly fit: (values: readonly number[]) => SmoothFit;
}

/** A curve that values may follow: its family, and orthonormal vectors that span it beside a constant. */
interface Candidate {
  readonly family: SmoothFit["family"];
  readonly timeConstant: number;
  readonly basis: readonly (readonly number[])[];
}

/** Time constants tried, from the distance of two observations to four times the run. */
const timeConstants = 24;

/**
 * The curves that an indicator follows when nothing happens: a straight line, a parabola, and the approach to a
 * level y = a + b·exp(−x/τ), or its mirror image, a growth y = a + b·exp(x/τ). Positions are fixed; fitting
 * another series costs two inner products a curve.
 *
 * @param positions strictly increasing, at least five.
 */
export function smoothTrend(positions: readonly number[]): SmoothTrend {
  const origin = positions[0] ?? NaN;
  const range = (positions.at(-1) ?? NaN) - origin;
  const x = positions.map((position) => (position - origin) / range);
  const shortest = 2 / (positions.length - 1);
  const exponentials = Array.from(
    { length: timeConstants },
    (_, index) => shortest * (4 / shortest) ** (index / (timeConstants - 1)),
  );
  const candidates: Candidate[] = [
    { family: "line", timeConstant: NaN, basis: orthonormal([x]) },
    { family: "parabola", timeConstant: NaN, basis: orthonormal([x, x.map((each) => each * each)]) },
    ...exponentials.flatMap((timeConstant) =>
      [-1, 1].map((sign) => ({
        family: "exponential" as const,
        timeConstant: -sign * timeConstant * range,
        basis: orthonormal([x.map((each) => Math.exp((sign * (sign > 0 ? each - 1 : each)) / timeConstant))]),
      })),
    ),
  ];
  return { fit: (values) => bestOf(candidates, values) };
}

/** The parabola, or straight line, of least squares. */
export function parabolaTrend(positions: readonly number[]): SmoothTrend {
  const origin = positions[0] ?? NaN;
  const range = (positions.at(-1) ?? NaN) - origin;
  const x = positions.map((position) => (position - origin) / range);
  const basis = orthonormal([x, x.map((each) => each * each)]);
  return { fit: (values) => bestOf([{ family: "parabola", timeConstant: NaN, basis }], values) };
}

function bestOf(tried: readonly Candidate[], values: readonly number[]): SmoothFit {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centered = values.map((value) => value - mean);
  const total = centered.reduce((sum, value) => sum + value * value, 0);
  let best = tried[0];
  let largest = -Infinity;
  for (const candidate of tried) {
    const gain = candidate.basis.reduce((sum, vector) => sum + dot(vector, centered) ** 2, 0);
    if (gain > largest) [best, largest] = [candidate, gain];
  }
  const loadings = (best?.basis ?? []).map((vector) => ({ vector, loading: dot(vector, centered) }));
  const fitted = centered.map((_, index) =>
    loadings.reduce((sum, { vector, loading }) => sum + loading * (vector[index] ?? NaN), mean),
  );
  const residualSum = values.reduce((sum, value, index) => sum + (value - (fitted[index] ?? NaN)) ** 2, 0);
  return {
    family: best?.family ?? "line",
    timeConstant: best?.timeConstant ?? NaN,
    fitted,
    residualSum: Math.max(residualSum, total * Number.EPSILON),
  };
}

/** Orthonormal vectors that span the given ones without their means (Gram–Schmidt). */
function orthonormal(vectors: readonly (readonly number[])[]): number[][] {
  const basis: number[][] = [];
  for (const vector of vectors) {
    const mean = vector.reduce((sum, value) => sum + value, 0) / vector.length;
    let rest = vector.map((value) => value - mean);
    for (const earlier of basis) {
      const product = dot(earlier, rest);
      rest = rest.map((value, index) => value - product * (earlier[index] ?? NaN));
    }
    const norm = Math.sqrt(dot(rest, rest));
    if (norm > 0) basis.push(rest.map((value) => value / norm));
  }
  return basis;
}

function dot(left: readonly number[], right: readonly number[]): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += (left[index] ?? NaN) * (right[index] ?? NaN);
  return sum;
}
