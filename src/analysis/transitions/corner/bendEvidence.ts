import { Random } from "../../../tensor/random.js";
import { autocorrelation, autoregressive } from "../../statistics/autoregression.js";
import { lowerLimit } from "../../statistics/monteCarloTest.js";
import {
  segmentedRegression,
  type SegmentedFit,
  type SegmentedRegression,
} from "../../statistics/segmentedRegression.js";
import { smoothTrend, type SmoothFit } from "../../statistics/smoothTrend.js";
import { unitRootStatistic } from "../../statistics/unitRoot.js";

/** The bent curve of a series, and the numbers that say whether the series bends. */
export interface BendEvidence {
  readonly fit: SegmentedFit;
  readonly smooth: SmoothFit;
  /** Residuals of the bent curve. */
  readonly residuals: readonly number[];
  /** Parameters of the bent curve. */
  readonly parameters: number;
  /**
   * n log(RSS of the smooth curve / RSS of the bent one), n being how many independent observations the correlated ones
   * are worth.
   */
  readonly gain: number;
  /** Gain above which the Bayesian information criterion strongly prefers the bent curve. */
  readonly gainLimit: number;
  /** Statistic against the random walk, and the limit that it must fall below (5 %). */
  readonly unitRoot: number;
  readonly unitRootLimit: number;
}

/** Difference of the Bayesian information criterion that is strong evidence (Kass and Raftery 1995, JASA 90). */
const strongEvidence = 6;

/**
 * Weighs whether a series bends: the bent curve must explain it better than any smooth curve does, and the series must
 * not be a random walk, which a bent curve follows better than a smooth one too.
 *
 * Smooth curves are the line, parabola and exponential of `smoothTrend`, compared by the Bayesian information criterion;
 * it counts two parameters for every bend, and as many observations as independent ones would be worth these.
 *
 * The null model is a random walk with drift: the residuals about the bent curve must return to it as those of a walk do
 * not (Zivot and Andrews 1992, Journal of Business & Economic Statistics 10). The limit comes from the same fit on
 * simulated walks.
 *
 * @param positions strictly increasing, at least twelve, evenly spaced but for gaps
 * @param draws simulated walks are four times as many
 */
export function bendEvidence(
  positions: readonly number[],
  values: readonly number[],
  draws: number,
): BendEvidence {
  const fit = bentCurve(segmentedRegression(positions), values);
  const smooth = smoothTrend(positions).fit(values);
  const residuals = residualsOf(fit, values);
  return {
    fit,
    smooth,
    residuals,
    parameters: 2 + 2 * fit.knots.length,
    gain: effectiveCount(residuals) * Math.log(smooth.residualSum / fit.residualSum),
    gainLimit: 2 * fit.knots.length * Math.log(values.length) + strongEvidence,
    unitRoot: unitRootStatistic(residuals),
    unitRootLimit: walkLimit(positions.length, draws),
  };
}

/** How many independent observations as many correlated ones are worth (Bayley and Hammersley 1946). */
function effectiveCount(residuals: readonly number[]): number {
  const correlation = Math.min(0.95, Math.max(0, autocorrelation(residuals)));
  return (residuals.length * (1 - correlation)) / (1 + correlation);
}

/** One bend, or two where the Bayesian information criterion asks for them in noise as correlated as this. */
function bentCurve(regression: SegmentedRegression, values: readonly number[]): SegmentedFit {
  const one = regression.fit([values], 1);
  const two = regression.fit([values], 2);
  // A bend brings two parameters, its place and its change of slope.
  const gain = effectiveCount(residualsOf(two, values)) * Math.log(one.residualSum / two.residualSum);
  return gain > 2 * Math.log(values.length) ? two : one;
}

function residualsOf(fit: SegmentedFit, values: readonly number[]): number[] {
  return values.map((value, index) => value - (fit.fitted[0]?.[index] ?? NaN));
}

const knownLimits = new Map<string, number>();

/** The limit of the statistic over random walks of a length; it depends on nothing else and is kept. */
function walkLimit(count: number, draws: number): number {
  const key = `${count} ${draws}`;
  const known = knownLimits.get(key);
  if (known !== undefined) return known;
  const random = new Random(count).fork("random walk");
  const regression = segmentedRegression(Array.from({ length: count }, (_, index) => index));
  // Four times as many, for the limit lies far out.
  const statistics = Array.from({ length: 4 * draws }, () => {
    const walk = autoregressive(count, 1, 1, random);
    return unitRootStatistic(residualsOf(bentCurve(regression, walk), walk));
  });
  const limit = lowerLimit(statistics);
  knownLimits.set(key, limit);
  return limit;
}
