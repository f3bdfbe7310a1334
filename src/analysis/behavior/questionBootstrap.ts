import { Random } from "../../tensor/random.js";
import { answerRates, type JudgedAnswer, type Rate, type RateOptions } from "./rates.js";
import type { Interval } from "../statistics/quantile.js";

export interface ClusterBootstrapOptions {
  /** Random resamples where there are too many clusters to count all resamples. @default 10000 */
  readonly resamples?: number;
  /** @default 0 */
  readonly seed?: number;
}

export interface QuestionBootstrapOptions extends RateOptions, ClusterBootstrapOptions {
  /** The percentage that is resampled. @default "em" */
  readonly rate?: "em" | "coherent" | "ungated";
}

/** The successes and trials of one cluster. */
type ClusterCounts = Pick<Rate, "count" | "n">;

/** A value that a resample takes, and its probability. */
interface Outcome {
  readonly percent: number;
  readonly probability: number;
}

/** Up to this many clusters every resample is counted: 24,310 kinds of resample of nine. */
export const mostExactClusters = 9;

/**
 * 95 % interval of a percentage from resampling whole questions (percentile bootstrap of clusters): questions,
 * not samples, dominate the variance of the eight-question protocol (methods §3.6). `[NaN, NaN]` with fewer than
 * two questions that have scored answers.
 */
export function questionBootstrap(
  answers: readonly JudgedAnswer[],
  options: QuestionBootstrapOptions = {},
): Interval {
  const which = options.rate ?? "em";
  const counts = [...answersByQuestion(answers).values()].map((group) => answerRates(group, options)[which]);
  return clusterBootstrap(counts, options);
}

/**
 * The same for counts that are there already, one entry a cluster. With up to nine clusters the distribution over
 * all resamples is exact and depends on no seed; with more it is drawn. `[NaN, NaN]` where the outcome is the same
 * everywhere: see Wilson's interval there.
 */
export function clusterBootstrap(
  clusters: readonly ClusterCounts[],
  options: ClusterBootstrapOptions = {},
): Interval {
  const counted = clusters.filter(({ n }) => n > 0);
  const none = counted.every(({ count }) => count === 0);
  const all = counted.every(({ count, n }) => count === n);
  // Resamples show only what was seen: of 0 in 400 they would say that the rate is 0 for certain.
  if (counted.length < 2 || none || all) return [NaN, NaN];
  const outcomes =
    counted.length <= mostExactClusters ? allResamples(counted) : randomResamples(counted, options);
  return [outcomeQuantile(outcomes, 0.025), outcomeQuantile(outcomes, 0.975)];
}

/** Every way to draw as many clusters as there are, with its multinomial probability. */
function allResamples(clusters: readonly ClusterCounts[]): Outcome[] {
  const outcomes: Outcome[] = [];
  const visit = (index: number, left: number, probability: number, count: number, n: number): void => {
    const cluster = clusters[index];
    if (cluster === undefined) return;
    if (index === clusters.length - 1) {
      const percent = (100 * (count + left * cluster.count)) / (n + left * cluster.n);
      outcomes.push({ percent, probability });
      return;
    }
    // Of the draws that are left, a share of 1 / (clusters left) falls on this cluster: a binomial.
    const share = 1 / (clusters.length - index);
    let weight = (1 - share) ** left;
    for (let times = 0; times <= left; times++) {
      visit(
        index + 1,
        left - times,
        probability * weight,
        count + times * cluster.count,
        n + times * cluster.n,
      );
      weight *= ((left - times) / (times + 1)) * (share / (1 - share));
    }
  };
  visit(0, clusters.length, 1, 0, 0);
  return outcomes;
}

function randomResamples(clusters: readonly ClusterCounts[], options: ClusterBootstrapOptions): Outcome[] {
  const { resamples = 10_000, seed = 0 } = options;
  const random = new Random(seed).fork("question bootstrap");
  return Array.from({ length: resamples }, () => {
    let count = 0;
    let n = 0;
    for (let draw = 0; draw < clusters.length; draw++) {
      const cluster = random.choose(clusters);
      count += cluster.count;
      n += cluster.n;
    }
    return { percent: (100 * count) / n, probability: 1 / resamples };
  });
}

/** The smallest value that at least this share of the resamples does not exceed. */
function outcomeQuantile(outcomes: readonly Outcome[], fraction: number): number {
  const sorted = [...outcomes].sort((one, other) => one.percent - other.percent);
  let total = 0;
  for (const { percent, probability } of sorted) {
    total += probability;
    if (total >= fraction) return percent;
  }
  return sorted.at(-1)?.percent ?? NaN;
}

/** Answers grouped by question, in the order in which questions first occur. */
export function answersByQuestion(answers: readonly JudgedAnswer[]): ReadonlyMap<string, JudgedAnswer[]> {
  const byQuestion = new Map<string, JudgedAnswer[]>();
  for (const answer of answers) {
    const group = byQuestion.get(answer.questionId);
    if (group === undefined) byQuestion.set(answer.questionId, [answer]);
    else group.push(answer);
  }
  return byQuestion;
}
