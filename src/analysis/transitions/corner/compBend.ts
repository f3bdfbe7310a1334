import { Random } from "../../../tensor/random.js";
import { residualBootstrap, type ResidualBootstrap } from "../../statistics/bootstrap.js";
import { quantile } from "../../statistics/quantile.js";
import { segmentedRegression, type SegmentedFit } from "../../statistics/segmentedRegression.js";
import type { SmoothFit } from "../../statistics/smoothTrend.js";
import { stepSpacing, type StepSeries, wholeSteps } from "../../series/stepSeries.js";
import { found, notFound, type VerdictOf } from "../phaseTransition.js";
import { bendEvidence } from "./bendEvidence.js";

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
  /** How strongly residuals return to the bent curve, and what that must fall below to be told from a random walk. */
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
    return notFound({ indicator, reason: `${kept.length} comp scores are defined, a fit needs ${fewest}` });
  }
  const range = Math.max(...values) - Math.min(...values);
  if (!(range > 0)) return notFound({ indicator, reason: "the comp score does not change" });

  const { fit, smooth, residuals, parameters, ...numbers } = bendEvidence(kept, values, draws);
  const degrees = degreesOfSlope((kept.at(-1) ?? NaN) - (kept[0] ?? NaN), range);
  const strongest = strongestBend(fit, degrees);
  const evidence: CompBendEvidence = {
    bends: bendsOf(fit, degrees),
    slopes: fit.slopes[0] ?? [],
    smoothFamily: smooth.family,
    ...numbers,
  };
  const refuse = (reason: string): CompBendVerdict => notFound({ indicator, reason, evidence });
  if (strongest === undefined) return refuse("no step can be a bend");
  const where = `step ${strongest.step}`;
  if (!(evidence.gain > evidence.gainLimit)) {
    return refuse(`a bend (${where}) explains the comp score no better than ${familyWords[smooth.family]}`);
  }
  if (!(evidence.unitRoot < evidence.unitRootLimit)) {
    return refuse(`the comp score cannot be told from a random walk (largest bend at ${where})`);
  }
  if (!(Math.abs(strongest.bend) >= minimumBend)) {
    return refuse(
      `the largest bend (${where}) is ${Math.abs(strongest.bend).toFixed(0)}° on square axes, a transition needs ${minimumBend}°`,
    );
  }
  const resampled = resampledSteps({
    steps: kept,
    fit,
    bootstrap: residualBootstrap(residuals, parameters),
    degrees,
    resamples,
    random: new Random(seed).fork("compBend").fork("interval"),
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
