import { quantile, type Interval } from "../../statistics/quantile.js";
import type { DirectionTrajectory } from "../../geometry/trajectory.js";
import type { Random } from "../../../tensor/random.js";
import { positionsByStep, stepSpacing, widenedInterval } from "../../series/stepSeries.js";
import { bendAt } from "./straightPath.js";
import { narrowed, pathNoise, summed } from "./pathNoise.js";

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
  const { smooth, draw } = pathNoise(near);
  const searched = near.steps.filter((each) => Math.abs(each - step) <= 2 * largest);
  const top = sharpest(near.steps, summed(smooth), searched, windows);
  const deviations = Array.from({ length: resamples }, () => {
    const noise = draw(random);
    const noisy = smooth.map((each, index) =>
      each.map((value, axis) => value + (noise[index]?.[axis] ?? NaN)),
    );
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
