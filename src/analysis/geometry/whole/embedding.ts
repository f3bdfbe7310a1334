import type { DirectionTrajectory } from "../trajectory.js";
import { directionTrajectory } from "../trajectory.js";
import type { Gram } from "../update/updateGram.js";

/** Share of the largest square below which what is left of one is rounding. */
const rounding = 1e-12;

/**
 * Lays a path of which only inner products are known into as many dimensions as it spans, without changing any of them.
 *
 * Norms, angles, local cosines, principal components and every test of a direction need no more, so that whatever
 * reads a path of vectors reads this one. By Cholesky's decomposition with pivots: the step that is worst explained
 * by those before adds the next axis (Higham, *Accuracy and Stability of Numerical Algorithms*, section 10.3).
 * @param gram ⟨x_i, x_j⟩ of all steps, `[n, n]`
 * @returns vectors of as many entries as the path spans dimensions, at least 1
 */
export function embedding(name: string, steps: readonly number[], gram: Gram): DirectionTrajectory {
  const count = steps.length;
  const left = gram.map((row, index) => row[index] ?? NaN);
  const smallest = Math.max(0, ...left.filter(Number.isFinite)) * rounding;
  const axes: Float64Array[] = [];
  while (axes.length < count) {
    const pivot = largest(left);
    const square = left[pivot] ?? 0;
    if (!(square > smallest)) break;
    const root = Math.sqrt(square);
    const axis = new Float64Array(count);
    for (let row = 0; row < count; row++) {
      let value = gram[row]?.[pivot] ?? NaN;
      for (const before of axes) value -= (before[row] ?? NaN) * (before[pivot] ?? NaN);
      axis[row] = row === pivot ? root : value / root;
      left[row] = row === pivot ? 0 : (left[row] ?? NaN) - (axis[row] ?? NaN) ** 2;
    }
    axes.push(axis);
  }
  const vectors = steps.map((_, row) =>
    axes.length === 0 ? new Float32Array(1) : Float32Array.from(axes, (axis) => axis[row] ?? NaN),
  );
  return directionTrajectory(name, steps, vectors);
}

function largest(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > (values[best] ?? NaN) ? index : best), 0);
}
