import { Random } from "../../../tensor/random.js";
import { segmentedRegression, type SegmentedFit } from "../../statistics/segmentedRegression.js";
import { kinkTest } from "./kinkEvidence.js";
import { optimalPartition, bicPenalty, secondDifferenceVariance } from "../../statistics/optimalPartition.js";
import { found, notFound, type TransitionVerdict } from "../phaseTransition.js";
import { residualBootstrap, type ResidualBootstrap } from "../../statistics/bootstrap.js";
import { lineCost } from "../../statistics/segmentCost.js";
import { stepSpacing, type StepSeries, wholeSteps } from "../../series/stepSeries.js";
import { quantile } from "../../statistics/quantile.js";

export interface CompBendOptions {
  /** Smallest bend that counts, in degrees with the run and the range of the series both one unit long. @default 10 */
  readonly minimumBend?: number;
  /** Simulated series of each null model. @default 199 */
  readonly draws?: number;
  /** Resamples behind the interval. @default 199 */
  readonly resamples?: number;
  /** @default 0 */
  readonly seed?: number;
}

const fewest = 12;

/**
 * The step at which the comp score against the final step bends (2506.11613, section 4.3 and appendix G.1; the
 * paper reads it off the plot, the test is ours).
 *
 * Event model: a continuous piecewise-linear curve with one bend, or two where BIC asks for them; the step is that
 * of the larger change of slope. It counts when it explains the series better than any smooth curve (line,
 * parabola, exponential saturation) with this noise would let it, and when the series strays further from its chord
 * than a random walk does (`kinkTest`). The interval is the 95 % range of the bend over resamples of the residuals
 * in blocks, widened by the spacing of the steps on either side: a bend lies between stored steps.
 *
 * @param comp the score at every stored step but the last.
 */
export function compBend(comp: StepSeries, options: CompBendOptions = {}): TransitionVerdict {
  const { minimumBend = 10, draws = 199, resamples = 199, seed = 0 } = options;
  const indicator = "compBend";
  const kept = comp.steps.filter((_, index) => Number.isFinite(comp.values[index]));
  const values = comp.values.filter((value) => Number.isFinite(value));
  if (kept.length < fewest) {
    return notFound({ indicator, reason: `${kept.length} comp scores are defined, a fit needs ${fewest}` });
  }
  const range = Math.max(...values) - Math.min(...values);
  if (!(range > 0)) return notFound({ indicator, reason: "the comp score does not change" });

  const random = new Random(seed).fork("compBend");
  const test = kinkTest(kept, values, { draws, random: random.fork("null") });
  const { hinge } = test;
  const bootstrap = residualBootstrap(test.residuals, test.parameters);
  const degrees = degreesOfSlope((kept.at(-1) ?? NaN) - (kept[0] ?? NaN), range);
  const strongest = strongestBend(hinge, degrees);
  const lines = lineCost(
    kept,
    values.map((value) => [value]),
  );
  const penalty = bicPenalty(lines, Math.max(secondDifferenceVariance(values), Number.MIN_VALUE));
  const evidence = {
    bends: bendsOf(hinge, degrees),
    slopes: [...(hinge.slopes[0] ?? [])],
    gain: test.gain,
    gainPValue: test.gainTest.pValue,
    gainDraws: test.gainTest.draws,
    smoothFamily: test.smooth.family,
    smoothTimeConstant: test.smooth.timeConstant,
    unitRoot: test.unitRoot,
    unitRootLimit: test.unitRootLimit,
    excursion: test.excursion,
    excursionLimit: test.excursionLimit,
    autocorrelation: bootstrap.correlation,
    blockLength: bootstrap.blockLength,
    // An independent view: where unconnected lines begin, by PELT with the BIC penalty.
    lineSegmentsFrom: optimalPartition(lines, { penalty, minimumLength: 3 }).changePoints.map(
      (index) => kept[index] ?? NaN,
    ),
  };
  const refuse = (reason: string): TransitionVerdict => notFound({ indicator, reason, evidence });
  if (strongest === undefined) return refuse("no step can be a bend");
  const where = `step ${strongest.step}`;
  if (!test.gainTest.isExceptional || !(test.gain > Math.log(kept.length))) {
    return refuse(
      `a bend (${where}) explains the comp score no better than ${familyWords[test.smooth.family]}`,
    );
  }
  if (!(test.unitRoot < test.unitRootLimit || test.excursion > test.excursionLimit)) {
    return refuse(`the comp score cannot be told from a random walk (largest bend at ${where})`);
  }
  if (!(Math.abs(strongest.bend) >= minimumBend)) {
    return refuse(
      `the largest bend (${where}) is ${Math.abs(strongest.bend).toFixed(0)}° on square axes, a transition needs ${minimumBend}°`,
    );
  }
  const resampled = resampledSteps({
    steps: kept,
    fit: hinge,
    bootstrap,
    degrees,
    resamples,
    random: random.fork("interval"),
  });
  const spacing = stepSpacing(kept);
  return found({
    indicator,
    step: strongest.step,
    interval: wholeSteps(
      Math.min(strongest.step, quantile(resampled, 0.025)) - spacing,
      Math.max(strongest.step, quantile(resampled, 0.975)) + spacing,
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

/** Every bend, in degrees: positive where the slope rises. */
function bendsOf(hinge: SegmentedFit, degrees: (slope: number) => number): { step: number; bend: number }[] {
  const slopes = hinge.slopes[0] ?? [];
  return hinge.knots.map((step, knot) => ({
    step,
    bend: degrees(slopes[knot + 1] ?? NaN) - degrees(slopes[knot] ?? NaN),
  }));
}

function strongestBend(
  hinge: SegmentedFit,
  degrees: (slope: number) => number,
): { readonly step: number; readonly bend: number } | undefined {
  return bendsOf(hinge, degrees).sort((left, right) => Math.abs(right.bend) - Math.abs(left.bend))[0];
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
