import { stepSpacing } from "../../series/stepSeries.js";
import { logisticRate, type LogisticCurve, type StepCounts } from "./logisticCurve.js";

/** Walks tried: variance of an increment over that of a count, and scatter beyond the binomial one. */
const increments = [0, ...Array.from({ length: 28 }, (_, index) => 1e-3 * 1.6 ** index)];

const scatters = Array.from({ length: 12 }, (_, index) => 1.4 ** index);

/**
 * How much better a rising curve explains counts than a rate that wanders from step to step without going anywhere: the
 * difference in the Bayesian information criterion, positive for the curve.
 *
 * The other model is a random walk seen through noise (the local level model, Harvey 1989, section 2.3; its likelihood by the
 * Kalman filter). Both are compared on the scale on which a count has the same variance whatever its rate,
 * arcsin √p (Anscombe 1948), and both may scatter more than binomially.
 */
export function evidenceOverWalk(counts: StepCounts, curve: LogisticCurve): number {
  const variances = counts.n.map((n) => 1 / (4 * n + 2));
  const values = counts.successes.map((count, index) => evened(count, counts.n[index] ?? NaN));
  // What is expected is transformed as what is counted: of few answers none misaligned is not a rate of 0.
  const errors = values.map((value, index) => {
    const n = counts.n[index] ?? NaN;
    return value - evened(n * logisticRate(curve, counts.steps[index] ?? NaN), n);
  });
  const ofCurve = Math.max(
    ...scatters.map((scatter) => independentLogLikelihood(errors, variances, scatter)),
  );
  const spacing = stepSpacing(counts.steps);
  const ages = counts.steps.map((step, index) => (step - (counts.steps[index - 1] ?? step)) / spacing);
  const ofWalk = Math.max(
    ...scatters.flatMap((scatter) =>
      increments.map((increment) => walkLogLikelihood(values, { variances, ages, scatter, increment })),
    ),
  );
  // The curve has four parameters and the walk two, beside the scatter of both.
  return 2 * (ofCurve - ofWalk) - 2 * Math.log(counts.steps.length);
}

/** A count of n on the scale on which its variance is 1/(4n + 2). */
function evened(count: number, n: number): number {
  return Math.asin(Math.sqrt(Math.min(1, Math.max(0, (count + 3 / 8) / (n + 3 / 4)))));
}

function independentLogLikelihood(
  errors: readonly number[],
  variances: readonly number[],
  scatter: number,
): number {
  return errors.reduce(
    (sum, error, index) => sum + logDensity(error, scatter * (variances[index] ?? NaN)),
    0,
  );
}

/** A random walk seen through noise. */
export interface Walk {
  /** Of the values about the level, before `scatter`. */
  readonly variances: readonly number[];
  /** Between a step and the one before, in typical distances. */
  readonly ages: readonly number[];
  readonly scatter: number;
  /** Of the level in a typical distance, over the mean of `variances`. */
  readonly increment: number;
}

/** Of values along a walk whose start is unknown: the first is met exactly. */
export function walkLogLikelihood(
  values: readonly number[],
  { variances, ages, scatter, increment }: Walk,
): number {
  const typical = variances.reduce((sum, variance) => sum + variance, 0) / variances.length;
  let level = values[0] ?? NaN;
  let uncertainty = scatter * (variances[0] ?? NaN);
  // Nothing is known of the level before the first step, whose count is therefore met exactly.
  let sum = logDensity(0, uncertainty);
  for (let index = 1; index < values.length; index++) {
    const noise = scatter * (variances[index] ?? NaN);
    uncertainty += increment * typical * (ages[index] ?? NaN);
    const error = (values[index] ?? NaN) - level;
    const variance = uncertainty + noise;
    sum += logDensity(error, variance);
    level += (uncertainty / variance) * error;
    uncertainty *= noise / variance;
  }
  return sum;
}

function logDensity(error: number, variance: number): number {
  return -(Math.log(2 * Math.PI * variance) + (error * error) / variance) / 2;
}
