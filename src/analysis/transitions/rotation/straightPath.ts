import { degreesFromCosine } from "../../linalg/innerProduct.js";
import { positionsByStep } from "../../series/stepSeries.js";
import { upperLimit } from "../../statistics/monteCarloTest.js";
import type { Random } from "../../../tensor/random.js";
import type { DriftAndNoise } from "./driftAndNoise.js";

/** Apparent bends of a straight path with the run's own noise, for one k. */
export interface StraightPathBends {
  /** Mean bend in degrees at every stored step; NaN where t ± k is not stored. */
  readonly expected: readonly number[];
  /** The usable steps at which the direction is determined: `expected` lies below the limit. */
  readonly determined: readonly boolean[];
  /** 95 % quantile, over simulated runs, of the largest excess over `expected` at any determined step. */
  readonly excessLimit: number;
  /** 95 % quantile, over simulated runs, of the largest bend at any determined step. */
  readonly largestBend: number;
}

export interface StraightPathOptions {
  /** Simulated runs. @default 99 */
  readonly draws?: number;
  /** Steps whose expected bend reaches this many degrees hold noise rather than a direction. @default 45 */
  readonly undeterminedFrom?: number;
  readonly random: Random;
}

/**
 * The null model of the rotation detector: the run's own directed movement laid along one straight line, plus
 * noise of the run's own size and kind, simulated `draws` times. Local cosines depend on inner products only,
 * so the simulation lives in a few dimensions whatever the model's width.
 *
 * @param usable for every k, which stored steps may hold the extremum.
 */
export function straightPathBends(
  model: DriftAndNoise,
  usable: ReadonlyMap<number, readonly boolean[]>,
  options: StraightPathOptions,
): ReadonlyMap<number, StraightPathBends> {
  const { draws = 99, undeterminedFrom = 45, random } = options;
  const positions = positionsByStep(model.steps);
  const windows = [...usable.keys()].map((k) => ({
    k,
    // Looked up once: a long run has as many steps in each of its simulated runs.
    ends: model.steps.map((step) => [positions.get(step - k) ?? -1, positions.get(step + k) ?? -1] as const),
    runs: new Array<Float64Array>(),
  }));
  const path = emptyPath(model);
  for (let draw = 0; draw < draws; draw++) {
    simulatePath(model, random.fork(draw), path);
    for (const { ends, runs } of windows) {
      const bends = new Float64Array(ends.length).fill(NaN);
      for (const [here, [before, after]] of ends.entries())
        if (before >= 0 && after >= 0) bends[here] = bendAt(path, before, here, after);
      runs.push(bends);
    }
  }
  return new Map(windows.map(({ k, runs }) => [k, summarize(runs, usable.get(k) ?? [], undeterminedFrom)]));
}

function summarize(
  runs: readonly Float64Array[],
  usable: readonly boolean[],
  undeterminedFrom: number,
): StraightPathBends {
  const expected = usable.map(
    (_, index) => runs.reduce((sum, run) => sum + (run[index] ?? NaN), 0) / runs.length,
  );
  const determined = usable.map((isUsable, index) => isUsable && (expected[index] ?? NaN) < undeterminedFrom);
  const excess: number[] = [];
  const largest: number[] = [];
  for (const run of runs) {
    let most = -Infinity;
    let widest = -Infinity;
    for (const [index, angle] of run.entries()) {
      if (determined[index] !== true) continue;
      most = Math.max(most, angle - (expected[index] ?? NaN));
      widest = Math.max(widest, angle);
    }
    excess.push(most);
    largest.push(widest);
  }
  return { expected, determined, excessLimit: upperLimit(excess), largestBend: upperLimit(largest) };
}

/** A memory of this many units is none. */
const longestMemory = 60;

/** Room for the positions of one simulated run, all at the origin. */
function emptyPath({ steps, noiseDimension }: DriftAndNoise): Float64Array[] {
  return steps.map(() => new Float64Array(noiseDimension));
}

/**
 * Positions `[nSteps][noiseDimension]` of one simulated run; the straight line is the first coordinate.
 * @param path takes them; many runs in turn need no more room than one. @default a new one
 */
export function simulatePath(
  model: DriftAndNoise,
  random: Random,
  path: Float64Array[] = emptyPath(model),
): Float64Array[] {
  const { noiseDimension: dimension, walkCorrelation: correlation } = model;
  const innovation = Math.sqrt(1 - correlation ** 2);
  const increment = new Float64Array(dimension);
  if (correlation > 0) for (let axis = 0; axis < dimension; axis++) increment[axis] = random.normal();
  const position = new Float64Array(dimension);
  for (const [index, place] of path.entries()) {
    if (index > 0) {
      const walk = Math.sqrt((model.walkVariance[index - 1] ?? 0) / dimension);
      // Missing steps are passed, not left out: noise grows over them, and forgets.
      const units = model.units[index - 1] ?? 1;
      const passed = Math.max(1, Math.min(longestMemory, Math.round(units)));
      const size = walk * Math.sqrt(units / passed);
      for (let unit = 0; unit < passed; unit++) {
        for (let axis = 0; axis < dimension; axis++) {
          const drawn = correlation * (increment[axis] ?? 0) + innovation * random.normal();
          increment[axis] = drawn;
          position[axis] = (position[axis] ?? 0) + size * drawn;
        }
      }
      position[0] = (position[0] ?? 0) + (model.directed[index - 1] ?? 0);
    }
    const jitterVariance = model.jitterVariance[Math.min(index, model.jitterVariance.length - 1)] ?? 0;
    const jitter = Math.sqrt(jitterVariance / dimension);
    place.set(position);
    if (jitter > 0)
      for (let axis = 0; axis < dimension; axis++)
        place[axis] = (place[axis] ?? 0) + jitter * random.normal();
  }
  return path;
}

/** Bend in degrees at one position of a path, between two others. */
export function bendAt(path: readonly Float64Array[], before: number, here: number, after: number): number {
  const first = path[before];
  const middle = path[here];
  const last = path[after];
  if (first === undefined || middle === undefined || last === undefined) return NaN;
  let product = 0;
  let backSquared = 0;
  let forthSquared = 0;
  for (let axis = 0; axis < middle.length; axis++) {
    const back = (middle[axis] ?? NaN) - (first[axis] ?? NaN);
    const forth = (last[axis] ?? NaN) - (middle[axis] ?? NaN);
    product += back * forth;
    backSquared += back * back;
    forthSquared += forth * forth;
  }
  const lengths = Math.sqrt(backSquared * forthSquared);
  return lengths > 0 ? degreesFromCosine(Math.min(1, Math.max(-1, product / lengths))) : 0;
}
