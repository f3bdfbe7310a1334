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

/**
 * The best floor and plateau (0 ≤ floor ≤ plateau ≤ 1) for a given midpoint and width, by expectation
 * maximisation: an answer comes from the plateau with probability σ((s − midpoint)/width), else from the floor.
 * The rate is linear in the two levels, so the likelihood is concave and has no other maximum; where that
 * maximum falls instead of rising, the best rising curve is the constant rate.
 *
 * @param options.tolerance stop when the log-likelihood gains less than this. @default 1e-4
 */
export function fitLevels(
  counts: StepCounts,
  midpoint: number,
  width: number,
  start: { floor: number; plateau: number },
  options: { tolerance?: number; iterations?: number } = {},
): LogisticCurve {
  const { tolerance = 1e-4, iterations = 100 } = options;
  const weights = counts.steps.map((step) => logistic((step - midpoint) / width));
  let { floor, plateau } = start;
  let logLikelihood = -Infinity;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const next = expectationStep(counts, weights, floor, plateau);
    const gain = next.logLikelihood - logLikelihood;
    logLikelihood = next.logLikelihood;
    if (gain < tolerance) break;
    ({ floor, plateau } = next);
  }
  if (plateau >= floor) return { floor, plateau, midpoint, width, logLikelihood };
  const constant = pooledRate(counts);
  return {
    floor: constant,
    plateau: constant,
    midpoint,
    width,
    logLikelihood: binomialLogLikelihood(counts, () => constant),
  };
}

/** The log-likelihood of the given levels, and the levels that expectation maximisation moves to. */
function expectationStep(
  counts: StepCounts,
  weights: readonly number[],
  floor: number,
  plateau: number,
): { floor: number; plateau: number; logLikelihood: number } {
  let lowSuccess = 0;
  let lowTotal = 0;
  let highSuccess = 0;
  let highTotal = 0;
  let logLikelihood = 0;
  for (let index = 0; index < weights.length; index++) {
    const weight = weights[index] ?? 0;
    const successes = counts.successes[index] ?? 0;
    const failures = (counts.n[index] ?? 0) - successes;
    const probability = floor + (plateau - floor) * weight;
    if (successes > 0) {
      logLikelihood += successes * Math.log(probability);
      const high = (successes * plateau * weight) / probability;
      highSuccess += high;
      lowSuccess += successes - high;
      highTotal += high;
      lowTotal += successes - high;
    }
    if (failures > 0) {
      logLikelihood += failures * Math.log(1 - probability);
      const high = (failures * (1 - plateau) * weight) / (1 - probability);
      highTotal += high;
      lowTotal += failures - high;
    }
  }
  return {
    floor: lowTotal > 0 ? lowSuccess / lowTotal : floor,
    plateau: highTotal > 0 ? highSuccess / highTotal : plateau,
    logLikelihood,
  };
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
