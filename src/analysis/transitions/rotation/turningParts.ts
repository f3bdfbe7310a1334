import { Random } from "../../../tensor/random.js";
import {
  applyGate,
  bendDegrees,
  gateThreshold,
  localCosineSimilarity,
} from "../../geometry/localCosineSimilarity.js";
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
  /** Half-window of the bends, in steps. */
  readonly k: number;
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
  /** Step at which the bend exceeds noise by most; null where noise hides the direction everywhere. */
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
  readonly k: number;
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
 * median excess over the run, in units of the limit that its own resamples give. Resamples draw the noise of the same
 * intervals in every part, in blocks, so that parts whose noise moves together stay together; the step-down maximum test
 * (`stepDown`) then compares.
 * @param paths all over the same steps
 */
export function turningParts(
  paths: readonly DirectionTrajectory[],
  options: TurningPartsOptions,
): TurningParts {
  const { k, frozenBelow, minimumBend = 10, resamples = 99, level = 0.05, seed = 0 } = options;
  const intervals = Math.max(0, (paths[0]?.steps.length ?? 0) - 1);
  const random = new Random(seed).fork("turning parts");
  const draws = Array.from({ length: resamples }, (_, draw) =>
    stationaryBootstrap(intervals, noiseBlockLength(intervals), random.fork(draw)),
  );
  const judged = paths.map((path) => judgePart(path, draws, k, frozenBelow));
  const { adjusted } = stepDown(
    judged.map(({ statistic, limit }) => statistic / (margin * limit)),
    draws.map((_, draw) => judged.map(({ limit, resampled }) => (resampled[draw] ?? NaN) / limit)),
  );
  return {
    parts: judged.map(({ name, step, bend, expected }, index) => {
      const pValue = adjusted[index] ?? 1;
      return { name, step, bend, expected, pValue, turns: pValue <= level && bend >= minimumBend };
    }),
    k,
    level,
    resamples,
    method:
      `step-down maximum test over ${paths.length} parts, ${resamples} resamples of the noise in blocks, the same intervals ` +
      `in all parts; chance of naming any that does not turn: at most ${100 * level} %`,
  };
}

/** Most parts that are named in a sentence. */
const mostNamed = 5;

/** Says in a sentence which parts turn. @param what the parts are, such as "adapters" */
export function turningWords({ parts, level, k }: TurningParts, what: string): string {
  const turning = parts.filter(({ turns }) => turns).toSorted((one, other) => other.bend - one.bend);
  const rate = `error over all ${parts.length} at most ${100 * level} %, k = ${k}`;
  const untold = parts.filter(({ step }) => step === null).length;
  const rest = untold === 0 ? "" : `; noise hides the direction of ${untold}`;
  if (turning.length === 0) return `Of none of the ${what} alone can a turn be told from noise (${rate}${rest}).`;
  const named = turning
    .slice(0, mostNamed)
    .map(({ name, step, bend }) => `${name} at ${step ?? NaN} by ${bend.toFixed(0)}°`);
  const more = turning.length > mostNamed ? ` and ${turning.length - mostNamed} more` : "";
  return `${turning.length} of ${parts.length} ${what} turn (${rate}${rest}): ${named.join(", ")}${more}.`;
}

interface JudgedPart extends Pick<TestedPart, "name" | "step" | "bend" | "expected"> {
  readonly statistic: number;
  /** The statistic in every resample, and its 95 % limit. */
  readonly resampled: readonly number[];
  readonly limit: number;
}

function judgePart(
  path: DirectionTrajectory,
  draws: readonly Int32Array[],
  k: number,
  frozenBelow: number,
): JudgedPart {
  const { values, gate } = localCosineSimilarity(path, { k });
  const bends = applyGate(
    values.map((value) => bendDegrees(value)),
    gate,
    gateThreshold({ relative: frozenBelow }, gate),
  );
  const simulated = straightBends(path, draws, k);
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
  const at = largestPosition(excess);
  return {
    name: path.name,
    step: path.steps[at] ?? null,
    bend: bends[at] ?? NaN,
    expected: expected[at] ?? NaN,
    statistic: statisticOf(excess),
    resampled,
    limit: upperLimit(resampled),
  };
}

/**
 * Bends of straight paths with a path's noise, one path for each draw of intervals, `[draws][steps]`; NaN where a
 * neighbour is missing. Only inner products of the noise are needed, so that the cost does not grow with its dimension.
 */
function straightBends(path: DirectionTrajectory, draws: readonly Int32Array[], k: number): Float64Array[] {
  const { steps } = path;
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
  const positions = positionsByStep(steps);
  const before = steps.map((step) => positions.get(step - k) ?? -1);
  const after = steps.map((step) => positions.get(step + k) ?? -1);
  return draws.map((drawn) => {
    const scales = Float64Array.from(drawn, (from, to) => scale(from, to));
    /** Inner product of the movements over two ranges of intervals. */
    const between = (from: number, to: number, otherFrom: number, otherTo: number): number => {
      let [along, otherAlong, across] = [0, 0, 0];
      for (let other = otherFrom; other < otherTo; other++) otherAlong += directed[other] ?? NaN;
      for (let one = from; one < to; one++) {
        along += directed[one] ?? NaN;
        const row = (drawn[one] ?? 0) * count;
        let sum = 0;
        for (let other = otherFrom; other < otherTo; other++)
          sum += (scales[other] ?? NaN) * (products[row + (drawn[other] ?? 0)] ?? NaN);
        across += (scales[one] ?? NaN) * sum;
      }
      return along * otherAlong + across;
    };
    const squares = before.map((from, here) => (from < 0 ? NaN : between(from, here, from, here)));
    return Float64Array.from(steps, (_, here) => {
      const [from = -1, to = -1] = [before[here], after[here]];
      if (from < 0 || to < 0) return NaN;
      const lengths = Math.sqrt((squares[here] ?? NaN) * (squares[to] ?? NaN));
      if (!(lengths > 0)) return 0;
      return degreesFromCosine(Math.min(1, Math.max(-1, between(from, here, here, to) / lengths)));
    });
  });
}
