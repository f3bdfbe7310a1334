import { Random } from "../../../tensor/random.js";
import {
  autocorrelation,
  autoregressive,
  correctedAutocorrelation,
} from "../../statistics/autoregression.js";
import {
  segmentedRegression,
  type SegmentedFit,
  type SegmentedRegression,
} from "../../statistics/segmentedRegression.js";
import { smoothTrend, type SmoothFit } from "../../statistics/smoothTrend.js";
import {
  lowerLimit,
  monteCarloTest,
  upperLimit,
  type MonteCarloTest,
} from "../../statistics/monteCarloTest.js";
import { walkExcursion, unitRootStatistic } from "../../statistics/unitRoot.js";

export interface KinkTest {
  readonly hinge: SegmentedFit;
  readonly smooth: SmoothFit;
  /** Residuals of the piecewise-linear curve. */
  readonly residuals: readonly number[];
  /** Parameters of the piecewise-linear curve. */
  readonly parameters: number;
  /**
   * n log(RSS of the smooth curve / RSS of the bent one), n being how many independent observations the correlated ones
   * are worth.
   */
  readonly gain: number;
  /** How it compares with smooth curves with this noise. */
  readonly gainTest: MonteCarloTest;
  /** The two statistics against a random walk, and their limits (2.5 % each: either rejects the walk). */
  readonly unitRoot: number;
  readonly unitRootLimit: number;
  readonly excursion: number;
  readonly excursionLimit: number;
}

export interface KinkTestOptions {
  /** Simulated series of each null model. @default 199 */
  readonly draws?: number;
  readonly random: Random;
}

/**
 * Whether a series bends, against two null models, each at 5 %.
 *
 * Smooth curve: the best line, parabola or exponential (`smoothTrend`) plus first-order autoregressive noise as in
 * the residuals of the bent curve; the gain of the bent curve must exceed what simulated smooth series give. The
 * autocorrelation is only estimated, and where it is estimated too low, noise passes: the limit is that at the
 * upper end of its 95 % interval (after Berger and Boos 1994, JASA 89).
 *
 * Random walk with drift: the residuals about the bent curve must return to it as those of a random walk do not
 * (Zivot and Andrews 1992, Journal of Business & Economic Statistics 10), or the series must stray further from its chord
 * than a walk as rough; the limits come from the same fit on simulated walks.
 *
 * @param positions strictly increasing, at least twelve, evenly spaced but for gaps.
 */
export function kinkTest(
  positions: readonly number[],
  values: readonly number[],
  options: KinkTestOptions,
): KinkTest {
  const { draws = 199, random } = options;
  const count = positions.length;
  const bent = segmentedRegression(positions);
  const plain = smoothTrend(positions);
  const hinge = bentCurve(bent, values);
  const smooth = plain.fit(values);
  const parameters = 2 + 2 * hinge.knots.length;
  const residuals = residualsOf(hinge, values);
  const noise = noiseOf(residuals, parameters);

  const smoothRandom = random.fork("smooth");
  const drawGain = (): number => {
    const drawn = autoregressive(count, noise.correlation, noise.deviation, smoothRandom);
    const series = smooth.fitted.map((value, index) => value + (drawn[index] ?? NaN));
    const fit = bentCurve(bent, series);
    return gainOf(plain.fit(series), fit, residualsOf(fit, series));
  };
  const gain = gainOf(smooth, hinge, residuals);
  const limits = walkLimits(count, draws);
  return {
    hinge,
    smooth,
    residuals,
    parameters,
    gain,
    gainTest: monteCarloTest(gain, drawGain, { draws, level }),
    unitRoot: unitRootStatistic(residuals),
    unitRootLimit: limits.unitRoot,
    excursion: walkExcursion(values, residuals),
    excursionLimit: limits.excursion,
  };
}

/** Stricter than 5 %: of the noise, only the error of its autocorrelation is allowed for. */
const level = 0.04;
/** Standard errors from the estimated autocorrelation to the upper end of its 95 % interval. */
const errorsAbove = 1.96;

/** What the bent curve explains beyond the smooth one, by the number of independent observations. */
function gainOf(smooth: SmoothFit, bent: SegmentedFit, residuals: readonly number[]): number {
  return effectiveCount(residuals) * Math.log(smooth.residualSum / bent.residualSum);
}

/** How many independent observations as many correlated ones are worth (Bayley and Hammersley 1946). */
function effectiveCount(residuals: readonly number[]): number {
  const correlation = Math.min(0.95, Math.max(0, autocorrelation(residuals)));
  return (residuals.length * (1 - correlation)) / (1 + correlation);
}

/** Noise at the upper end of what residuals say of its autocorrelation. */
function noiseOf(
  residuals: readonly number[],
  parameters: number,
): { readonly correlation: number; readonly deviation: number } {
  const count = residuals.length;
  const estimate = correctedAutocorrelation(autocorrelation(residuals), parameters, count);
  const correlation = Math.min(0.98, estimate + errorsAbove * Math.sqrt((1 - estimate ** 2) / count));
  const squares = residuals.reduce((sum, value) => sum + value * value, 0);
  // A parameter takes in more of slow noise than of independent noise; at most half of the observations is theirs.
  const taken = Math.min(count / 2, (parameters * (1 + estimate)) / (1 - estimate));
  return { correlation, deviation: Math.sqrt(squares / (count - taken)) };
}

/** One bend, or two where the Bayesian information criterion asks for them in noise as correlated as this. */
function bentCurve(regression: SegmentedRegression, values: readonly number[]): SegmentedFit {
  const one = regression.fit([values], 1);
  const two = regression.fit([values], 2);
  // A knot brings two parameters, its place and its change of slope.
  const gain = effectiveCount(residualsOf(two, values)) * Math.log(one.residualSum / two.residualSum);
  return gain > 2 * Math.log(values.length) ? two : one;
}

function residualsOf(fit: SegmentedFit, values: readonly number[]): number[] {
  return values.map((value, index) => value - (fit.fitted[0]?.[index] ?? NaN));
}

const knownLimits = new Map<string, { readonly unitRoot: number; readonly excursion: number }>();

/** Limits of both statistics over random walks of a length; they depend on nothing else and are kept. */
function walkLimits(count: number, draws: number): { readonly unitRoot: number; readonly excursion: number } {
  const key = `${count} ${draws}`;
  const known = knownLimits.get(key);
  if (known !== undefined) return known;
  const random = new Random(count).fork("random walk");
  const regression = segmentedRegression(Array.from({ length: count }, (_, index) => index));
  const unitRoots: number[] = [];
  const excursions: number[] = [];
  // Four times as many, for the limits lie further out.
  for (let draw = 0; draw < 4 * draws; draw++) {
    const walk = autoregressive(count, 1, 1, random);
    const residuals = residualsOf(bentCurve(regression, walk), walk);
    unitRoots.push(unitRootStatistic(residuals));
    excursions.push(walkExcursion(walk, residuals));
  }
  const limits = { unitRoot: lowerLimit(unitRoots, 0.025), excursion: upperLimit(excursions, 0.025) };
  knownLimits.set(key, limits);
  return limits;
}
