import { Random } from "../../../tensor/random.js";
import type { Interval } from "../../statistics/quantile.js";
import { cannotTell, doesNotTurn, found, type VerdictOf } from "../phaseTransition.js";
import { fewestForPeak, peakInterval, peakTest, seriesPeak, type PeakTest } from "./peak.js";
import { stepSpacing, type StepSeries } from "../../series/stepSeries.js";

/** Settings of the fastest growth of a norm. */
export interface NormGrowthOptions {
  /** Growth at its fastest must be at least this many times the slowest on either side. @default 2 */
  readonly minimumRatio?: number;
  /** Simulated series of the null model. @default 999 */
  readonly draws?: number;
  /** Resamples behind the interval. @default 199 */
  readonly resamples?: number;
  /** @default 0 */
  readonly seed?: number;
}

/** The numbers behind the fastest growth of a norm, all per step. */
export interface NormGrowthEvidence extends PeakTest {
  /** Smoothed, where it is largest. */
  readonly growthPerStep: number;
  readonly slowestBefore: number;
  readonly slowestAfter: number;
  /** Median of the first and of the last tenth. */
  readonly initialGrowth: number;
  readonly finalGrowth: number;
  /** Steps around it that stay above half its prominence. */
  readonly halfHeight: Interval;
}

/**
 * Finds the step at which a norm grows fastest inside the run (docs/methods.md §4.2): the maximum of the smoothed growth per step,
 * when it is at least twice the slowest growth on either side, and stands out over both by more than a random walk
 * with noise of the growth's own size does. A norm that grows fastest at the start and saturates, as one expects
 * where nothing happens, has no such step. The interval is a 95 % bootstrap of the step.
 *
 * @param norm ‖B‖ at every stored step.
 */
export function normGrowth(
  norm: StepSeries,
  options: NormGrowthOptions = {},
): VerdictOf<"normGrowth", NormGrowthEvidence> {
  const { minimumRatio = 2, draws = 999, resamples = 199, seed = 0 } = options;
  const indicator = "normGrowth";
  const growth = growthOf(norm);
  const window = 7 * stepSpacing(norm.steps);
  const smoothing = { method: "mean" as const, window };
  const peak = seriesPeak(growth, smoothing);
  if (peak === null) {
    return cannotTell({
      indicator,
      reason: `fewer than ${fewestForPeak + 1} stored norms`,
      remedy: "keep more checkpoints, evenly spaced",
    });
  }
  const random = new Random(seed).fork("normGrowth");
  const test = peakTest(growth, peak, { ...smoothing, draws });
  const slowest = Math.max(peak.lowestBefore, peak.lowestAfter);
  const evidence = {
    growthPerStep: peak.value,
    slowestBefore: peak.lowestBefore,
    slowestAfter: peak.lowestAfter,
    initialGrowth: peak.initialLevel,
    finalGrowth: peak.finalLevel,
    halfHeight: peak.halfHeight,
    ...test,
  };
  if (!(peak.value > 0) || peak.value < minimumRatio * slowest) {
    const side = peak.lowestBefore >= peak.lowestAfter ? "before" : "after";
    const reason = `growth at its fastest (step ${peak.step}) is not ${minimumRatio} times the slowest ${side} it`;
    const detectable = Math.max(minimumRatio, (slowest + test.limit * test.scale) / slowest);
    const size = slowest > 0 ? detectable : minimumRatio;
    const event = `growth that is ${size.toFixed(1)} times as fast inside the run`;
    return doesNotTurn({ indicator, reason, sensitivity: { event, size, percent: null }, evidence });
  }
  if (!(test.statistic > test.limit)) {
    return cannotTell({
      indicator,
      reason: `growth at its fastest (step ${peak.step}) stands out no more than a random walk with this noise does`,
      remedy: "keep more checkpoints, or compare runs of several seeds",
      evidence,
    });
  }
  return found({
    indicator,
    step: peak.step,
    interval: peakInterval(growth, peak, { ...smoothing, resamples, random: random.fork("interval") }),
    method:
      `fastest growth beside the maximum of its centred mean over ${window} steps, beyond a random walk with noise; ` +
      `interval: 95 % of ${resamples} resamples of the residuals, each where it is; prominence: times the slowest growth on the faster side`,
    prominence: slowest > 0 ? peak.value / slowest : Infinity,
    evidence,
  });
}

/** Growth per step over every interval between neighbouring stored steps, dated at its end. */
export function growthOf(norm: StepSeries): StepSeries {
  const spacing = stepSpacing(norm.steps);
  const steps: number[] = [];
  const values: number[] = [];
  for (const [index, step] of norm.steps.entries()) {
    const next = norm.steps[index + 1];
    if (next === undefined) continue;
    const distance = next - step;
    steps.push(next);
    // A longer distance than usual is a missing checkpoint: its growth cannot be dated.
    values.push(
      distance > 1.5 * spacing
        ? NaN
        : ((norm.values[index + 1] ?? NaN) - (norm.values[index] ?? NaN)) / distance,
    );
  }
  return { steps, values };
}
