import type { Interval } from "../statistics/quantile.js";

/** A quantity along training: `values[i]` belongs to optimiser step `steps[i]`; NaN where it is undefined. */
export interface StepSeries {
  /** Optimiser steps, strictly increasing. */
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

/** One entry of a training log. */
interface Logged {
  readonly step: number;
}

/**
 * A logged quantity as a series over steps. A step that was logged twice, as where a run was resumed, keeps its last
 * value. Null where the quantity was never logged.
 */
export function loggedSeries<Entry extends Logged>(
  log: readonly Entry[],
  pick: (entry: Entry) => number | undefined,
): StepSeries | null {
  const byStep = new Map<number, number>();
  for (const entry of log) {
    const value = pick(entry);
    if (value !== undefined) byStep.set(entry.step, value);
  }
  if (byStep.size === 0) return null;
  const steps = [...byStep.keys()].sort((left, right) => left - right);
  return { steps, values: steps.map((step) => byStep.get(step) ?? NaN) };
}

/**
 * The usual distance between neighbouring steps: the most frequent difference, the smaller one on a tie.
 * NaN with fewer than two steps.
 */
export function stepSpacing(steps: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const [index, step] of steps.entries()) {
    const next = steps[index + 1];
    if (next !== undefined) counts.set(next - step, (counts.get(next - step) ?? 0) + 1);
  }
  let spacing = NaN;
  let most = 0;
  for (const [difference, count] of counts) {
    if (count > most || (count === most && difference < spacing)) [spacing, most] = [difference, count];
  }
  return spacing;
}

/**
 * The nearest of some steps to a wanted one: the earlier of two that are equally near, the last one for infinity, NaN
 * where there are none.
 *
 * @param steps in increasing order
 */
export function nearestStep(steps: readonly number[], wanted: number): number {
  if (wanted === Infinity) return steps.at(-1) ?? NaN;
  let nearest = NaN;
  for (const step of steps) {
    if (Number.isNaN(nearest) || Math.abs(step - wanted) < Math.abs(nearest - wanted)) nearest = step;
  }
  return nearest;
}

/** Position of every step, so that neighbours are looked up by step and never by list position. */
export function positionsByStep(steps: readonly number[]): ReadonlyMap<number, number> {
  return new Map(steps.map((step, position) => [step, position]));
}

/**
 * An interval of whole steps within a run, rounded outwards: it is never made to look sharper than it is.
 * @param steps the run's, in order: what lies outside them was not looked at
 */
export function wholeSteps(low: number, high: number, steps: readonly number[]): Interval {
  const [first = -Infinity, last = Infinity] = [steps[0], steps.at(-1)];
  return [Math.max(Math.floor(low), first), Math.min(Math.ceil(high), last)];
}

/**
 * An interval widened on either side by the usual spacing, and over missing steps out to the next one that was judged:
 * an event between two of them is dated to one of them.
 *
 * @param steps all of a run, in order
 * @param judged those at which the event could have been found. @default all
 */
export function widenedInterval(
  low: number,
  high: number,
  steps: readonly number[],
  judged: readonly number[] = steps,
): Interval {
  const spacing = stepSpacing(steps);
  return wholeSteps(
    Math.min(low - spacing, judged.findLast((step) => step < low) ?? steps[0] ?? low),
    Math.max(high + spacing, judged.find((step) => step > high) ?? steps.at(-1) ?? high),
    steps,
  );
}

/** Position of the largest finite value, the first of equals; −1 where there is none. */
export function largestPosition(values: ArrayLike<number>): number {
  let largest = -1;
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? NaN;
    if (Number.isFinite(value) && (largest < 0 || value > (values[largest] ?? NaN))) largest = index;
  }
  return largest;
}
