import { TurncoatError } from "../../errors.js";

/** A direction over training: a vector `[dModel]` for every stored step. Missing steps are simply absent. */
export interface DirectionTrajectory {
  readonly name: string;
  /** Optimiser steps, strictly increasing. */
  readonly steps: readonly number[];
  /** Raw, un-normalised vectors, all of the same length. */
  readonly vectors: readonly Float32Array[];
}

/**
 * A checked trajectory.
 *
 * @throws TurncoatError when the numbers of steps and vectors differ, the steps are not strictly increasing
 *   integers, or the vectors differ in length.
 */
export function directionTrajectory(
  name: string,
  steps: readonly number[],
  vectors: readonly Float32Array[],
): DirectionTrajectory {
  if (steps.length !== vectors.length) {
    throw new TurncoatError(`trajectory ${name}: ${steps.length} steps but ${vectors.length} vectors`);
  }
  for (const [index, step] of steps.entries()) {
    if (!Number.isInteger(step)) {
      throw new TurncoatError(`trajectory ${name}: step ${step} at position ${index} is not an integer`);
    }
    const previous = steps[index - 1];
    if (previous !== undefined && step <= previous) {
      throw new TurncoatError(
        `trajectory ${name}: steps must be strictly increasing, but step ${step} follows step ${previous}`,
      );
    }
  }
  const dimension = vectors[0]?.length ?? 0;
  for (const [index, vector] of vectors.entries()) {
    if (vector.length !== dimension) {
      throw new TurncoatError(
        `trajectory ${name}: step ${steps[index] ?? NaN} has ${vector.length} numbers, ` +
          `step ${steps[0] ?? NaN} has ${dimension}`,
        { hint: "All checkpoints of one trajectory must come from the same module and rank." },
      );
    }
  }
  return { name, steps: [...steps], vectors: [...vectors] };
}

/** The vector at a step; undefined when the step is not stored. */
export function vectorAt(trajectory: DirectionTrajectory, step: number): Float32Array | undefined {
  return trajectory.vectors[trajectory.steps.indexOf(step)];
}

/** Number of entries of each vector; 0 for an empty trajectory. */
export function trajectoryDimension(trajectory: DirectionTrajectory): number {
  return trajectory.vectors[0]?.length ?? 0;
}
