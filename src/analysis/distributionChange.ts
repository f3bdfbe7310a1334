import { Random } from "../tensor/random.js";
import { changePeak, type ChangePeak } from "./changePeak.js";
import {
  dissimilarities,
  dissimilarityNames,
  expectedContribution,
  type Dissimilarity,
} from "./dissimilarity.js";
import type { JudgedProperty } from "./judgedProperties.js";
import { logSumExp } from "./logSumExp.js";
import { quantile, type Interval } from "./stepSeries.js";
import { defaultWindow, neighbouringWindows, type NeighbouringWindows } from "./stepWindows.js";

/** One sampled answer, and how probable the checkpoints find it. */
export interface ScoredAnswer {
  readonly questionId: string;
  /** Which checkpoint said it: a position among the checkpoints' steps. */
  readonly checkpoint: number;
  /** Log-probability of the whole answer in nats, one a checkpoint; NaN where it was not scored. */
  readonly logProbabilities: ArrayLike<number>;
}

/** A quantity at every place where two windows meet, with its 95 % interval from resampling whole questions. */
export interface EstimatedSeries {
  readonly values: readonly number[];
  readonly interval: readonly Interval[];
}

/** What a judged property sees of the change. */
export interface ExplainedChange {
  readonly property: string;
  /** D of the property's outcomes. */
  readonly dissimilarity: Readonly<Record<Dissimilarity, EstimatedSeries>>;
  /** The same over D of the texts: at most 1, since outcomes follow from texts. NaN where nothing changes. */
  readonly share: Readonly<Record<Dissimilarity, EstimatedSeries>>;
}

/** How much the distribution of answers changes from one window of checkpoints to the next. */
export interface DistributionChange {
  /** Where two windows meet, half way between neighbouring checkpoints. */
  readonly steps: readonly number[];
  /** Length of either window in steps. */
  readonly window: number;
  /** Steps of the checkpoints that answered. */
  readonly checkpoints: readonly number[];
  readonly total: Readonly<Record<Dissimilarity, EstimatedSeries>>;
  /**
   * The linear one again, from the side that each answer did come from. It agrees with `total.linear` up to chance
   * where answers are as probable as they were scored: a check of the scores.
   */
  readonly linearFromLabels: EstimatedSeries;
  readonly explained: readonly ExplainedChange[];
  readonly peaks: Readonly<Record<Dissimilarity, ChangePeak | null>>;
  /** Total variation of every question, `[steps][questions]`, for comparisons that resample the same questions. */
  readonly byQuestion: {
    readonly questions: readonly string[];
    readonly totalVariation: readonly (readonly number[])[];
  };
  readonly answers: number;
  readonly resamples: number;
  readonly seed: number;
}

export interface DistributionChangeOptions {
  /** Length of a window in steps. @default twice the widest distance between neighbouring checkpoints */
  readonly window?: number;
  /** @default 1000 */
  readonly resamples?: number;
  /** @default 0 */
  readonly seed?: number;
}

/**
 * Compares the answers of neighbouring windows of checkpoints (2508.20015; methods §6.2):
 * D_g = ½ Σ_y E_{x~P_y}[g(p(y|x))], with p from the log-probabilities of whole answers, each window a mixture of its
 * checkpoints. Sampled answers only choose where p is looked at, so that equal checkpoints give exactly 0, however
 * few the answers.
 *
 * @param checkpoints steps, increasing
 * @param answers those said in both windows must be scored by every checkpoint of both
 * @param properties outcomes of the same answers, in their order; pooled over the questions
 */
export function distributionChange(
  checkpoints: readonly number[],
  answers: readonly ScoredAnswer[],
  properties: readonly JudgedProperty[],
  options: DistributionChangeOptions = {},
): DistributionChange {
  const { window = defaultWindow(checkpoints), resamples = 1000, seed = 0 } = options;
  const places = neighbouringWindows(checkpoints, window);
  const questions = [...new Set(answers.map(({ questionId }) => questionId))];
  const random = new Random(seed).fork("distribution change");
  const draws = questions.length < 2 ? [] : drawCounts(questions.length, resamples, random);
  const tables = places.map((place) => tabulate(place, answers, questions, properties));
  const total = byName((name) => series(tables.map(({ texts }) => over(texts[name], draws))));
  return {
    steps: places.map(({ step }) => step),
    window,
    checkpoints,
    total: byName((name) => total[name].estimated),
    linearFromLabels: series(tables.map(({ labelled }) => over(labelled, draws))).estimated,
    explained: properties.map(({ name: property }, index) => {
      const parts = tables.map(({ judged }) => resampledOutcomes(judged[index] ?? [], draws));
      const outcomes = byName((name) => series(parts.map((each) => overOutcomes(each, name, draws.length))));
      return {
        property,
        dissimilarity: byName((name) => outcomes[name].estimated),
        share: byName((name) => series(ratios(outcomes[name].all, total[name].all)).estimated),
      };
    }),
    peaks: byName((name) => changePeak(places, checkpoints, total[name].all)),
    byQuestion: { questions, totalVariation: tables.map(({ texts }) => texts.totalVariation) },
    answers: answers.length,
    resamples: draws.length,
    seed,
  };
}

/** A value, and what it becomes in every resample. */
export interface ResampledValue {
  readonly value: number;
  readonly resampled: readonly number[];
}

/** How often each question is drawn, one list a resample. */
export function drawCounts(questions: number, resamples: number, random: Random): Uint16Array[] {
  return Array.from({ length: resamples }, () => {
    const counts = new Uint16Array(questions);
    for (let draw = 0; draw < questions; draw++) {
      const drawn = random.integer(questions);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    return counts;
  });
}

/** One outcome of a property: mass of its answers by question, and the part of it that speaks for the first window. */
interface OutcomeTable {
  readonly mass: readonly number[];
  readonly before: readonly number[];
}

/** What one pair of windows needs, by question; NaN where a question lacks answers on a side. */
interface WindowTable {
  readonly texts: Readonly<Record<Dissimilarity, readonly number[]>>;
  readonly labelled: readonly number[];
  /** By property. */
  readonly judged: readonly (readonly OutcomeTable[])[];
}

function tabulate(
  place: NeighbouringWindows,
  answers: readonly ScoredAnswer[],
  questions: readonly string[],
  properties: readonly JudgedProperty[],
): WindowTable {
  const members = weighted(place, answers, questions);
  const ofQuestions = (contribution: (member: Member) => number): number[] => {
    const sums = questions.map(() => NaN);
    for (const member of members) {
      const sum = sums[member.question] ?? NaN;
      sums[member.question] = (Number.isNaN(sum) ? 0 : sum) + member.mass * contribution(member);
    }
    return sums;
  };
  return {
    texts: byName((name) => ofQuestions(({ u }) => expectedContribution(name, u))),
    labelled: ofQuestions(({ u, isBefore }) => dissimilarities.linear(isBefore ? u : 1 - u)),
    judged: properties.map(({ outcomes }) => {
      const distinct = [...new Set(members.map(({ answer }) => outcomes[answer]))];
      return distinct.map((outcome) => {
        const isOutcome = ({ answer }: Member): number => (outcomes[answer] === outcome ? 1 : 0);
        return {
          mass: ofQuestions(isOutcome),
          before: ofQuestions((member) => isOutcome(member) * member.u),
        };
      });
    }),
  };
}

/** An answer of one of the two windows. */
interface Member {
  readonly answer: number;
  readonly question: number;
  readonly isBefore: boolean;
  /** Its share of the question's answers: one half each window. */
  readonly mass: number;
  /** Probability that it comes from the first window. */
  readonly u: number;
}

function weighted(
  { before, after }: NeighbouringWindows,
  answers: readonly ScoredAnswer[],
  questions: readonly string[],
): Member[] {
  const questionOf = new Map(questions.map((id, index) => [id, index]));
  const groups = questions.map(() => new Map<number, number[]>());
  for (const [index, { questionId, checkpoint }] of answers.entries()) {
    const group = groups[questionOf.get(questionId) ?? -1];
    const said = group?.get(checkpoint);
    if (said === undefined) group?.set(checkpoint, [index]);
    else said.push(index);
  }
  const probabilityBefore = (scores: ArrayLike<number>): number => {
    const of = ({ positions, weights }: NeighbouringWindows["before"]): number =>
      logSumExp(
        positions.map((position, index) => Math.log(weights[index] ?? NaN) + (scores[position] ?? NaN)),
      );
    return 1 / (1 + Math.exp(of(after) - of(before)));
  };
  return groups.flatMap((group, question) => {
    const sides = [before, after].map(({ positions, weights }) => {
      const present = positions.flatMap((position, index) => {
        const said = group.get(position);
        return said === undefined ? [] : [{ said, weight: weights[index] ?? NaN }];
      });
      return { present, sum: present.reduce((sum, { weight }) => sum + weight, 0) };
    });
    if (sides.some(({ present }) => present.length === 0)) return [];
    return sides.flatMap(({ present, sum }, side) =>
      present.flatMap(({ said, weight }) =>
        said.map((answer): Member => ({
          answer,
          question,
          isBefore: side === 0,
          mass: weight / sum / said.length / 2,
          u: probabilityBefore(answers[answer]?.logProbabilities ?? []),
        })),
      ),
    );
  });
}

/** The mean over the questions that have a value, as they are and resampled. */
function over(values: readonly number[], draws: readonly Uint16Array[]): ResampledValue {
  const known = values.flatMap((value, question) => (Number.isNaN(value) ? [] : [{ value, question }]));
  const once = known.reduce((sum, { value }) => sum + value, 0) / known.length;
  const resampled = draws.map((counts) => {
    let [sum, count] = [0, 0];
    for (const { value, question } of known) {
      const times = counts[question] ?? 0;
      sum += times * value;
      count += times;
    }
    return sum / count;
  });
  return { value: once, resampled };
}

/** Probability of an outcome, and the part of it that speaks for the first window, pooled over the questions. */
interface ResampledOutcome {
  readonly mass: ResampledValue;
  readonly before: ResampledValue;
}

function resampledOutcomes(
  outcomes: readonly OutcomeTable[],
  draws: readonly Uint16Array[],
): ResampledOutcome[] {
  return outcomes.map(({ mass, before }) => ({ mass: over(mass, draws), before: over(before, draws) }));
}

/** D of a property's outcomes. */
function overOutcomes(
  outcomes: readonly ResampledOutcome[],
  name: Dissimilarity,
  draws: number,
): ResampledValue {
  const sum = (pick: (part: ResampledValue) => number): number =>
    outcomes.reduce((total, { mass, before }) => {
      const probability = pick(mass);
      if (!(probability > 0)) return total;
      return total + probability * expectedContribution(name, pick(before) / probability);
    }, 0);
  return {
    value: outcomes.length === 0 ? NaN : sum(({ value }) => value),
    resampled: Array.from({ length: draws }, (_, draw) => sum(({ resampled }) => resampled[draw] ?? NaN)),
  };
}

function ratios(parts: readonly ResampledValue[], wholes: readonly ResampledValue[]): ResampledValue[] {
  const ratio = (part: number, whole = NaN): number => (whole > 0 ? part / whole : NaN);
  return parts.map(({ value, resampled }, place) => ({
    value: ratio(value, wholes[place]?.value),
    resampled: resampled.map((each, draw) => ratio(each, wholes[place]?.resampled[draw])),
  }));
}

function series(all: readonly ResampledValue[]): {
  readonly estimated: EstimatedSeries;
  readonly all: readonly ResampledValue[];
} {
  return {
    all,
    estimated: {
      values: all.map(({ value }) => value),
      interval: all.map(({ value, resampled }): Interval => {
        // Resampling adds noise to what cannot be negative: near 0 all resamples may lie above the estimate.
        const bounds = [quantile(resampled, 0.025), quantile(resampled, 0.975)] as const;
        return [Math.min(value, bounds[0]), Math.max(value, bounds[1])];
      }),
    },
  };
}

function byName<T>(make: (name: Dissimilarity) => T): Record<Dissimilarity, T> {
  const [totalVariation, jensenShannon, linear] = dissimilarityNames;
  return {
    totalVariation: make(totalVariation),
    jensenShannon: make(jensenShannon),
    linear: make(linear),
  };
}
