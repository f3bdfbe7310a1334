import { TurncoatError } from "../../errors.js";
import { cosineFromProducts, innerProduct } from "../linalg/innerProduct.js";
import type { StepSeries } from "../series/stepSeries.js";
import { vectorAt, type DirectionTrajectory } from "./trajectory.js";

/** What a trajectory is compared with: its last, its first or the previous stored vector, or that of a step. */
export type CosineReference = "final" | "initial" | "previous" | { readonly step: number };

/**
 * Cosine of every v_t with a reference. NaN where either norm is 0, as for B at step 0; with `"previous"` the
 * first value is NaN.
 *
 * @throws TurncoatError when the reference step is not stored.
 */
export function cosineSimilarity(trajectory: DirectionTrajectory, reference: CosineReference): StepSeries {
  const { steps, vectors } = trajectory;
  const squared = vectors.map((vector) => innerProduct(vector, vector));
  if (reference === "previous") {
    const values = vectors.map((vector, index) => {
      const previous = vectors[index - 1];
      if (previous === undefined) return NaN;
      const product = innerProduct(previous, vector);
      return cosineFromProducts(product, squared[index - 1] ?? NaN, squared[index] ?? NaN);
    });
    return { steps, values };
  }
  const fixed = referenceVector(trajectory, reference);
  const fixedSquared = fixed === undefined ? NaN : innerProduct(fixed, fixed);
  return {
    steps,
    values: vectors.map((vector, index) =>
      fixed === undefined
        ? NaN
        : cosineFromProducts(innerProduct(vector, fixed), squared[index] ?? NaN, fixedSquared),
    ),
  };
}

function referenceVector(
  trajectory: DirectionTrajectory,
  reference: "final" | "initial" | { readonly step: number },
): Float32Array | undefined {
  if (reference === "final") return trajectory.vectors.at(-1);
  if (reference === "initial") return trajectory.vectors[0];
  const vector = vectorAt(trajectory, reference.step);
  if (vector !== undefined) return vector;
  throw new TurncoatError(`cosineSimilarity: step ${reference.step} is not stored in ${trajectory.name}`, {
    hint: `Stored are ${trajectory.steps.length} steps from ${trajectory.steps[0] ?? NaN} to ${trajectory.steps.at(-1) ?? NaN}.`,
  });
}
