import { Random } from "../../../tensor/random.js";
import {
  applyGate,
  bendDegrees,
  gateThreshold,
  localCosineSimilarity,
} from "../../geometry/localCosineSimilarity.js";
import type { AdapterOfUpdate } from "../../geometry/whole/wholeUpdate.js";
import type { DirectionTrajectory } from "../../geometry/trajectory.js";
import { gramMatrix } from "../../linalg/gramMatrix.js";
import { degreesFromCosine } from "../../linalg/innerProduct.js";
import { largestPosition, positionsByStep } from "../../series/stepSeries.js";
import { stationaryBootstrap } from "../../statistics/bootstrap.js";
import { upperLimit } from "../../statistics/monteCarloTest.js";
import { median } from "../../statistics/quantile.js";
import { stepDown } from "../../statistics/stepDown.js";
import { driftAndNoise } from "./driftAndNoise.js";
import { noiseBlockLength, pathNoise } from "./pathNoise.js";

/** Settings of the test of parts. */
export interface TurningPartsOptions {
  /** Half-windows of the bends, in steps. */
  readonly windows: readonly number[];
  /** Steps that move less than this share of the part's largest movement are not searched. */
  readonly frozenBelow: number;
  /** Smallest bend that counts, in degrees. @default 10 */
  readonly minimumBend?: number | undefined;
  /** Resamples, drawn for all parts together. @default 99 */
  readonly resamples?: number;
  /** Chance that any part which does not turn is named. @default 0.05 */
  readonly level?: number;
  /** @default 0 */
  readonly seed?: number | undefined;
}

/** One part, tested with the others. */
export interface TestedPart {
  readonly name: string;
  /** Half-window in which the bend exceeds noise by most, and the step; null where noise hides the direction everywhere. */
  readonly k: number | null;
  readonly step: number | null;
  /** In degrees; NaN where there is no step. */
  readonly bend: number;
  /** Bend that a straight path with the part's noise makes at that step. */
  readonly expected: number;
  /** Smallest error rate over all parts at which this one is named. */
  readonly pValue: number;
  readonly turns: boolean;
}

/** Which parts of a whole turn. */
export interface TurningParts {
  /** In the order given. */
  readonly parts: readonly TestedPart[];
  readonly windows: readonly number[];
  readonly level: number;
  readonly resamples: number;
  /** How it was tested, in words. */
  readonly method: string;
}

/** Steps at which a straight path with the part's noise bends by so many degrees hold no direction. */
const undeterminedFrom = 45;

/**
 * Noise is estimated from the path that it judges, which makes a limit too low (see `rotation`): a part must exceed it by
 * this factor.
 */
const margin = 2;

/**
 * Tests which of many paths turn, with the chance of naming any that does not held at a level over all of them.
 *
 * The statistic of a part is the largest excess of its bend over that of a straight path with its own noise, beyond the
 * median excess over the run, in units of the limit that its own resamples give; of several half-windows, the one in which
 * it is largest. Resamples draw the noise of the same intervals in every part, in blocks, so that parts whose noise moves
 * together stay together; the step-down maximum test (`stepDown`) then compares.
 * @param paths all over the same steps
 */
export function turningParts(
  paths: readonly DirectionTrajectory[],
  options: TurningPartsOptions,
): TurningParts {
  const { windows, frozenBelow, minimumBend = 10, resamples = 99, level = 0.05, seed = 0 } = options;
  const intervals = Math.max(0, (paths[0]?.steps.length ?? 0) - 1);
  const random = new Random(seed).fork("turning parts");
  const draws = Array.from({ length: resamples }, (_, draw) =>
    stationaryBootstrap(intervals, noiseBlockLength(intervals), random.fork(draw)),
  );
  const judged = paths.map((path) => judgePart(path, draws, windows, frozenBelow));
  const { adjusted } = stepDown(
    judged.map(({ statistic }) => statistic / margin),
    draws.map((_, draw) => judged.map(({ resampled }) => resampled[draw] ?? NaN)),
  );
  return {
    parts: judged.map(({ name, k, step, bend, expected }, index) => {
      const pValue = adjusted[index] ?? 1;
      return { name, k, step, bend, expected, pValue, turns: pValue <= level && bend >= minimumBend };
    }),
    windows,
    level,
    resamples,
    method:
      `step-down maximum test over ${paths.length} parts, ${resamples} resamples of the noise in blocks, the same intervals ` +
      `in all parts; chance of naming any that does not turn: at most ${100 * level} %`,
  };
}

/** Says of one part whether it turns. */
export function partVerdict(part: TestedPart | undefined): string {
  if (part?.step == null) return "noise hides its direction";
  const rate = `p ${part.pValue} over all parts`;
  return part.turns ? `turns at step ${part.step} (${rate})` : `bends no more than noise (${rate})`;
}

/** Says in a sentence which adapters of a whole update turn. */
export function turningWords(whole: {
  readonly turning: TurningParts;
  readonly adapters: readonly AdapterOfUpdate[];
}): string {
  const { parts, level, windows } = whole.turning;
  const turning = parts.filter(({ turns }) => turns).toSorted((one, other) => other.bend - one.bend);
  const rate = `error over all ${parts.length} at most ${100 * level} %, k = ${windows.join(" or ")}`;
  const untold = parts.filter(({ step }) => step === null).length;
  const rest = untold === 0 ? "" : `; noise hides the direction of ${untold}`;
  const [most] = turning;
  if (most === undefined) return `Of no adapter alone can a turn be told from noise (${rate}${rest}).`;
  const names = new Set(turning.map(({ name }) => name));
  const layers = whole.adapters.filter(({ name }) => names.has(name)).map(({ layer }) => layer);
  const where = layers.every((layer) => Number.isFinite(layer)) ? `, in ${rangeWords(layers)}` : "";
  return (
    `${turning.length} of ${parts.length} adapters turn${where} (${rate}${rest}); ` +
    `the most ${most.name} at ${most.step ?? NaN} by ${most.bend.toFixed(0)}°.`
  );
}

/** Words layers as ranges, such as "layers 3, 10–14". */
function rangeWords(layers: readonly number[]): string {
  const sorted = [...new Set(layers)].sort((one, other) => one - other);
  const ranges: [number, number][] = [];
  for (const layer of sorted) {
    const last = ranges.at(-1);
    if (last?.[1] === layer - 1) last[1] = layer;
    else ranges.push([layer, layer]);
  }
  const words = ranges.map(([first, last]) => (first === last ? String(first) : `${first}–${last}`));
  return `${sorted.length === 1 ? "layer" : "layers"} ${words.join(", ")}`;
}

interface JudgedPart extends Pick<TestedPart, "name" | "k" | "step" | "bend" | "expected"> {
  /** In units of its limit. */
  readonly statistic: number;
  /** The statistic in every resample. */
  readonly resampled: readonly number[];
}

function judgePart(
  path: DirectionTrajectory,
  draws: readonly Int32Array[],
  windows: readonly number[],
  frozenBelow: number,
): JudgedPart {
  const simulated = straightBends(path, draws, windows);
  const judged = windows.map((k, index) => judgeWindow(path, simulated[index] ?? [], k, frozenBelow));
  const best = judged[largestPosition(judged.map(({ statistic }) => statistic))];
  const { name } = path;
  return {
    ...(best ?? { name, k: null, step: null, bend: NaN, expected: NaN, statistic: NaN }),
    resampled: draws.map((_, draw) =>
      Math.max(...judged.map(({ resampled }) => resampled[draw] ?? NaN).filter(Number.isFinite)),
    ),
  };
}

function judgeWindow(
  path: DirectionTrajectory,
  simulated: readonly Float64Array[],
  k: number,
  frozenBelow: number,
): JudgedPart {
  const { values, gate } = localCosineSimilarity(path, { k });
  const bends = applyGate(
    values.map((value) => bendDegrees(value)),
    gate,
    gateThreshold({ relative: frozenBelow }, gate),
  );
  const expected = meanOf(simulated, bends.length);
  const determined = [...bends.keys()].filter(
    (at) => Number.isFinite(bends[at]) && (expected[at] ?? NaN) < undeterminedFrom,
  );
  const statisticOf = (run: ArrayLike<number>): number => {
    const excess = determined.map((at) => (run[at] ?? NaN) - (expected[at] ?? NaN));
    return (excess[largestPosition(excess)] ?? NaN) - median(excess);
  };
  const resampled = simulated.map(statisticOf);
  const limit = upperLimit(resampled);
  const at =
    determined[largestPosition(determined.map((each) => (bends[each] ?? NaN) - (expected[each] ?? NaN)))] ??
    -1;
  return {
    name: path.name,
    k,
    step: path.steps[at] ?? null,
    bend: bends[at] ?? NaN,
    expected: expected[at] ?? NaN,
    statistic: statisticOf(bends) / limit,
    resampled: resampled.map((value) => value / limit),
  };
}

/** The mean of runs at every step. */
function meanOf(runs: readonly Float64Array[], steps: number): Float64Array {
  const mean = new Float64Array(steps);
  for (const run of runs) for (let at = 0; at < steps; at++) mean[at] = (mean[at] ?? NaN) + (run[at] ?? NaN);
  for (let at = 0; at < steps; at++) mean[at] = (mean[at] ?? NaN) / runs.length;
  return mean;
}

/** For every step, the position k steps before it and k steps after; −1 where there is none. */
interface Neighbors {
  readonly before: Int32Array;
  readonly after: Int32Array;
}

/**
 * Bends of straight paths with a path's noise, one path for each draw of intervals; NaN where a neighbour is missing. Only
 * inner products of the noise are needed, so that the cost does not grow with its dimension.
 * @returns `[windows][draws][steps]`
 */
function straightBends(
  path: DirectionTrajectory,
  draws: readonly Int32Array[],
  windows: readonly number[],
): Float64Array[][] {
  const { steps } = path;
  const positions = positionsByStep(steps);
  const neighbors = windows.map((k): Neighbors => ({
    before: Int32Array.from(steps, (step) => positions.get(step - k) ?? -1),
    after: Int32Array.from(steps, (step) => positions.get(step + k) ?? -1),
  }));
  const sumsOf = movementSums(path, neighbors);
  const bends = windows.map((): Float64Array[] => []);
  for (const drawn of draws) {
    const sums = sumsOf(drawn);
    for (const [window, each] of neighbors.entries()) bends[window]?.push(bendsBetween(sums, each));
  }
  return bends;
}

// Plain loops from here on: this runs for every resample of every part.

function bendsBetween(sums: MovementSums, { before, after }: Neighbors): Float64Array {
  const count = before.length;
  const squares = new Float64Array(count);
  for (let here = 0; here < count; here++) {
    const from = before[here] ?? -1;
    squares[here] = from < 0 ? NaN : rangeProduct(sums, from, here, from, here);
  }
  const bends = new Float64Array(count);
  for (let here = 0; here < count; here++) {
    const [from, to] = [before[here] ?? -1, after[here] ?? -1];
    const lengths = from < 0 || to < 0 ? NaN : Math.sqrt((squares[here] ?? NaN) * (squares[to] ?? NaN));
    if (lengths > 0) {
      const cosine = rangeProduct(sums, from, here, here, to) / lengths;
      bends[here] = degreesFromCosine(Math.min(1, Math.max(-1, cosine)));
    } else if (from < 0 || to < 0) bends[here] = NaN;
  }
  return bends;
}

/** Sums of the inner products of the movements over intervals. */
interface MovementSums {
  /** `[intervals][width]`: for every interval, of its products with those from `back` before it on, in order. */
  readonly values: Float64Array;
  readonly width: number;
  readonly back: number;
}

/** Inner product of the movements over two ranges of intervals, each from its first to before its last. */
function rangeProduct(
  { values, width, back }: MovementSums,
  from: number,
  to: number,
  otherFrom: number,
  otherTo: number,
): number {
  let total = 0;
  for (let one = from; one < to; one++) {
    const start = one * width + back - one;
    total += (values[start + otherTo] ?? NaN) - (values[start + otherFrom] ?? NaN);
  }
  return total;
}

/**
 * Prepares the inner products of movements along straight paths with a path's noise.
 * @returns for a draw of intervals, sums that last until the next draw
 */
function movementSums(
  path: DirectionTrajectory,
  neighbors: readonly Neighbors[],
): (drawn: Int32Array) => MovementSums {
  const directed = Float64Array.from(driftAndNoise(path, { hasMemory: false }).directed);
  const { residuals, scale } = pathNoise(path);
  const products = gramMatrix(residuals);
  const count = residuals.length;
  let [back, reach] = [0, 0];
  for (const { before, after } of neighbors) {
    for (const [here, from] of before.entries()) {
      const to = after[here] ?? -1;
      if (from >= 0) back = Math.max(back, here - from);
      reach = Math.max(reach, (to < 0 ? here : to) - (from < 0 ? here : from));
    }
  }
  const width = back + reach + 1;
  const values = new Float64Array(count * width);
  const scales = new Float64Array(count);
  return (drawn) => {
    for (let one = 0; one < count; one++) scales[one] = scale(drawn[one] ?? -1, one);
    for (let one = 0; one < count; one++) {
      const row = products[drawn[one] ?? -1] ?? scales;
      const [ownScale, along] = [scales[one] ?? NaN, directed[one] ?? NaN];
      const end = Math.min(count, one + reach + 1);
      let place = one * width + Math.max(0, back - one);
      let sum = 0;
      for (let other = Math.max(0, one - back); other < end; other++) {
        values[place++] = sum;
        const noise = ownScale * (scales[other] ?? NaN) * (row[drawn[other] ?? -1] ?? NaN);
        sum += along * (directed[other] ?? NaN) + noise;
      }
      values.fill(sum, place, (one + 1) * width);
    }
    return { values, width, back };
  };
}
