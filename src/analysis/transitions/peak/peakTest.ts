import { Random } from "../../../tensor/random.js";
import { drawLevel, levelNull, levelScale } from "../../statistics/localLevelModel.js";
import { largestPosition, prominenceAt, type SeriesPeak } from "./peak.js";
import { upperLimit } from "../../statistics/monteCarloTest.js";
import { smoother, type SmoothOptions } from "../../series/smooth.js";
import { finiteValues, type StepSeries } from "../../series/stepSeries.js";

/** Whether a peak stands out of noise. */
export interface PeakTest {
  /** Prominence over how much the series moves within ten observations, and what the null model reaches (95 %). */
  readonly statistic: number;
  readonly limit: number;
  /** Variances of the null model's walk and noise. */
  readonly walkVariance: number;
  readonly noiseVariance: number;
  /** Share of the walk in the variance, rounded up, at which the limit was simulated. */
  readonly walkShare: number;
}

/**
 * Shares of the walk for which limits are simulated. A limit grows with the share, steeply where it is small: rounding
 * up covers the error of its estimate, and a limit serves every series of one length.
 */
const walkShares = [0.03, 0.08, 0.15, 0.3, 0.5, 0.75, 1] as const;
/**
 * What is left of that error: without it some more than 6 % of simulated series of the model pass
 * a limit of 5 %.
 */
const margin = 1.05;

/**
 * Compares the prominence of the highest point with the null model: a random walk plus independent noise (`levelNull`),
 * mixed as in the series, simulated and smoothed in the same way. Both are divided by how much the series moves within
 * ten observations, so that the size of the noise drops out.
 *
 * @param options.draws simulated series. They depend on nothing but their steps, so that limits are kept.
 */
export function peakTest(
  series: StepSeries,
  peak: SeriesPeak,
  options: SmoothOptions & { readonly draws: number },
): PeakTest {
  const values = finiteValues(series.values);
  const model = levelNull(values);
  const share = model.walkVariance / Math.max(model.walkVariance + model.noiseVariance, Number.MIN_VALUE);
  const walkShare = walkShares.find((each) => each >= share) ?? 1;
  return {
    statistic: peak.prominence / Math.max(levelScale(values), Number.MIN_VALUE),
    limit: margin * limitOf(series, walkShare, options),
    ...model,
    walkShare,
  };
}

/** Values simulated for a limit, where that leaves 199 draws. */
const mostSimulated = 2e5;
const knownLimits = new Map<string, number>();
/** Limits kept; a run needs a handful. */
const mostKnown = 200;

function limitOf(
  series: StepSeries,
  walkShare: number,
  options: SmoothOptions & { readonly draws: number },
): number {
  const { method, window } = options;
  // A long series takes longer to simulate, and needs its limit no more exactly than 199 draws give it.
  const draws = Math.min(options.draws, Math.max(199, Math.round(mostSimulated / series.steps.length)));
  const defined = series.steps.filter((_, index) => Number.isFinite(series.values[index]));
  const key = `${walkShare} ${method} ${window} ${draws} ${series.steps.length} ${defined.join(" ")}`;
  const known = knownLimits.get(key);
  if (known !== undefined) return known;
  const random = new Random(defined.length).fork("peak").fork(walkShare);
  const kept = series.values.flatMap((value, index) => (Number.isFinite(value) ? [index] : []));
  const smoothed = smoother(series, { method, window });
  const placed = new Float64Array(series.steps.length).fill(NaN);
  const model = { walkVariance: walkShare, noiseVariance: 1 - walkShare };
  const statistics = Array.from({ length: draws }, () => {
    const drawn = drawLevel(model, kept.length, random);
    for (const [place, index] of kept.entries()) placed[index] = drawn[place] ?? NaN;
    const curve = smoothed(placed);
    return prominenceAt(curve, largestPosition(curve)).prominence / levelScale(drawn);
  });
  const limit = upperLimit(statistics);
  if (knownLimits.size >= mostKnown) knownLimits.clear();
  knownLimits.set(key, limit);
  return limit;
}
