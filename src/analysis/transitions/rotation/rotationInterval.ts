import { quantile, type Interval } from "../../statistics/quantile.js";
import type { DirectionTrajectory } from "../../geometry/trajectory.js";
import type { Random } from "../../../tensor/random.js";
import { positionsByStep, stepSpacing, widenedInterval } from "../../series/stepSeries.js";
import { gramMatrix } from "../../linalg/gramMatrix.js";
import { stationaryBootstrap } from "../../statistics/bootstrap.js";
import { bendAt } from "./driftAndNoise.js";
import { noiseBlockLength, noiseScale, pathNoise } from "./pathNoise.js";

export interface RotationIntervalOptions {
  /** Half-windows that agree on the turn, in steps. */
  readonly windows: readonly number[];
  readonly resamples: number;
  readonly random: Random;
}

/**
 * The 95 % interval of the step of a turn: how far from the sharpest bend of the run's smooth path the same
 * estimate (the median over k of the step with the largest bend) falls when noise is added to that path again.
 *
 * The smooth path is the mean movement over seven intervals near the turn. The noise is what that leaves across the
 * movement, resampled in blocks (`stationaryBootstrap`), so that noise about the path, whose increments undo each
 * other, does not become noise that accumulates. Widened on either side to the next step at which every window can be
 * judged, which is one spacing away where no step is missing. The smooth path turns less sharply than the run did, so
 * that the interval is rather too long than too short.
 */
export function rotationInterval(
  trajectory: DirectionTrajectory,
  step: number,
  options: RotationIntervalOptions,
): Interval {
  const { windows, resamples, random } = options;
  const spacing = stepSpacing(trajectory.steps);
  const largest = Math.max(...windows);
  const near = narrowed(trajectory, step, 3 * largest + 3 * spacing);
  const noise = pathNoise(near);
  const { smooth, residuals } = noise;
  const meanLength = noiseBlockLength(residuals.length);
  const searched = near.steps.filter((each) => Math.abs(each - step) <= 2 * largest);
  const top = sharpest(near.steps, summed(smooth), searched, windows);
  const deviations = Array.from({ length: resamples }, () => {
    const drawn = stationaryBootstrap(residuals.length, meanLength, random);
    const noisy = smooth.map((each, index) => {
      const from = drawn[index] ?? -1;
      const residual = residuals[from];
      const scale = noiseScale(noise, from, index);
      return each.map((value, axis) => value + scale * (residual?.[axis] ?? NaN));
    });
    return sharpest(near.steps, summed(noisy), searched, windows) - top;
  });
  const [low, high] = [quantile(deviations, 0.025), quantile(deviations, 0.975)];
  const [from, to] = [Math.min(step, step - high), Math.max(step, step - low)];
  // Where a window cannot be judged at some steps, it dates their turn to the next one at which it can.
  const sides = windows.map((k) =>
    widenedInterval(from, to, trajectory.steps, judgedSteps(trajectory.steps, k)),
  );
  return [Math.min(...sides.map(([first]) => first)), Math.max(...sides.map(([, last]) => last))];
}

/** Stored steps that have a stored one k before and k after. */
function judgedSteps(steps: readonly number[], k: number): number[] {
  const stored = new Set(steps);
  return steps.filter((step) => stored.has(step - k) && stored.has(step + k));
}

/**
 * The part of a trajectory near a step, moved isometrically into as many dimensions as it has increments: bends
 * and lengths stay the same, and resampling does not depend on the width of the model.
 */
function narrowed(trajectory: DirectionTrajectory, step: number, reach: number): DirectionTrajectory {
  const kept = trajectory.steps.flatMap((each, index) => (Math.abs(each - step) <= reach ? [index] : []));
  const steps = kept.map((index) => trajectory.steps[index] ?? NaN);
  const vectors = kept.map((index) => trajectory.vectors[index] ?? new Float32Array(0));
  const near = { name: trajectory.name, steps, vectors };
  const origin = vectors[0] ?? new Float32Array(0);
  if (origin.length <= vectors.length) return near;
  const gram = gramMatrix(
    vectors.map((vector) => vector.map((value, axis) => value - (origin[axis] ?? NaN))),
  );
  return { ...near, vectors: coordinatesOf(gram).map((row) => Float32Array.from(row)) };
}

/** Vectors with the given inner products: the rows of the Cholesky factor. */
function coordinatesOf(gram: readonly Float64Array[]): Float64Array[] {
  const rows = gram.map(() => new Float64Array(gram.length));
  const largest = gram.reduce((most, row, index) => Math.max(most, row[index] ?? 0), 0);
  for (const [index, row] of rows.entries()) {
    for (let column = 0; column <= index; column++) {
      const other = rows[column] ?? row;
      let value = gram[index]?.[column] ?? NaN;
      for (let axis = 0; axis < column; axis++) value -= (row[axis] ?? NaN) * (other[axis] ?? NaN);
      if (column === index) row[index] = Math.sqrt(Math.max(0, value));
      // A pivot of rounding size is a vector that lies in the span of those before it.
      else
        row[column] = (other[column] ?? 0) > 1e-7 * Math.sqrt(largest) ? value / (other[column] ?? NaN) : 0;
    }
  }
  return rows;
}

function summed(displacements: readonly Float64Array[]): Float64Array[] {
  const position = new Float64Array(displacements[0]?.length ?? 0);
  const path = [position.slice()];
  for (const displacement of displacements) {
    for (let axis = 0; axis < position.length; axis++) {
      position[axis] = (position[axis] ?? 0) + (displacement[axis] ?? NaN);
    }
    path.push(position.slice());
  }
  return path;
}

/** The median, over the half-windows, of the step with the largest bend. */
function sharpest(
  steps: readonly number[],
  path: readonly Float64Array[],
  searched: readonly number[],
  windows: readonly number[],
): number {
  const positions = positionsByStep(steps);
  const found = windows.map((k) => {
    let best = NaN;
    let largest = -Infinity;
    for (const step of searched) {
      const [before, here, after] = [step - k, step, step + k].map((each) => positions.get(each));
      if (before === undefined || here === undefined || after === undefined) continue;
      const bend = bendAt(path, before, here, after);
      if (bend > largest) [best, largest] = [step, bend];
    }
    return best;
  });
  found.sort((left, right) => left - right);
  return found[Math.floor((found.length - 1) / 2)] ?? NaN;
}
