import { Random } from "../../../tensor/random.js";
import { residualBootstrap, type ResidualBootstrap } from "../../statistics/bootstrap.js";
import { quantile } from "../../statistics/quantile.js";
import {
  segmentedRegression,
  type SegmentedFit,
  type SegmentedRegression,
} from "../../statistics/segmentedRegression.js";
import { type SmoothFit, smoothTrend } from "../../statistics/smoothTrend.js";
import { type StepSeries, widenedInterval } from "../../series/stepSeries.js";
import {
  cannotTell,
  doesNotTurn,
  fairPower,
  found,
  type Sensitivity,
  type VerdictOf,
} from "../phaseTransition.js";
import { autocorrelation, autoregressive } from "../../statistics/autoregression.js";
import { lowerLimit } from "../../statistics/monteCarloTest.js";
import { unitRootStatistic } from "../../statistics/unitRoot.js";

/** Settings of the bend of the comp score. */
export interface CompBendOptions {
  /** Smallest bend that counts, in degrees with the run and the range of the series both one unit long. @default 10 */
  readonly minimumBend?: number;
  /** A quarter of the simulated random walks of the null model. @default 199 */
  readonly draws?: number;
  /** Resamples behind the interval. @default 199 */
  readonly resamples?: number;
  /** @default 0 */
  readonly seed?: number;
}

/** A bend of the fitted curve. */
interface Bend {
  readonly step: number;
  /** Degrees on square axes, positive where the slope rises. */
  readonly bend: number;
}

/** The numbers behind a bend of the comp score. */
export interface CompBendEvidence {
  /** Every bend of the fitted curve, and the slopes between them per step. */
  readonly bends: readonly Bend[];
  readonly slopes: readonly number[];
  /** n log(RSS of the smooth curve / RSS of the bent one), and what it must exceed. */
  readonly gain: number;
  readonly gainLimit: number;
  readonly smoothFamily: SmoothFit["family"];
  /** Unit-root statistic of the residuals from the bent curve, and the limit below which they are no random walk. */
  readonly unitRoot: number;
  readonly unitRootLimit: number;
}

type CompBendVerdict = VerdictOf<"compBend", CompBendEvidence>;

const fewest = 12;

/**
 * Finds the step at which the comp score against the final step bends (2506.11613, section 4.3 and appendix G.1; the
 * paper reads it off the plot, the test is ours).
 *
 * Event model: a continuous piecewise-linear curve with one bend, or two where BIC asks for them; the step is that
 * of the larger change of slope. It counts when it explains the series better than any smooth curve (line,
 * parabola, exponential saturation), and when the series returns to it as a random walk would not (`bendEvidence`).
 * The interval is the 95 % range of the bend over resamples of the residuals in blocks, widened by the spacing of the
 * steps on either side: a bend lies between stored steps.
 *
 * @param comp the score at every stored step but the last
 */
export function compBend(comp: StepSeries, options: CompBendOptions = {}): CompBendVerdict {
  const { minimumBend = 10, draws = 199, resamples = 199, seed = 0 } = options;
  const indicator = "compBend";
  const kept = comp.steps.filter((_, index) => Number.isFinite(comp.values[index]));
  const values = comp.values.filter((value) => Number.isFinite(value));
  if (kept.length < fewest) {
    return cannotTell({
      indicator,
      reason: `${kept.length} comp scores are defined, a fit needs ${fewest}`,
      remedy: "keep more checkpoints of two adapters or more",
    });
  }
  const range = Math.max(...values) - Math.min(...values);
  if (!(range > 0)) {
    return cannotTell({
      indicator,
      reason: "the comp score does not change",
      remedy: "train three adapters or more: of two it says nothing",
    });
  }

  const random = new Random(seed).fork("compBend");
  const { fit, smooth, residuals, parameters, ...numbers } = bendEvidence(kept, values, draws);
  const degrees = degreesOfSlope((kept.at(-1) ?? NaN) - (kept[0] ?? NaN), range);
  const strongest = strongestBend(fit, degrees);
  const evidence: CompBendEvidence = {
    bends: bendsOf(fit, degrees),
    slopes: fit.slopes[0] ?? [],
    smoothFamily: smooth.family,
    ...numbers,
  };
  const where = `step ${strongest?.step ?? NaN}`;
  if (strongest === undefined || !(evidence.gain > evidence.gainLimit)) {
    const reason = `a bend (${where}) explains the comp score no better than ${familyWords[smooth.family]}`;
    const sensitivity = bendSensitivity({
      positions: kept,
      bootstrap: residualBootstrap(residuals, parameters),
      range,
      draws,
      random: random.fork("sensitivity"),
    });
    if (sensitivity !== null) return doesNotTurn({ indicator, reason, sensitivity, evidence });
    const remedy = "keep more checkpoints: in noise like this not even a bend of 90° would be found";
    return cannotTell({ indicator, reason, remedy, evidence });
  }
  if (!(evidence.unitRoot < evidence.unitRootLimit)) {
    return cannotTell({
      indicator,
      reason: `the comp score cannot be told from a random walk (largest bend at ${where})`,
      remedy: "train on, or compare runs of several seeds",
      evidence,
    });
  }
  if (!(Math.abs(strongest.bend) >= minimumBend)) {
    return doesNotTurn({
      indicator,
      reason: `the largest bend (${where}) is ${Math.abs(strongest.bend).toFixed(0)}° on square axes, a transition needs ${minimumBend}°`,
      sensitivity: { event: `a bend of ${minimumBend}°`, size: minimumBend, percent: null },
      evidence,
    });
  }
  const resampled = resampledSteps({
    steps: kept,
    fit,
    bootstrap: residualBootstrap(residuals, parameters),
    degrees,
    resamples,
    random: random.fork("interval"),
  });
  return found({
    indicator,
    step: strongest.step,
    interval: widenedInterval(
      Math.min(strongest.step, quantile(resampled, 0.025)),
      Math.max(strongest.step, quantile(resampled, 0.975)),
      kept,
    ),
    method:
      "largest bend of a continuous piecewise-linear fit, beyond a smooth curve and a random walk; " +
      `interval: 95 % of ${resamples} resamples of the residuals in blocks; prominence: degrees on square axes`,
    prominence: Math.abs(strongest.bend),
    evidence,
  });
}

const familyWords = {
  line: "a straight line",
  parabola: "a parabola",
  exponential: "an exponential saturation",
} as const;

/** Degrees of a slope when the run and the range of the series are both one unit long. */
function degreesOfSlope(run: number, range: number): (slope: number) => number {
  return (slope) => (Math.atan((slope * run) / range) * 180) / Math.PI;
}

function bendsOf(fit: SegmentedFit, degrees: (slope: number) => number): Bend[] {
  const slopes = fit.slopes[0] ?? [];
  return fit.knots.map((step, knot) => ({
    step,
    bend: degrees(slopes[knot + 1] ?? NaN) - degrees(slopes[knot] ?? NaN),
  }));
}

function strongestBend(fit: SegmentedFit, degrees: (slope: number) => number): Bend | undefined {
  return bendsOf(fit, degrees).sort((left, right) => Math.abs(right.bend) - Math.abs(left.bend))[0];
}

/** Bends tried, in degrees on square axes, and simulated series of each. */
const triedBends = [30, 60, 90] as const;
const triedSeries = 19;

/** The smallest bend in the middle of the run that is found in noise like the residuals; null where none is. */
function bendSensitivity(input: {
  readonly positions: readonly number[];
  readonly bootstrap: ResidualBootstrap;
  readonly range: number;
  readonly draws: number;
  readonly random: Random;
}): Sensitivity | null {
  const { positions, bootstrap, range, draws, random } = input;
  const [first = NaN, last = NaN] = [positions[0], positions.at(-1)];
  for (const bend of triedBends) {
    const half = (bend / 2) * (Math.PI / 180);
    const [before, after] = [Math.tan(Math.PI / 4 + half), Math.tan(Math.PI / 4 - half)];
    const legs = positions.map((step) => {
      const place = (step - first) / (last - first);
      return Math.min(place, 0.5) * Math.min(before, 50) + Math.max(0, place - 0.5) * after;
    });
    const scale = range / Math.max(...legs);
    let foundIn = 0;
    for (let series = 0; series < triedSeries; series++) {
      const noise = bootstrap.draw(random);
      const values = legs.map((value, index) => scale * value + (noise[index] ?? NaN));
      const { gain, gainLimit, unitRoot, unitRootLimit } = bendEvidence(positions, values, draws);
      if (gain > gainLimit && unitRoot < unitRootLimit) foundIn++;
    }
    const percent = Math.round((100 * foundIn) / triedSeries);
    if (percent >= fairPower) return { event: `a bend of ${bend}°`, size: bend, percent };
  }
  return null;
}

/** The knot with the largest bend, over resamples of the fitted curve plus residuals in blocks. */
function resampledSteps(input: {
  readonly steps: readonly number[];
  readonly fit: SegmentedFit;
  readonly bootstrap: ResidualBootstrap;
  readonly degrees: (slope: number) => number;
  readonly resamples: number;
  readonly random: Random;
}): number[] {
  const { steps, fit, bootstrap, degrees, resamples, random } = input;
  const regression = segmentedRegression(steps);
  const curve = fit.fitted[0] ?? new Float64Array(0);
  return Array.from({ length: resamples }, () => {
    const noise = bootstrap.draw(random);
    const values = curve.map((value, index) => value + (noise[index] ?? NaN));
    const drawn = regression.fit([values], fit.knots.length === 2 ? 2 : 1);
    return strongestBend(drawn, degrees)?.step ?? NaN;
  });
}

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
function bendEvidence(positions: readonly number[], values: readonly number[], draws: number): BendEvidence {
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

/** Number of independent observations that correlated ones are worth (Bayley and Hammersley 1946). */
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
