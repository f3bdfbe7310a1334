import { normal95, wilsonInterval } from "./wilson.js";
import type { Interval } from "./quantile.js";

/** One answer as a cheap judge scored it, and as a trusted one did, where it was asked. */
export interface TwiceJudged {
  /** Whether the cheap judge says yes. */
  readonly cheap: boolean;
  /** Whether the trusted judge says yes; null where it was not asked. */
  readonly trusted: boolean | null;
  /** What may be alike of several answers, such as their question. @default each is on its own */
  readonly cluster?: string;
}

/** A rate by a trusted judge who saw some of the answers, helped by a cheap one who saw all. */
export interface CorrectedRate {
  /** In [0, 1]. */
  readonly rate: number;
  /** 95 %. */
  readonly interval: Interval;
  /** Weight on the cheap judge: 0 where its word says nothing about the trusted one's. */
  readonly lambda: number;
  /** Answers that the trusted judge saw, and all. */
  readonly trusted: number;
  readonly answers: number;
  /** Rate of the answers that the trusted judge saw alone, with Wilson's interval. */
  readonly alone: { readonly rate: number; readonly interval: Interval };
  /** Share of all answers to which the cheap judge says yes. */
  readonly cheapRate: number;
  /** How often the trusted judge says yes less how often the cheap one does, on the answers both saw. */
  readonly bias: number;
}

/**
 * Disagreements that are added, one each way, so that a judge who never erred on few answers is not taken to never err.
 */
const addedDisagreements = 2;

/**
 * Estimates the rate that a trusted judge would find over all answers from its word on some of them, drawn blind to the
 * cheap judge's, and the cheap judge's on all: prediction-powered inference (Angelopoulos et al. 2023, arXiv 2301.09633),
 * with the weight on the cheap judge that leaves least variance (arXiv 2311.01453), between 0 and 1.
 *
 * Unbiased whatever the cheap judge is like. The interval is Wilson's at the number of answers that would give the
 * trusted judge alone the same variance; two disagreements are added, answers to one question count as alike where they
 * are, and it is never narrower than the estimate is exact: at most as many answers as there are.
 *
 * @returns null where the trusted judge saw fewer than two answers
 */
export function correctedRate(answers: readonly TwiceJudged[]): CorrectedRate | null {
  const both = answers.flatMap(({ cheap, trusted, cluster }, index) =>
    trusted === null ? [] : [{ f: Number(cheap), y: Number(trusted), cluster: cluster ?? `answer ${index}` }],
  );
  const [n, N] = [both.length, answers.length];
  if (n < 2) return null;
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanY = mean(both.map(({ y }) => y));
  const meanF = mean(both.map(({ f }) => f));
  const cheapRate = mean(answers.map(({ cheap }) => Number(cheap)));
  const covariance = mean(both.map(({ f, y }) => (f - meanF) * (y - meanY)));
  const varianceF = mean(both.map(({ f }) => (f - meanF) ** 2));
  const best = varianceF > 0 ? covariance / varianceF / (1 + n / N) : 0;
  const lambda = Math.min(1, Math.max(0, best));
  const rate = Math.min(1, Math.max(0, lambda * cheapRate + meanY - lambda * meanF));

  const residuals = both.map(({ f, y, cluster }) => ({ cluster, value: y - meanY - lambda * (f - meanF) }));
  const ofSample = clusteredVariance(residuals, n) + addedDisagreements / (n + addedDisagreements) / n;
  const ofAll = (lambda ** 2 * cheapRate * (1 - cheapRate)) / N;
  const smoothed = (meanY * n + addedDisagreements) / (n + 2 * addedDisagreements);
  const ofTrustedAlone = (smoothed * (1 - smoothed)) / n;
  // As many answers of independent questions as would leave the same variance.
  const equivalent = Math.min(N, (n * ofTrustedAlone) / (ofSample + ofAll));
  const isClustered = new Set(both.map(({ cluster }) => cluster)).size < n;
  const effective = isClustered ? equivalent : Math.max(n, equivalent);
  return {
    rate,
    interval: wilsonInterval(rate * effective, effective, normal95),
    lambda,
    trusted: n,
    answers: N,
    alone: { rate: meanY, interval: wilsonInterval(meanY * n, n) },
    cheapRate,
    bias: meanY - meanF,
  };
}

/** Variance of a mean of residuals: of independent ones, or of whole clusters where that is larger. */
function clusteredVariance(
  residuals: readonly { readonly cluster: string; readonly value: number }[],
  n: number,
): number {
  const sums = new Map<string, number>();
  let squares = 0;
  for (const { cluster, value } of residuals) {
    squares += value ** 2;
    sums.set(cluster, (sums.get(cluster) ?? 0) + value);
  }
  const independent = squares / Math.max(1, n - 2) / n;
  const count = sums.size;
  if (count < 2 || count === n) return independent;
  const ofClusters = [...sums.values()].reduce((sum, value) => sum + value ** 2, 0);
  return Math.max(independent, ((count / (count - 1)) * ofClusters) / n ** 2);
}
