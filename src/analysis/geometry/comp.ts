import { TurncoatError } from "../../errors.js";
import { gramMatrix, meanRow } from "../linalg/gramMatrix.js";
import type { StepSeries } from "../series/stepSeries.js";
import type { DirectionTrajectory } from "./trajectory.js";

/**
 * Mean that is subtracted from the vectors before they are compared. `"perStep"`: at each step, the mean of that
 * step's vectors (2506.11613, section 4.3). `"perModule"`: from each module's vectors, their mean over all
 * compared steps (the published code). `"none"`: nothing.
 */
export type CompMeaning = "perStep" | "perModule" | "none";

/** `comp` of every step with one reference step. */
export interface CompSeries extends StepSeries {
  readonly referenceStep: number;
  /**
   * The reference compared with itself: what the series tends to. It is below 1 as soon as the rows span more
   * than one dimension, for example 1/3 for nine orthonormal rows.
   */
  readonly selfComparison: number;
}

/**
 * `comp(X, Y) = ‖XᵀY‖_F / (‖X‖_F ‖Y‖_F)` of two stacks of vectors, one row a module (2506.11613, appendix G.1),
 * from their Gram matrices: ‖XᵀY‖_F² = Σ_ij (XXᵀ)_ij (YYᵀ)_ij, so that no d × d matrix is ever formed.
 *
 * @param left XXᵀ, `[modules, modules]`.
 * @param right YYᵀ, `[modules, modules]`.
 * @returns between 0 and 1; NaN where either stack is zero, as B is at step 0.
 */
export function compScore(left: readonly ArrayLike<number>[], right: readonly ArrayLike<number>[]): number {
  let product = 0;
  let leftTrace = 0;
  let rightTrace = 0;
  for (const [row, values] of left.entries()) {
    const others = right[row];
    leftTrace += values[row] ?? NaN;
    rightTrace += others?.[row] ?? NaN;
    for (let column = 0; column < values.length; column++)
      product += (values[column] ?? NaN) * (others?.[column] ?? NaN);
  }
  if (!(leftTrace > 0) || !(rightTrace > 0)) return NaN;
  return Math.min(1, Math.sqrt(Math.max(0, product) / (leftTrace * rightTrace)));
}

/**
 * Similarity to its final state of the stack of several adapters' vectors, at every step that all of them store but
 * the last one (`docs/methods.md §4.6`). Flipping the sign of one module's vectors over the whole run changes the
 * de-meaned score, because the modules are then averaged with another sign; `"none"` is free of that.
 *
 * @param trajectories one a module, of equal dimension.
 * @param options.meaning @default "perStep"
 * @throws TurncoatError when the dimensions differ.
 */
export function compToFinal(
  trajectories: readonly DirectionTrajectory[],
  options: { meaning?: CompMeaning } = {},
): CompSeries {
  const { meaning = "perStep" } = options;
  const steps = commonSteps(trajectories);
  const stacks = trajectories.map((trajectory) => vectorsAt(trajectory, steps));
  const dimension = stacks[0]?.[0]?.length ?? 0;
  for (const [index, stack] of stacks.entries()) {
    const found = stack[0]?.length ?? 0;
    if (found !== dimension) {
      throw new TurncoatError(
        `comp: ${trajectories[index]?.name ?? ""} has ${found} dimensions, ${trajectories[0]?.name ?? ""} has ${dimension}`,
        { hint: "Compare modules of one kind, such as all down_proj." },
      );
    }
  }
  const moduleMeans = meaning === "perModule" ? stacks.map(meanRow) : null;
  const grams = steps.map((_, position) => {
    const rows = stacks.map((stack, module) => {
      const row = stack[position] ?? new Float32Array(0);
      const mean = moduleMeans?.[module];
      return mean === undefined
        ? row
        : Float64Array.from(row, (value, column) => value - (mean[column] ?? NaN));
    });
    return gramMatrix(rows, { centered: meaning === "perStep" });
  });
  return compSeries(steps, grams);
}

/** The series of scores with the last of the Gram matrices. */
export function compSeries(
  steps: readonly number[],
  grams: readonly (readonly ArrayLike<number>[])[],
): CompSeries {
  const last = grams.at(-1) ?? [];
  return {
    steps: steps.slice(0, -1),
    values: grams.slice(0, -1).map((gram) => compScore(gram, last)),
    referenceStep: steps.at(-1) ?? NaN,
    selfComparison: compScore(last, last),
  };
}

/** The steps that every trajectory stores. */
export function commonSteps(trajectories: readonly { readonly steps: readonly number[] }[]): number[] {
  const [first, ...others] = trajectories.map(({ steps }) => steps);
  const stored = others.map((steps) => new Set(steps));
  return (first ?? []).filter((step) => stored.every((steps) => steps.has(step)));
}

function vectorsAt(trajectory: DirectionTrajectory, steps: readonly number[]): Float32Array[] {
  const wanted = new Set(steps);
  return trajectory.vectors.filter((_, index) => wanted.has(trajectory.steps[index] ?? NaN));
}
