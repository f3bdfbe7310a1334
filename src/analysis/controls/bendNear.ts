import type { DirectionTrajectory } from "../geometry/trajectory.js";
import { positionsByStep, stepSpacing } from "../series/stepSeries.js";
import { bendAt } from "../transitions/rotation/straightPath.js";
import { narrowed, pathNoise } from "../transitions/rotation/pathNoise.js";
import type { Random } from "../../tensor/random.js";
import type { SizeNear } from "./shareVerdict.js";

/** Where and how a bend is looked for. */
export interface BendNearOptions {
  /** Half-window in steps. */
  readonly k: number;
  /** Steps among which the largest bend is looked for; the path stores each and those k before and after. */
  readonly steps: readonly number[];
  readonly resamples: number;
  readonly random: Random;
}

/** Intervals about the largest bend whose residuals are the turn's own and no noise. */
const turnHalfWidth = 4;

/**
 * The largest bend of a path near a step, in degrees, with draws of what it may have been without noise.
 *
 * The noise of the path, as drawn in blocks from its surroundings but not from the turn itself (`pathNoise`), is added to
 * the path once more. Noise adds to 1 − cos of a bend, so that what it adds a second time is taken off the first: a draw
 * is 2·observed − resampled on that scale (the basic bootstrap), and its interval is corrected for the bend that noise
 * makes of a straight path.
 */
export function bendNear(
  trajectory: DirectionTrajectory,
  { k, steps, resamples, random }: BendNearOptions,
): SizeNear {
  const middle = steps[Math.floor(steps.length / 2)] ?? NaN;
  const spacing = stepSpacing(trajectory.steps);
  const reach = k + Math.max(...steps.map((step) => Math.abs(step - middle))) + 15 * spacing;
  const near = narrowed(trajectory, middle, reach);
  const observed = near.vectors.map((vector) => Float64Array.from(vector));
  const triples = triplesOf(near.steps, steps, k);
  const at = largestBend(observed, triples);
  const noisier = pathWithMoreNoise(near, at.step);
  const draws = Array.from({ length: resamples }, () => {
    const again = largestBend(noisier(random), triples);
    return degreesOf(2 * deviationOf(at.bend) - deviationOf(again.bend));
  });
  return { step: at.step, draws };
}

/** Draws a path with its own noise added once more, of which that about a turn is left out. @param turn its step */
export function pathWithMoreNoise(
  path: DirectionTrajectory,
  turn: number,
): (random: Random) => readonly Float64Array[] {
  const observed = path.vectors.map((vector) => Float64Array.from(vector));
  const center = path.steps.indexOf(turn);
  const { draw } = pathNoise(
    path,
    (interval) => interval < center - turnHalfWidth || interval >= center + turnHalfWidth,
  );
  return (random) => {
    const noise = draw(random);
    const moved = new Float64Array(observed[0]?.length ?? 0);
    // Plain loops: this runs for every resample, and mapping typed arrays takes several times as long.
    return observed.map((vector, index) => {
      const noisy = new Float64Array(vector.length);
      const own = noise[index - 1];
      for (let axis = 0; axis < noisy.length; axis++) {
        if (own !== undefined) moved[axis] = (moved[axis] ?? 0) + (own[axis] ?? NaN);
        noisy[axis] = (vector[axis] ?? NaN) + (moved[axis] ?? NaN);
      }
      return noisy;
    });
  };
}

/** 1 − cos of an angle in degrees. */
function deviationOf(degrees: number): number {
  return 1 - Math.cos((degrees * Math.PI) / 180);
}

/** The angle in degrees that has a deviation, which noise may have made too small or too large for any. */
function degreesOf(deviation: number): number {
  return (Math.acos(1 - Math.min(2, Math.max(0, deviation))) * 180) / Math.PI;
}

/** The step among some at which a path bends most, and by how much, in degrees. */
export function largestBend(
  path: readonly Float64Array[],
  triples: readonly Triple[],
): { readonly step: number; readonly bend: number } {
  let found = { step: NaN, bend: -Infinity };
  for (const { step, before, here, after } of triples) {
    const bend = bendAt(path, before, here, after);
    if (bend > found.bend) found = { step, bend };
  }
  return found;
}

/** Positions in a path of a step and of those k before and after; −1 where one is not stored. */
interface Triple {
  readonly step: number;
  readonly before: number;
  readonly here: number;
  readonly after: number;
}

/** Looks up where steps and their neighbours are stored. */
export function triplesOf(stored: readonly number[], steps: readonly number[], k: number): Triple[] {
  const positions = positionsByStep(stored);
  const at = (step: number): number => positions.get(step) ?? -1;
  return steps.map((step) => ({ step, before: at(step - k), here: at(step), after: at(step + k) }));
}
