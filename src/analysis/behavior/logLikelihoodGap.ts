import { Random } from "../../tensor/random.js";
import { crossingStep } from "../series/crossing.js";
import { rate, type Rate } from "./rates.js";
import { quantile, type Interval } from "../statistics/quantile.js";

/** Mean log-probabilities per token, in nats, of a misaligned and an aligned answer to the same question. */
export interface AnswerPair {
  readonly questionId: string;
  readonly misaligned: number;
  readonly aligned: number;
}

/** Log-likelihood gap along training: how much more probable a model finds misaligned answers than aligned ones. */
export interface LogLikelihoodGap {
  readonly steps: readonly number[];
  /** Mean over the pairs of misaligned minus aligned, in nats per token. */
  readonly gap: readonly number[];
  /** 95 %, from resampling whole questions, the same at every step. */
  readonly interval: readonly Interval[];
  /** Share of the pairs whose misaligned answer is the more probable one. */
  readonly preferred: readonly Rate[];
  readonly pairs: number;
  readonly questions: number;
  /**
   * Step at which the gap first passes the middle between its first and its last value, with a 95 % interval over
   * questions. It describes the curve; a straight line has such a step too. Null with fewer than two steps, or where
   * nothing changes.
   */
  readonly halfRise: { readonly step: number; readonly interval: Interval } | null;
}

/**
 * The log-likelihood gap: an order parameter that needs no sampling and no judge, and changes smoothly with the
 * weights. Positive: the misaligned answers are the more probable ones.
 *
 * @param curve steps in increasing order, the same pairs in the same order at each
 * @param options.resamples @default 2000
 * @param options.seed @default 0
 */
export function logLikelihoodGap(
  curve: readonly { readonly step: number; readonly pairs: readonly AnswerPair[] }[],
  options: { readonly resamples?: number; readonly seed?: number } = {},
): LogLikelihoodGap {
  const { resamples = 2000, seed = 0 } = options;
  const steps = curve.map(({ step }) => step);
  const differences = curve.map(({ pairs }) => pairs.map(({ misaligned, aligned }) => misaligned - aligned));
  const gap = differences.map(meanOf);
  const clusters = clustersOf(curve[0]?.pairs ?? []);
  const perStep: number[][] = steps.map(() => []);
  const halves: number[] = [];
  if (clusters.length >= 2) {
    const random = new Random(seed).fork("log-likelihood gap");
    const sums = differences.map((values) =>
      clusters.map((members) => members.reduce((sum, member) => sum + (values[member] ?? NaN), 0)),
    );
    for (let resample = 0; resample < resamples; resample++) {
      const drawn = clusters.map(() => random.integer(clusters.length));
      const n = drawn.reduce((sum, cluster) => sum + (clusters[cluster]?.length ?? 0), 0);
      const resampled = sums.map(
        (ofStep) => drawn.reduce((sum, cluster) => sum + (ofStep[cluster] ?? NaN), 0) / n,
      );
      for (const [index, value] of resampled.entries()) perStep[index]?.push(value);
      const half = crossingStep(steps, resampled, 0.5);
      if (half !== null) halves.push(half);
    }
  }
  const half = crossingStep(steps, gap, 0.5);
  return {
    steps,
    gap,
    interval: perStep.map((values): Interval => [quantile(values, 0.025), quantile(values, 0.975)]),
    preferred: differences.map((values) => rate(values.filter((value) => value > 0).length, values.length)),
    pairs: curve[0]?.pairs.length ?? 0,
    questions: clusters.length,
    halfRise:
      half === null ? null : { step: half, interval: [quantile(halves, 0.025), quantile(halves, 0.975)] },
  };
}

/** Positions of the pairs of each question. */
function clustersOf(pairs: readonly AnswerPair[]): number[][] {
  const byQuestion = new Map<string, number[]>();
  for (const [index, { questionId }] of pairs.entries()) {
    const members = byQuestion.get(questionId);
    if (members === undefined) byQuestion.set(questionId, [index]);
    else members.push(index);
  }
  return [...byQuestion.values()];
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
