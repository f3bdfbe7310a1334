import type { Random } from "../../../tensor/random.js";
import { degreesFromCosine } from "../../linalg/innerProduct.js";
import type { DriftAndNoise } from "./driftAndNoise.js";
import { upperLimit } from "../../statistics/monteCarloTest.js";
import { positionsByStep } from "../../series/stepSeries.js";

/** How far a straight path with the run's own noise seems to bend, for one k. */
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
  const angles = new Map<number, number[][]>([...usable.keys()].map((k) => [k, []]));
  for (let draw = 0; draw < draws; draw++) {
    const path = simulatePath(model, random.fork(draw));
    for (const [k, runs] of angles) {
      runs.push(
        model.steps.map((step, here) => {
          const before = positions.get(step - k);
          const after = positions.get(step + k);
          return before === undefined || after === undefined ? NaN : bendAt(path, before, here, after);
        }),
      );
    }
  }
  return new Map([...angles].map(([k, runs]) => [k, summarize(runs, usable.get(k) ?? [], undeterminedFrom)]));
}

function summarize(
  runs: readonly (readonly number[])[],
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

/** Positions `[nSteps][noiseDimension]` of one simulated run; the straight line is the first coordinate. */
export function simulatePath(model: DriftAndNoise, random: Random): Float64Array[] {
  const dimension = model.noiseDimension;
  const position = new Float64Array(dimension);
  const path: Float64Array[] = [];
  for (let index = 0; index < model.steps.length; index++) {
    if (index > 0) {
      const walk = Math.sqrt((model.walkVariance[index - 1] ?? 0) / dimension);
      for (let axis = 0; axis < dimension; axis++)
        position[axis] = (position[axis] ?? 0) + walk * random.normal();
      position[0] = (position[0] ?? 0) + (model.directed[index - 1] ?? 0);
    }
    const jitterVariance = model.jitterVariance[Math.min(index, model.jitterVariance.length - 1)] ?? 0;
    const jitter = Math.sqrt(jitterVariance / dimension);
    path.push(jitter > 0 ? position.map((value) => value + jitter * random.normal()) : position.slice());
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
