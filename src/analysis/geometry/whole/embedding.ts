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
  // One row a step, so that what is multiplied lies side by side.
  const rows = steps.map(() => new Float64Array(count));
  let axes = 0;
  for (; axes < count; axes++) {
    const pivot = largest(left);
    const square = left[pivot] ?? 0;
    const pivotRow = rows[pivot];
    if (!(square > smallest) || pivotRow === undefined) break;
    const root = Math.sqrt(square);
    for (const [step, row] of rows.entries()) {
      let value = gram[step]?.[pivot] ?? NaN;
      for (let axis = 0; axis < axes; axis++) value -= (row[axis] ?? NaN) * (pivotRow[axis] ?? NaN);
      const entry = step === pivot ? root : value / root;
      row[axes] = entry;
      left[step] = step === pivot ? 0 : (left[step] ?? NaN) - entry ** 2;
    }
  }
  const vectors = rows.map((row) => Float32Array.from(row.subarray(0, Math.max(1, axes))));
  return directionTrajectory(name, steps, vectors);
}

function largest(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > (values[best] ?? NaN) ? index : best), 0);
}
