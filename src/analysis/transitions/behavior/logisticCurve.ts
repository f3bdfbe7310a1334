import { stepSpacing } from "../../series/stepSeries.js";

/** Counts along training: `successes[i]` of `n[i]` at `steps[i]`. */
export interface StepCounts {
  readonly steps: readonly number[];
  readonly successes: readonly number[];
  readonly n: readonly number[];
}

/** `rate(s) = floor + (plateau − floor)·σ((s − midpoint)/width)`, all rates in [0, 1]. */
export interface LogisticCurve {
  readonly floor: number;
  readonly plateau: number;
  readonly midpoint: number;
  /** Scale of the logistic in steps; it goes from 10 to 90 % of its rise within 2 ln 9 ≈ 4.39 times this. */
  readonly width: number;
  readonly logLikelihood: number;
}

/** Log-likelihood without the binomial coefficients, which cancel in every comparison. */
export function binomialLogLikelihood(counts: StepCounts, rateAt: (step: number) => number): number {
  let sum = 0;
  for (const [index, step] of counts.steps.entries()) {
    const successes = counts.successes[index] ?? 0;
    const failures = (counts.n[index] ?? 0) - successes;
    const probability = rateAt(step);
    if (successes > 0) sum += successes * Math.log(probability);
    if (failures > 0) sum += failures * Math.log(1 - probability);
  }
  return sum;
}

/** All successes over all trials. */
export function pooledRate(counts: StepCounts): number {
  const total = counts.n.reduce((sum, n) => sum + n, 0);
  return counts.successes.reduce((sum, count) => sum + count, 0) / total;
}

/** The fitted rate at a step. */
export function logisticRate(curve: LogisticCurve, step: number): number {
  return curve.floor + (curve.plateau - curve.floor) * logistic((step - curve.midpoint) / curve.width);
}

/** Where a starting point for `fitLevels` comes from: the levels of a similar curve. */
export type Levels = Pick<LogisticCurve, "floor" | "plateau">;

/** Rates stay this far from 0 and 1, where a logarithm has no value. */
const edge = 1e-9;

/**
 * The best floor and plateau (0 ≤ floor ≤ plateau ≤ 1) for a given midpoint and width; where the best curve falls
 * instead of rising, the best rising one is the constant rate.
 *
 * @param options.tolerance stop when the log-likelihood gains less than this; Newton leaves about its square. @default 1e-2
 */
function fitLevels(
  counts: StepCounts,
  midpoint: number,
  width: number,
  start: Levels,
  options: { tolerance?: number; iterations?: number } = {},
): LogisticCurve {
  const weights = Float64Array.from(counts.steps, (step) => logistic((step - midpoint) / width));
  return { ...fitRisingLevels(counts, weights, start, options), midpoint, width };
}

/** The best straight line from a rate at the first step to a rate at the last one, not falling. */
export function fitLine(counts: StepCounts): Levels & { readonly logLikelihood: number } {
  const first = counts.steps[0] ?? NaN;
  const length = (counts.steps.at(-1) ?? NaN) - first;
  const weights = Float64Array.from(counts.steps, (step) => (step - first) / length);
  const rate = pooledRate(counts);
  return fitRisingLevels(counts, weights, { floor: rate, plateau: rate });
}

/**
 * The best levels of rate = floor + (plateau − floor)·weight, by Newton's method with the levels kept in [0, 1]. The
 * rate is linear in the two levels, so the likelihood is concave and has no other maximum.
 *
 * @param weights in [0, 1], one a step
 */
function fitRisingLevels(
  counts: StepCounts,
  weights: Float64Array,
  start: Levels,
  options: { tolerance?: number; iterations?: number } = {},
): Levels & { readonly logLikelihood: number } {
  const { tolerance = 1e-2, iterations = 50 } = options;
  let levels = { floor: insideEdges(start.floor), plateau: insideEdges(start.plateau) };
  let here = slopes(counts, weights, levels);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const direction = newtonDirection(here, levels);
    let moved = levels;
    let next = here;
    // Newton's quadratic can overshoot far from the maximum: halve the step until the likelihood gains.
    for (let length = 1; length > 1e-4; length /= 2) {
      moved = {
        floor: insideEdges(levels.floor + length * direction.floor),
        plateau: insideEdges(levels.plateau + length * direction.plateau),
      };
      next = slopes(counts, weights, moved);
      if (next.logLikelihood >= here.logLikelihood) break;
    }
    const gain = next.logLikelihood - here.logLikelihood;
    if (!(gain > 0)) break;
    [levels, here] = [moved, next];
    if (gain < tolerance) break;
  }
  if (levels.plateau >= levels.floor) return { ...levels, logLikelihood: here.logLikelihood };
  const constant = pooledRate(counts);
  return {
    floor: constant,
    plateau: constant,
    logLikelihood: binomialLogLikelihood(counts, () => constant),
  };
}

/** The log-likelihood at two levels with its first and second derivatives. */
interface Slopes {
  readonly logLikelihood: number;
  readonly floor: number;
  readonly plateau: number;
  readonly floorFloor: number;
  readonly floorPlateau: number;
  readonly plateauPlateau: number;
}

function slopes(counts: StepCounts, weights: Float64Array, { floor, plateau }: Levels): Slopes {
  let [logLikelihood, first, second, floorFloor, floorPlateau, plateauPlateau] = [0, 0, 0, 0, 0, 0];
  for (let index = 0; index < weights.length; index++) {
    const weight = weights[index] ?? 0;
    const successes = counts.successes[index] ?? 0;
    const failures = (counts.n[index] ?? 0) - successes;
    const rate = floor + (plateau - floor) * weight;
    let slope = 0;
    let curvature = 0;
    if (successes > 0) {
      logLikelihood += successes * Math.log(rate);
      slope += successes / rate;
      curvature -= successes / (rate * rate);
    }
    if (failures > 0) {
      logLikelihood += failures * Math.log(1 - rate);
      slope -= failures / (1 - rate);
      curvature -= failures / ((1 - rate) * (1 - rate));
    }
    const rest = 1 - weight;
    first += rest * slope;
    second += weight * slope;
    floorFloor += rest * rest * curvature;
    floorPlateau += rest * weight * curvature;
    plateauPlateau += weight * weight * curvature;
  }
  return { logLikelihood, floor: first, plateau: second, floorFloor, floorPlateau, plateauPlateau };
}

/** The Newton step; a level at an edge that the slope pushes outwards stays there. */
function newtonDirection(here: Slopes, { floor, plateau }: Levels): Levels {
  const floorHeld = isHeld(floor, here.floor);
  const plateauHeld = isHeld(plateau, here.plateau);
  const alone = (slope: number, curvature: number): number => (curvature < 0 ? -slope / curvature : 0);
  const determinant = here.floorFloor * here.plateauPlateau - here.floorPlateau ** 2;
  const separable = determinant <= 1e-12 * here.floorFloor * here.plateauPlateau;
  if (floorHeld || plateauHeld || separable) {
    return {
      floor: floorHeld ? 0 : alone(here.floor, here.floorFloor),
      plateau: plateauHeld ? 0 : alone(here.plateau, here.plateauPlateau),
    };
  }
  return {
    floor: (here.floorPlateau * here.plateau - here.plateauPlateau * here.floor) / determinant,
    plateau: (here.floorPlateau * here.floor - here.floorFloor * here.plateau) / determinant,
  };
}

function isHeld(level: number, slope: number): boolean {
  return (level <= edge && slope < 0) || (level >= 1 - edge && slope > 0);
}

function insideEdges(level: number): number {
  return Math.min(1 - edge, Math.max(edge, level));
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

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
