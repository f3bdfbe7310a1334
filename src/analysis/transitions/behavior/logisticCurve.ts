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
export function fitLevels(
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
