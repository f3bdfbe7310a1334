import { fitLevels, type LogisticCurve, type StepCounts } from "./logisticCurve.js";
import { stepSpacing } from "../../series/stepSeries.js";

/** 10 to 90 % of a logistic of scale 1. */
export const tenToNinety = 2 * Math.log(9);

/** The likelihood of a logistic curve, maximised over its levels. */
export interface LogisticProfile {
  /** Searches the widths near that of a curve with a similar midpoint. */
  readonly near: (midpoint: number, similar: LogisticCurve) => LogisticCurve;
  readonly first: number;
  readonly last: number;
  /** Curves on an even grid of midpoints over the run, each the best of all widths. */
  readonly grid: readonly LogisticCurve[];
  /** Curves of increasing width, each the best of the grid's midpoints, and the best of all midpoints near it. */
  readonly byWidth: readonly LogisticCurve[];
  readonly ofWidth: (width: number, similar: LogisticCurve) => LogisticCurve;
}

/** Widths tried, evenly spaced on a logarithmic scale. */
const widthCount = 20;

/** Fits curves on a grid of midpoints and widths. */
export function logisticProfile(counts: StepCounts): LogisticProfile {
  const first = counts.steps[0] ?? NaN;
  const last = counts.steps.at(-1) ?? NaN;
  const spacing = stepSpacing(counts.steps);
  const { narrowest, widest, ratio } = widthRange(counts.steps);
  const start = { floor: 0.02, plateau: 0.9 };
  const byWidth: LogisticCurve[] = [];
  const at = (midpoint: number): LogisticCurve => {
    let previous = fitLevels(counts, midpoint, narrowest, start);
    let best = previous;
    for (let index = 0; index < widthCount; index++) {
      // Neighbouring widths have similar levels: each fit starts where the last one ended.
      if (index > 0) previous = fitLevels(counts, midpoint, narrowest * ratio ** index, previous);
      if (previous.logLikelihood > best.logLikelihood) best = previous;
      const known = byWidth[index];
      if (known === undefined || previous.logLikelihood > known.logLikelihood) byWidth[index] = previous;
    }
    return best;
  };
  const near = (midpoint: number, similar: LogisticCurve): LogisticCurve =>
    bestWidthNear(counts, midpoint, similar, { narrowest, widest, ratio });
  const points = Math.min(160, Math.max(60, Math.round((2 * (last - first)) / spacing)));
  const grid = Array.from({ length: points + 1 }, (_, point) =>
    at(first + ((last - first) * point) / points),
  );
  const gridSpacing = (last - first) / points;
  const ofWidth = (width: number, similar: LogisticCurve): LogisticCurve => {
    const low = Math.max(first, similar.midpoint - 2 * gridSpacing);
    const high = Math.min(last, similar.midpoint + 2 * gridSpacing);
    return bestBetween(low, high, (midpoint) => fitLevels(counts, midpoint, width, similar));
  };
  return { near, first, last, grid, byWidth, ofWidth };
}

/** The widths that are told apart, as scales of the logistic, and the factor between two that are tried. */
interface WidthRange {
  readonly narrowest: number;
  readonly widest: number;
  readonly ratio: number;
}

function widthRange(steps: readonly number[]): WidthRange {
  // Half a spacing from 10 to 90 % is as sharp as the evaluated steps can tell.
  const narrowest = stepSpacing(steps) / 2 / tenToNinety;
  const widest = ((steps.at(-1) ?? NaN) - (steps[0] ?? NaN)) / 2;
  return { narrowest, widest, ratio: (widest / narrowest) ** (1 / (widthCount - 1)) };
}

/** The best curve with a midpoint, its width searched from that of a similar one. */
function bestWidthNear(
  counts: StepCounts,
  midpoint: number,
  similar: LogisticCurve,
  { narrowest, widest, ratio }: WidthRange,
): LogisticCurve {
  let best = fitLevels(counts, midpoint, similar.width, similar);
  for (const factor of [ratio, 1 / ratio]) {
    for (
      let width = best.width * factor;
      width > 0.99 * narrowest && width < 1.01 * widest;
      width *= factor
    ) {
      const next = fitLevels(counts, midpoint, width, best);
      if (next.logLikelihood <= best.logLikelihood) break;
      best = next;
    }
  }
  return best;
}

/** The midpoint of counts much like those that a curve was fitted to, searched around it: fast enough to resample. */
export function refitMidpoint(counts: StepCounts, similar: LogisticCurve): number {
  const range = widthRange(counts.steps);
  const reach = Math.max(2 * stepSpacing(counts.steps), tenToNinety * similar.width);
  const first = counts.steps[0] ?? NaN;
  const low = Math.max(first, similar.midpoint - reach);
  const high = Math.min(counts.steps.at(-1) ?? NaN, similar.midpoint + reach);
  return bestBetween(low, high, (midpoint) => bestWidthNear(counts, midpoint, similar, range)).midpoint;
}

/** The best curve: the best of the grid, refined between its neighbours. */
export function bestCurve(profile: LogisticProfile): LogisticCurve {
  const onGrid = profile.grid.reduce((best, each) => (each.logLikelihood > best.logLikelihood ? each : best));
  const gridSpacing = (profile.last - profile.first) / (profile.grid.length - 1);
  const low = Math.max(profile.first, onGrid.midpoint - gridSpacing);
  const high = Math.min(profile.last, onGrid.midpoint + gridSpacing);
  const refined = bestBetween(low, high, (midpoint) => profile.near(midpoint, onGrid));
  return refined.logLikelihood > onGrid.logLikelihood ? refined : onGrid;
}

/** The best curve between two midpoints, by golden-section search. */
function bestBetween(from: number, to: number, at: (midpoint: number) => LogisticCurve): LogisticCurve {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  let left = at(high - ratio * (high - low));
  let right = at(low + ratio * (high - low));
  for (let iteration = 0; iteration < 12; iteration++) {
    // The inner point that stays is an inner point of the shorter stretch too.
    if (left.logLikelihood >= right.logLikelihood) {
      [high, right] = [right.midpoint, left];
      left = at(high - ratio * (high - low));
    } else {
      [low, left] = [left.midpoint, right];
      right = at(low + ratio * (high - low));
    }
  }
  return left.logLikelihood >= right.logLikelihood ? left : right;
}

/** How far from the best midpoint the profile likelihood stays above a limit, going one way. */
export function midpointBound(
  profile: LogisticProfile,
  best: LogisticCurve,
  limit: number,
  direction: -1 | 1,
): number {
  const outward = direction < 0 ? [...profile.grid].reverse() : profile.grid;
  let inside = best;
  let outside = NaN;
  for (const curve of outward) {
    if (direction * (curve.midpoint - best.midpoint) <= 0) continue;
    if (curve.logLikelihood < limit) {
      outside = curve.midpoint;
      break;
    }
    inside = curve;
  }
  if (Number.isNaN(outside)) return direction < 0 ? profile.first : profile.last;
  for (let iteration = 0; iteration < 10; iteration++) {
    const middle = profile.near((inside.midpoint + outside) / 2, inside);
    if (middle.logLikelihood >= limit) inside = middle;
    else outside = middle.midpoint;
  }
  return inside.midpoint;
}

/**
 * How far from the best width the profile likelihood stays above a limit, going one way. Narrower than half the
 * spacing of the steps nothing can be told apart, so that the bound is 0 there; wider than the run it is infinite.
 */
export function widthBound(
  profile: LogisticProfile,
  best: LogisticCurve,
  limit: number,
  direction: -1 | 1,
): number {
  const outward = direction < 0 ? [...profile.byWidth].reverse() : profile.byWidth;
  let inside = best;
  let outside: LogisticCurve | null = null;
  for (const curve of outward) {
    if (direction * (curve.width - best.width) <= 0) continue;
    const refined = curve.logLikelihood >= limit ? curve : profile.ofWidth(curve.width, curve);
    if (refined.logLikelihood < limit) {
      outside = refined;
      break;
    }
    inside = refined;
  }
  if (outside === null) return direction < 0 ? 0 : Infinity;
  for (let iteration = 0; iteration < 6; iteration++) {
    const middle = profile.ofWidth(Math.sqrt(inside.width * outside.width), inside);
    if (middle.logLikelihood >= limit) inside = middle;
    else outside = middle;
  }
  return inside.width;
}
