import { TurncoatError } from "../../errors.js";
import { positionsByStep, stepSpacing, type StepSeries } from "./stepSeries.js";

/**
 * Axis of several runs: the optimiser step; the step as a share of the run's last one; or the step
 * counted from a transition of each run.
 */
export type Alignment = "step" | "relativeStep" | "transition";

/** Several series on one axis. */
export interface AlignedSeries {
  readonly alignment: Alignment;
  /** Steps, shares from 0 to 1, or steps before (negative) and after a transition; strictly increasing. */
  readonly positions: readonly number[];
  /** `[nSeries][nPositions]`; NaN where a series says nothing. */
  readonly values: readonly (readonly number[])[];
}

/** Aligns series on the union of all stored steps; nothing is interpolated. */
export function alignByStep(series: readonly StepSeries[]): AlignedSeries {
  const positions = [...new Set(series.flatMap(({ steps }) => steps))].sort((one, other) => one - other);
  const values = series.map(({ steps, values: own }) => {
    const places = positionsByStep(steps);
    return positions.map((step) => own[places.get(step) ?? -1] ?? NaN);
  });
  return { alignment: "step", positions, values };
}

/**
 * Aligns series on shares of each run's last step, by linear interpolation between neighbouring stored steps; gaps stay gaps.
 *
 * @param options.lastSteps where each run ends. @default the last step of each series
 * @param options.points on the axis, both ends included. @default 101
 * @throws TurncoatError for fewer than two points.
 */
export function alignByRelativeStep(
  series: readonly StepSeries[],
  options: { lastSteps?: readonly number[]; points?: number } = {},
): AlignedSeries {
  const { points = 101 } = options;
  if (!Number.isInteger(points) || points < 2) {
    throw new TurncoatError(`alignByRelativeStep: expected at least 2 points, found ${points}`);
  }
  const positions = Array.from({ length: points }, (_, index) => index / (points - 1));
  const values = series.map((each, index) => {
    const last = options.lastSteps?.[index] ?? each.steps.at(-1) ?? NaN;
    const read = interpolation(each);
    return positions.map((share) => read(share * last));
  });
  return { alignment: "relativeStep", positions, values };
}

/**
 * Aligns series on steps counted from a transition of each run, at multiples of the widest spacing of the series, by linear
 * interpolation between neighbouring stored steps; gaps stay gaps.
 *
 * @param transitionSteps one for each series; NaN where the run has no such transition, whose values are all NaN.
 */
export function alignByTransition(
  series: readonly StepSeries[],
  transitionSteps: readonly number[],
): AlignedSeries {
  const used = series.filter((_, index) => Number.isFinite(transitionSteps[index]));
  const spacing = Math.max(...used.map(({ steps }) => stepSpacing(steps)).filter(Number.isFinite), 0);
  const offsets = series.flatMap(({ steps }, index) => {
    const origin = transitionSteps[index] ?? NaN;
    const [first, last] = [steps[0], steps.at(-1)];
    if (first === undefined || last === undefined || !Number.isFinite(origin) || spacing === 0) return [];
    return [Math.ceil((first - origin) / spacing), Math.floor((last - origin) / spacing)];
  });
  const low = Math.min(...offsets);
  const count = offsets.length === 0 ? 0 : Math.max(...offsets) - low + 1;
  const positions = Array.from({ length: count }, (_, index) => (low + index) * spacing);
  const values = series.map((each, index) => {
    const origin = transitionSteps[index] ?? NaN;
    const read = interpolation(each);
    return positions.map((offset) => read(origin + offset));
  });
  return { alignment: "transition", positions, values };
}

/**
 * Reads a series between its steps. Between neighbours further apart than one and a half times the usual spacing,
 * beside undefined values and outside of the series there is nothing to read: NaN.
 */
function interpolation({ steps, values }: StepSeries): (step: number) => number {
  const widest = 1.5 * stepSpacing(steps);
  return (step) => {
    const after = steps.findIndex((each) => each >= step - 1e-9 * Math.max(1, Math.abs(step)));
    const [right, left] = [steps[after], steps[after - 1]];
    if (right === undefined) return NaN;
    // A share of the last step can miss the stored step by a rounding error.
    if (Math.abs(right - step) <= 1e-9 * Math.max(1, Math.abs(step))) return values[after] ?? NaN;
    if (left === undefined || right - left > widest) return NaN;
    const weight = (step - left) / (right - left);
    return (1 - weight) * (values[after - 1] ?? NaN) + weight * (values[after] ?? NaN);
  };
}
