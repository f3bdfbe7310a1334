import { Random } from "../../../tensor/random.js";
import {
  applyGate,
  bendDegrees,
  gateThreshold,
  localCosineSimilarity,
} from "../../geometry/localCosineSimilarity.js";
import type { AdapterOfUpdate } from "../../geometry/whole/wholeUpdate.js";
import type { DirectionTrajectory } from "../../geometry/trajectory.js";
import { degreesFromCosine, innerProduct } from "../../linalg/innerProduct.js";
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
  const expected = bends.map(
    (_, at) => simulated.reduce((sum, run) => sum + (run[at] ?? NaN), 0) / simulated.length,
  );
  const isDetermined = bends.map(
    (bend, at) => Number.isFinite(bend) && (expected[at] ?? NaN) < undeterminedFrom,
  );
  const excessOf = (run: ArrayLike<number>): number[] =>
    isDetermined.map((is, at) => (is ? (run[at] ?? NaN) - (expected[at] ?? NaN) : NaN));
  const statisticOf = (excess: readonly number[]): number =>
    (excess[largestPosition(excess)] ?? NaN) - median(excess);
  const excess = excessOf(bends);
  const resampled = simulated.map((run) => statisticOf(excessOf(run)));
  const limit = upperLimit(resampled);
  const at = largestPosition(excess);
  return {
    name: path.name,
    k,
    step: path.steps[at] ?? null,
    bend: bends[at] ?? NaN,
    expected: expected[at] ?? NaN,
    statistic: statisticOf(excess) / limit,
    resampled: resampled.map((value) => value / limit),
  };
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
  const ranges = windows.map((k) =>
    steps.map((step, here) => {
      const [from, to] = [positions.get(step - k), positions.get(step + k)];
      return { from, here, to };
    }),
  );
  const reach = Math.max(0, ...ranges.flat().map(({ from, here, to }) => (to ?? here) - (from ?? here)));
  const productsOf = movementProducts(path, reach);
  const bends = windows.map((): Float64Array[] => []);
  for (const drawn of draws) {
    const between = productsOf(drawn);
    for (const [window, each] of ranges.entries()) {
      const squares = each.map(({ from, here }) =>
        from === undefined ? NaN : between(from, here, from, here),
      );
      bends[window]?.push(
        Float64Array.from(each, ({ from, here, to }) => {
          if (from === undefined || to === undefined) return NaN;
          const lengths = Math.sqrt((squares[here] ?? NaN) * (squares[to] ?? NaN));
          if (!(lengths > 0)) return 0;
          return degreesFromCosine(Math.min(1, Math.max(-1, between(from, here, here, to) / lengths)));
        }),
      );
    }
  }
  return bends;
}

/** Inner product of the movements over two ranges of intervals, each from its first to before its last. */
type RangeProduct = (from: number, to: number, otherFrom: number, otherTo: number) => number;

/**
 * Prepares the inner products of movements along straight paths with a path's noise.
 * @param reach most intervals between the first and the last of two ranges
 * @returns for a draw of intervals, the products of ranges
 */
function movementProducts(path: DirectionTrajectory, reach: number): (drawn: Int32Array) => RangeProduct {
  const { directed } = driftAndNoise(path, { hasMemory: false });
  const { residuals, scale } = pathNoise(path);
  const count = residuals.length;
  const products = new Float64Array(count * count);
  for (const [row, one] of residuals.entries()) {
    for (const [column, other] of residuals.slice(0, row + 1).entries()) {
      const product = innerProduct(one, other);
      products[row * count + column] = product;
      products[column * count + row] = product;
    }
  }
  const width = 2 * reach + 1;
  /** For every interval, the sums of its products with those from `reach` before it on. */
  const sums = new Float64Array(count * width);
  return (drawn) => {
    const scales = Float64Array.from(drawn, (from, to) => scale(from, to));
    for (let one = 0; one < count; one++) {
      const row = (drawn[one] ?? 0) * count;
      const [ownScale, along] = [scales[one] ?? NaN, directed[one] ?? NaN];
      let sum = 0;
      for (let place = 0; place < width; place++) {
        sums[one * width + place] = sum;
        const other = one - reach + place;
        if (other < 0 || other >= count) continue;
        const noise = ownScale * (scales[other] ?? NaN) * (products[row + (drawn[other] ?? 0)] ?? NaN);
        sum += along * (directed[other] ?? NaN) + noise;
      }
    }
    return (from, to, otherFrom, otherTo) => {
      let total = 0;
      for (let one = from; one < to; one++) {
        const start = one * width + reach - one;
        total += (sums[start + otherTo] ?? NaN) - (sums[start + otherFrom] ?? NaN);
      }
      return total;
    };
  };
}
