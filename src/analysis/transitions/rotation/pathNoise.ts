import type { DirectionTrajectory } from "../../geometry/trajectory.js";
import { gramMatrix } from "../../linalg/gramMatrix.js";
import { euclideanNorm } from "../../linalg/innerProduct.js";
import { stationaryBootstrap } from "../../statistics/bootstrap.js";
import { median } from "../../statistics/quantile.js";
import type { Random } from "../../../tensor/random.js";
import { smoothMovement } from "./driftAndNoise.js";

/** A path taken apart: its smooth movement, and noise to be drawn again. */
export interface PathNoise {
  /** Smooth displacement over every interval between stored steps. */
  readonly smooth: readonly Float64Array[];
  /** What the smooth displacement leaves across it, scaled up for what it took. */
  readonly residuals: readonly Float64Array[];
  /** Factor on the residual of one interval where it is drawn for another, so that it is as large as noise is there. */
  readonly scale: (from: number, to: number) => number;
  /** A resample of the noise in every interval's displacement. */
  readonly draw: (random: Random) => readonly Float64Array[];
}

/**
 * The noise of a path about its smooth course, resampled in blocks (`stationaryBootstrap`), so that noise about the
 * path, whose increments undo each other, does not become noise that accumulates.
 *
 * The smooth course is the mean movement over seven intervals. The noise is what that leaves across the movement.
 *
 * @param isDrawn which intervals blocks are drawn from: a sharp turn leaves what is no noise. @default all
 */
export function pathNoise(
  trajectory: DirectionTrajectory,
  isDrawn: (interval: number) => boolean = () => true,
): PathNoise {
  const movement = smoothMovement(trajectory);
  const residuals = movement.map(({ residual, first, last }) => {
    const scale = 1 / Math.sqrt(Math.max(1 - 1 / (last - first), 0.5));
    return residual.map((value) => scale * value);
  });
  const pool = residuals.flatMap((_, index) => (isDrawn(index) ? [index] : []));
  // Noise grows and dies away with the movement: what is drawn from one place is made as large as at the other.
  const lengths = residuals.map((residual, index) => (isDrawn(index) ? euclideanNorm(residual) : NaN));
  const sizes = lengths.map((_, index) => median(nearest(lengths, index)));
  const meanLength = noiseBlockLength(pool.length);
  const scale = (from: number, to: number): number => {
    const size = sizes[from] ?? NaN;
    return size > 0 ? (sizes[to] ?? NaN) / size : 0;
  };
  return {
    smooth: movement.map((each) => each.smooth),
    residuals,
    scale,
    draw: (random) => {
      const drawn = stationaryBootstrap(pool.length, meanLength, random, residuals.length);
      return residuals.map((own, index) => {
        const from = pool[drawn[index] ?? -1] ?? -1;
        const noise = residuals[from];
        const factor = scale(from, index);
        // Plain loops: this runs for every resample, and mapping typed arrays takes several times as long.
        const scaled = new Float64Array(own.length);
        if (noise === undefined) return scaled;
        for (let axis = 0; axis < scaled.length; axis++) scaled[axis] = factor * (noise[axis] ?? NaN);
        return scaled;
      });
    },
  };
}

/** Mean length of the blocks in which the noise of a number of intervals is drawn. */
export function noiseBlockLength(intervals: number): number {
  return 2 * intervals ** (1 / 3);
}

/** Intervals on either side whose median gives the local size of the noise. */
const sizeHalfWidth = 4;

/** The values about a place, from further away where too few of them are defined. */
function nearest(values: readonly number[], place: number): number[] {
  for (let reach = sizeHalfWidth; ; reach++) {
    const near = values.slice(Math.max(0, place - reach), place + reach + 1);
    const defined = near.filter((value) => Number.isFinite(value)).length;
    if (defined > sizeHalfWidth || defined === near.length || near.length === values.length) return near;
  }
}

/**
 * The part of a trajectory near a step, moved isometrically into as many dimensions as it has increments: bends
 * and lengths stay the same, and resampling does not depend on the width of the model.
 */
export function narrowed(trajectory: DirectionTrajectory, step: number, reach: number): DirectionTrajectory {
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

/** The positions of a path that begins at 0, from its displacements. */
export function summed(displacements: readonly Float64Array[]): Float64Array[] {
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
