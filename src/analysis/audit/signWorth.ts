import type { Random } from "../../tensor/random.js";
import { auroc, type Auroc } from "../directions/auroc.js";
import { quantile, type Interval } from "../statistics/quantile.js";
import { calibrationBins, type CalibrationBin } from "./calibrationBins.js";
import { leftOutProbabilities } from "./leftOutProbabilities.js";
import { rocCurve, type RocPoint } from "./rocCurve.js";

/** What a sign says of runs: a score each, or a probability each. */
export interface SignReadings {
  readonly name: string;
  /** One a run, higher for more misaligned; NaN where the sign says nothing of it. */
  readonly scores: readonly number[];
  /** True where scores are probabilities already; else they become some (`leftOutProbabilities`). */
  readonly areProbabilities: boolean;
}

/** A mean over runs with its 95 % interval by resampling them. */
export interface MeanScore {
  readonly value: number;
  readonly interval: Interval;
}

/** What a sign is worth, of the runs that it says something of. */
export interface SignWorth {
  readonly name: string;
  readonly n: number;
  readonly auroc: Auroc;
  /** Mean squared error of the probabilities (Brier 1950): 0 is perfect. */
  readonly brier: MeanScore;
  /** Mean −ln of the probability of what was so, in nats: 0 is perfect. */
  readonly logScore: MeanScore;
  /** Brier score of saying how common it is among the other runs, which a sign has to beat. */
  readonly brierOfCommonness: number;
  readonly roc: readonly RocPoint[];
  readonly calibration: readonly CalibrationBin[];
}

/** Nearest that a probability is taken to 0 or 1 in the logarithm: one who was sure and wrong is not lost for ever. */
const surest = 1e-3;

/** Scores a sign against the truth. Pure but for the stream that draws the resamples. */
export function signWorth(
  { name, scores, areProbabilities }: SignReadings,
  labels: readonly boolean[],
  { random, resamples = 2000 }: { readonly random: Random; readonly resamples?: number },
): SignWorth {
  const said = scores.flatMap((score, index) =>
    Number.isFinite(score) ? [{ score, label: labels[index] === true }] : [],
  );
  const known = said.map(({ score }) => score);
  const truth = said.map(({ label }) => label);
  const probabilities = areProbabilities ? known : leftOutProbabilities(known, truth);
  const squares = probabilities.map((probability, index) => (probability - Number(truth[index])) ** 2);
  const logarithms = probabilities.map((probability, index) => {
    const ofTruth = truth[index] === true ? probability : 1 - probability;
    return -Math.log(Math.min(1 - surest, Math.max(surest, ofTruth)));
  });
  const positives = truth.filter(Boolean).length;
  const commonness = truth.map((label) => {
    const share = (positives - Number(label) + 1) / (truth.length + 1);
    return (share - Number(label)) ** 2;
  });
  const draws = Array.from({ length: resamples }, () => squares.map(() => random.integer(squares.length)));
  return {
    name,
    n: said.length,
    auroc: auroc(known, truth),
    brier: meanScore(squares, draws),
    logScore: meanScore(logarithms, draws),
    brierOfCommonness: meanOf(commonness),
    roc: rocCurve(known, truth),
    calibration: calibrationBins(probabilities, truth),
  };
}

function meanScore(values: readonly number[], draws: readonly (readonly number[])[]): MeanScore {
  const means = draws.map((draw) => meanOf(draw.map((index) => values[index] ?? NaN)));
  return { value: meanOf(values), interval: [quantile(means, 0.025), quantile(means, 0.975)] };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
