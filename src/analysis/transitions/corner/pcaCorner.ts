import { Random } from "../../../tensor/random.js";
import { segmentedRegression, type SegmentedFit } from "../../statistics/segmentedRegression.js";
import { degreesFromCosine } from "../../linalg/innerProduct.js";
import { cornerSensitivity } from "./cornerSensitivity.js";
import { driftAndNoise } from "../rotation/driftAndNoise.js";
import { simulatePath } from "../rotation/straightPath.js";
import { cannotTell, doesNotTurn, found, type VerdictOf } from "../phaseTransition.js";
import { residualBootstrap } from "../../statistics/bootstrap.js";
import { monteCarloTest, upperLimit } from "../../statistics/monteCarloTest.js";
import { parabolaTrend } from "../../statistics/smoothTrend.js";
import { stepSpacing, widenedInterval } from "../../series/stepSeries.js";
import { quantile, type Interval } from "../../statistics/quantile.js";
import type { DirectionTrajectory } from "../../geometry/trajectory.js";
import { gramMatrix } from "../../linalg/gramMatrix.js";

/** Settings of the test of whether a path has a corner. */
export interface PcaCornerOptions {
  /** Smallest angle between the legs that counts, in degrees in the plane. @default 10 */
  readonly minimumBend?: number;
  /** Every second, third, … step is taken where there would be more increments than this. @default 160 */
  readonly maxIncrements?: number;
  /** Simulated paths of the null model, at most. @default 199 */
  readonly draws?: number;
  /** Resamples behind the interval. @default 199 */
  readonly resamples?: number;
  /** @default 0 */
  readonly seed?: number;
}

/** The numbers behind a corner. */
export interface PcaCornerEvidence {
  /** Between the legs, in the plane. */
  readonly bendDegrees: number;
  /** Of the first two components. */
  readonly explainedVarianceRatio: readonly [number, number];
  /** Step at which the second component is farthest from its chord: every curved path has one. */
  readonly secondComponentTurns: number;
  /** n log(RSS of parabolas / RSS of legs). */
  readonly gain: number;
  readonly pValue: number;
  /** Simulated paths: fewer where more could not have changed the outcome. */
  readonly draws: number;
  /** Of how many stored steps one was taken. */
  readonly everyNthStep: number;
}

const fewest = 12;
/** Number of steps below which a path is short: it hardly says how much its noise remembers. */
const shortPath = 61;
/** Stricter than 5 %: the noise of the null model is estimated from the run it judges, which lets more through. */
const levelOf = (steps: readonly number[]): number => (steps.length < shortPath ? 0.01 : 0.03);
/** Increments on either side averaged for the speed of the path. */
const speedHalfWidth = 3;

/**
 * The corner of the path in the plane of its first two principal components (docs/methods.md §4.4; 2506.11613, figure 8,
 * shows the path, the test is ours).
 *
 * Event model: two straight legs, a continuous piecewise-linear curve of both scores over the distance travelled,
 * so that a leg stays straight while the run slows down. The statistic is how much better it explains the scores than
 * parabolas do: the second component of any curved path has an extremum, a random walk's too. Null model: a
 * straight path with the run's own movement and noise (`driftAndNoise`), a random walk where nothing is directed;
 * its components and distances are found anew for every draw. The interval is the 95 % range of the corner over
 * resamples of the scores' residual increments, widened by the spacing of the steps.
 */
export function pcaCorner(
  trajectory: DirectionTrajectory,
  options: PcaCornerOptions = {},
): VerdictOf<"pcaCorner", PcaCornerEvidence> {
  const { minimumBend = 10, maxIncrements = 160, draws = 199, resamples = 199, seed = 0 } = options;
  const indicator = "pcaCorner";
  const thinned = thinnedTrajectory(trajectory, maxIncrements);
  const { steps } = thinned;
  if (steps.length <= fewest) {
    return cannotTell({
      indicator,
      reason: `${steps.length} steps have a direction, a fit needs ${fewest + 1}`,
      remedy: "keep more checkpoints",
    });
  }
  const best = cornerOf(steps, thinned.vectors);
  if (best === null) {
    return cannotTell({
      indicator,
      reason: "the direction does not move between some stored steps",
      remedy: "leave out the checkpoints that repeat others",
    });
  }
  const { distance, plane, fit, gain } = best;
  const corner = distance.indexOf(fit.knots[0] ?? NaN);
  const step = steps[corner] ?? NaN;
  const bend = angleBetweenLegs(fit);

  const level = levelOf(steps);
  const random = new Random(seed).fork("pcaCorner");
  const model = driftAndNoise(thinned);
  const nullRandom = random.fork("null");
  const gainOf = (path: readonly Float64Array[]): number => cornerOf(steps, path)?.gain ?? NaN;
  const nullCorners: SimulatedCorner[] = [];
  const nullCorner = (draw: number): SimulatedCorner =>
    (nullCorners[draw] ??= simulatedCorner(cornerOf(steps, simulatePath(model, nullRandom.fork(draw)))));
  const test = monteCarloTest(gain, (draw) => nullCorner(draw).gain, { draws, level });
  const evidence = {
    bendDegrees: bend,
    explainedVarianceRatio: plane.explainedVarianceRatio,
    secondComponentTurns: turningStep(steps, plane.scores[1]),
    gain,
    pValue: test.pValue,
    draws: test.draws,
    everyNthStep: Math.round(stepSpacing(steps) / stepSpacing(trajectory.steps)),
  };
  const where = `largest corner ${bend.toFixed(0)}° at step ${step}`;
  if (!test.isExceptional || !(gain > 0)) {
    // As many as make the largest of them the limit at that level.
    const nulls = Array.from({ length: Math.ceil(1 / level) - 1 }, (_, draw) => nullCorner(draw));
    const limitOf = (values: readonly number[]): number => upperLimit(values, level);
    const straightBend = limitOf(nulls.map((each) => each.bend));
    if (bend >= minimumBend && bend > straightBend) {
      return cannotTell({
        indicator,
        reason:
          `${where}: the legs differ by more than noise bends a straight path (${straightBend.toFixed(0)}°), ` +
          "but a smooth curve fits as well",
        remedy: "look at the path and the local cosine: no one step stands for a curve",
        evidence,
      });
    }
    const reason = `${where}: no sharper than noise makes a straight path`;
    const limit = limitOf(nulls.map((each) => each.gain));
    const sensitivity = cornerSensitivity(model, (path) => gainOf(path) > limit, random.fork("sensitivity"));
    if (sensitivity !== null) return doesNotTurn({ indicator, reason, sensitivity, evidence });
    const remedy =
      "keep checkpoints further apart, or train longer: in this noise not even a corner of 90° would be found";
    return cannotTell({ indicator, reason, remedy, evidence });
  }
  if (!(bend >= minimumBend)) {
    const sensitivity = { event: `a corner of ${minimumBend}°`, size: minimumBend, percent: null };
    return doesNotTurn({ indicator, reason: `${where}: below ${minimumBend}°`, sensitivity, evidence });
  }
  return found({
    indicator,
    step,
    interval: cornerInterval({
      steps,
      distance,
      scores: plane.scores,
      fit,
      corner,
      resamples,
      random: random.fork("interval"),
    }),
    method:
      "corner of two straight legs in the plane of the first two principal components, sharper than a straight path with the run's noise; " +
      `interval: 95 % of ${resamples} resamples of the residual increments in blocks; prominence: degrees between the legs`,
    prominence: bend,
    evidence,
  });
}

/** Gain and angle of a simulated path's corner; NaN where it has none. */
type SimulatedCorner = Readonly<Record<"gain" | "bend", number>>;

function simulatedCorner(corner: Corner | null): SimulatedCorner {
  return corner === null
    ? { gain: NaN, bend: NaN }
    : { gain: corner.gain, bend: angleBetweenLegs(corner.fit) };
}

/** The finite vectors, and of those every second, third, … where there would be too many. */
function thinnedTrajectory(trajectory: DirectionTrajectory, maxIncrements: number): DirectionTrajectory {
  const finite = trajectory.vectors.flatMap((vector, index) =>
    vector.every((value) => Number.isFinite(value)) ? [index] : [],
  );
  const every = Math.max(1, Math.ceil((finite.length - 1) / maxIncrements));
  const kept = finite.filter((_, place) => place % every === 0);
  return {
    name: trajectory.name,
    steps: kept.map((index) => trajectory.steps[index] ?? NaN),
    vectors: kept.map((index) => trajectory.vectors[index] ?? new Float32Array(0)),
  };
}

interface Corner {
  readonly distance: readonly number[];
  readonly plane: PathPlane;
  readonly fit: SegmentedFit;
  /** n log(RSS of parabolas / RSS of legs). */
  readonly gain: number;
}

/** The best two legs; null where the path does not move between some positions. */
function cornerOf(
  steps: readonly number[],
  positions: readonly (Float32Array | Float64Array)[],
): Corner | null {
  const plane = pathPlane(positions);
  const distance = distanceTravelled(steps, plane);
  if (!distance.slice(1).every((each, index) => each > (distance[index] ?? NaN))) return null;
  const fit = segmentedRegression(distance).fit(plane.scores, 1);
  const parabola = parabolaTrend(distance);
  const smooth = plane.scores.reduce((sum, score) => sum + parabola.fit(Array.from(score)).residualSum, 0);
  return { distance, plane, fit, gain: distance.length * Math.log(smooth / fit.residualSum) };
}

/**
 * Distance travelled in the plane at every position, by the length of the mean movement over seven increments and the
 * steps between positions: over a missing step the path goes as far as over two. Of the noise only its share of two
 * dimensions counts, so that a tail that shakes without moving is no leg of its own.
 */
function distanceTravelled(steps: readonly number[], { scores: [first, second] }: PathPlane): number[] {
  const distance = [0];
  for (let index = 1; index < first.length; index++) {
    const from = Math.max(0, index - 1 - speedHalfWidth);
    const to = Math.min(first.length - 1, index + speedHalfWidth);
    const moved = Math.hypot(
      (first[to] ?? NaN) - (first[from] ?? NaN),
      (second[to] ?? NaN) - (second[from] ?? NaN),
    );
    const duration = (steps[index] ?? NaN) - (steps[index - 1] ?? NaN);
    const share = duration / ((steps[to] ?? NaN) - (steps[from] ?? NaN));
    distance.push((distance.at(-1) ?? NaN) + share * moved);
  }
  return distance;
}

function angleBetweenLegs(fit: SegmentedFit): number {
  const before = fit.slopes.map((slopes) => slopes[0] ?? NaN);
  const after = fit.slopes.map((slopes) => slopes[1] ?? NaN);
  const product = before.reduce((sum, value, axis) => sum + value * (after[axis] ?? NaN), 0);
  const lengths = Math.hypot(...before) * Math.hypot(...after);
  return lengths > 0 ? degreesFromCosine(Math.min(1, Math.max(-1, product / lengths))) : NaN;
}

/** The step at which a score is farthest from the straight line between its ends. */
function turningStep(steps: readonly number[], score: Float64Array): number {
  const first = score[0] ?? NaN;
  const slope = ((score.at(-1) ?? NaN) - first) / (score.length - 1);
  let best = NaN;
  let furthest = -1;
  for (const [index, value] of score.entries()) {
    const away = Math.abs(value - first - slope * index);
    if (away > furthest) [best, furthest] = [steps[index] ?? NaN, away];
  }
  return best;
}

function cornerInterval(input: {
  readonly steps: readonly number[];
  readonly distance: readonly number[];
  readonly scores: readonly Float64Array[];
  readonly fit: SegmentedFit;
  readonly corner: number;
  readonly resamples: number;
  readonly random: Random;
}): Interval {
  const { steps, distance, scores, fit, corner, resamples, random } = input;
  const legs = segmentedRegression(distance);
  // Noise that accumulates, as that of an optimiser does, is stationary in the increments only.
  const bootstraps = scores.map((score, axis) => {
    const residuals = Array.from(score, (value, index) => value - (fit.fitted[axis]?.[index] ?? NaN));
    const increments = residuals.slice(1).map((value, index) => value - (residuals[index] ?? NaN));
    return residualBootstrap(increments, 2);
  });
  const drawn = Array.from({ length: resamples }, () => {
    const rows = bootstraps.map((bootstrap, axis) => {
      const noise = bootstrap.draw(random);
      let level = 0;
      return (fit.fitted[axis] ?? new Float64Array(0)).map((value, index) => {
        if (index > 0) level += noise[index - 1] ?? NaN;
        return value + level;
      });
    });
    return steps[distance.indexOf(legs.fit(rows, 1).knots[0] ?? NaN)] ?? NaN;
  });
  const step = steps[corner] ?? NaN;
  return widenedInterval(
    Math.min(step, quantile(drawn, 0.025)),
    Math.max(step, quantile(drawn, 0.975)),
    steps,
  );
}

/** A path in the plane of its first two principal components. */
interface PathPlane {
  /** Scores of every position, `[2][n]`; each component's largest score by magnitude is positive. */
  readonly scores: readonly [Float64Array, Float64Array];
  /** Shares of the total variance. */
  readonly explainedVarianceRatio: readonly [number, number];
}

/**
 * The scores of a path's first two principal components, by orthogonal iteration on three vectors that begin as
 * straight, curved and twice curved paths look: close to the answer, and cheap enough to be repeated for every
 * draw of a null model (`pca` is the exact decomposition). Where noise makes the second component no larger than
 * the third, any mixture of them serves.
 *
 * The iteration takes place among the dimensions or among the positions, whichever are fewer.
 *
 * @param positions `[n][d]`, all finite.
 * @param rounds of iteration: with 15, a third component 50 % of the second is told apart to 1e-4. @default 15
 */
function pathPlane(positions: readonly (Float32Array | Float64Array)[], rounds = 15): PathPlane {
  const count = positions.length;
  const isNarrow = (positions[0]?.length ?? 0) < count;
  const columns = isNarrow ? centeredColumns(positions) : [];
  const products = isNarrow ? gramMatrix(columns) : gramMatrix(positions, { centered: true });
  const likely = [1, 2, 3].map((frequency) =>
    Float64Array.from({ length: count }, (_, index) => Math.cos((Math.PI * frequency * index) / (count - 1))),
  );
  const begun = isNarrow
    ? likely.map((vector) => Float64Array.from(columns, (column) => dot(column, vector)))
    : likely;
  const { vectors, eigenvalues } = iterate(products, begun, rounds);
  let total = 0;
  for (const [index, row] of products.entries()) total += row[index] ?? NaN;
  const scores = (component: number): Float64Array => {
    const vector = vectors[component] ?? new Float64Array(products.length);
    const length = Math.sqrt(eigenvalues[component] ?? 0);
    const values = isNarrow ? combined(columns, vector) : vector.map((value) => length * value);
    const largest = values.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    return largest < 0 ? values.map((value) => -value) : values;
  };
  const share = (component: number): number => (total > 0 ? (eigenvalues[component] ?? 0) / total : NaN);
  return { scores: [scores(0), scores(1)], explainedVarianceRatio: [share(0), share(1)] };
}

/** Orthonormal vectors that approach the leading eigenvectors of a symmetric matrix, and their eigenvalues. */
function iterate(
  matrix: readonly Float64Array[],
  begun: readonly Float64Array[],
  rounds: number,
): { vectors: readonly Float64Array[]; eigenvalues: readonly number[] } {
  let vectors = begun;
  let eigenvalues: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const orthogonal: Float64Array[] = [];
    eigenvalues = [];
    for (const vector of vectors) {
      const rest = Float64Array.from(matrix, (row) => dot(row, vector));
      const before = Math.sqrt(dot(rest, rest));
      for (const earlier of orthogonal) {
        const product = dot(earlier, rest);
        for (let index = 0; index < rest.length; index++) {
          rest[index] = (rest[index] ?? NaN) - product * (earlier[index] ?? NaN);
        }
      }
      const norm = Math.sqrt(dot(rest, rest));
      // Below rounding there is no further component.
      const isPresent = norm > 1e-12 * before && norm > 0;
      eigenvalues.push(isPresent && round > 0 ? norm : 0);
      for (let index = 0; index < rest.length; index++) {
        rest[index] = isPresent ? (rest[index] ?? NaN) / norm : 0;
      }
      orthogonal.push(rest);
    }
    vectors = orthogonal;
  }
  return { vectors, eigenvalues };
}

/** Every dimension over the positions, `[d][n]`, about its mean. */
function centeredColumns(positions: readonly (Float32Array | Float64Array)[]): Float64Array[] {
  const count = positions.length;
  return Array.from({ length: positions[0]?.length ?? 0 }, (_, axis) => {
    const column = new Float64Array(count);
    let sum = 0;
    for (let index = 0; index < count; index++) {
      const value = positions[index]?.[axis] ?? NaN;
      column[index] = value;
      sum += value;
    }
    for (let index = 0; index < count; index++) column[index] = (column[index] ?? NaN) - sum / count;
    return column;
  });
}

/** The columns weighted and added. */
function combined(columns: readonly Float64Array[], weights: Float64Array): Float64Array {
  const sum = new Float64Array(columns[0]?.length ?? 0);
  for (const [axis, column] of columns.entries()) {
    const weight = weights[axis] ?? NaN;
    for (let index = 0; index < sum.length; index++)
      sum[index] = (sum[index] ?? 0) + weight * (column[index] ?? NaN);
  }
  return sum;
}

function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < left.length; index++) sum += (left[index] ?? NaN) * (right[index] ?? NaN);
  return sum;
}
