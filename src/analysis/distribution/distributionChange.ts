import { Random } from "../../tensor/random.js";
import { changePeak, type ChangePeak } from "./changePeak.js";
import {
  dissimilarities,
  dissimilarityNames,
  expectedContribution,
  type Dissimilarity,
} from "./dissimilarity.js";
import type { JudgedProperty } from "./judgedProperties.js";
import {
  drawCounts,
  estimatedSeries,
  meanOverQuestions,
  ratios,
  type EstimatedSeries,
  type ResampledValue,
} from "../behavior/questionResampling.js";
import { scoreCheck, type ScoreCheck } from "./scoreCheck.js";
import {
  defaultWindow,
  neighboringWindows,
  windowAnswers,
  type ScoredAnswer,
  type WindowAnswer,
} from "./windows.js";

/** Part of the change that a judged property sees. */
export interface ExplainedChange {
  readonly property: string;
  /** D of the property's outcomes. */
  readonly dissimilarity: Readonly<Record<Dissimilarity, EstimatedSeries>>;
  /** D of the outcomes over D of the texts: at most 1, since outcomes follow from texts. NaN where nothing changes. */
  readonly share: Readonly<Record<Dissimilarity, EstimatedSeries>>;
}

/** Change of the distribution of answers from one window of checkpoints to the next. */
export interface DistributionChange {
  /** Steps at which two windows meet, half way between neighbouring checkpoints. */
  readonly steps: readonly number[];
  /** Length of either window in steps. */
  readonly window: number;
  /** Steps of the checkpoints that answered. */
  readonly checkpoints: readonly number[];
  readonly total: Readonly<Record<Dissimilarity, EstimatedSeries>>;
  /**
   * The linear one again, from the side that each answer did come from. Where answers are as probable as they were
   * scored, its mean over many runs is that of `total.linear`. Within one run they may lie apart, and at neighbouring
   * places alike: how far is no matter of this interval, but of `scoreCheck`.
   */
  readonly linearFromLabels: EstimatedSeries;
  /** Null in results stored before there was one. */
  readonly scoreCheck: ScoreCheck | null;
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

/** Settings of the comparison of windows. */
export interface DistributionChangeOptions {
  /** Length of a window in steps. @default twice the widest distance between neighbouring checkpoints */
  readonly window?: number;
  /** @default 1000 */
  readonly resamples?: number;
  /** @default 0 */
  readonly seed?: number;
}

/**
 * Compares the answers of neighbouring windows of checkpoints (2508.20015):
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
  const places = neighboringWindows(checkpoints, window);
  const questions = [...new Set(answers.map(({ questionId }) => questionId))];
  const random = new Random(seed).fork("distribution change");
  const draws = questions.length < 2 ? [] : drawCounts(questions.length, resamples, random);
  const members = places.map((place) => windowAnswers(place, answers, questions));
  const tables = members.map((each) => tabulate(each, questions, properties));
  const total = byName((name) => tables.map(({ texts }) => meanOverQuestions(texts[name], draws)));
  return {
    steps: places.map(({ step }) => step),
    window,
    checkpoints,
    total: byName((name) => estimatedSeries(total[name])),
    linearFromLabels: estimatedSeries(tables.map(({ labeled }) => meanOverQuestions(labeled, draws))),
    scoreCheck: scoreCheck(places.map(({ step }, index) => ({ step, members: members[index] ?? [] }))),
    explained: properties.map(({ name: property }, index) => {
      const parts = tables.map(({ judged }) => resampledOutcomes(judged[index] ?? [], draws));
      const outcomes = byName((name) => parts.map((each) => overOutcomes(each, name, draws.length)));
      return {
        property,
        dissimilarity: byName((name) => estimatedSeries(outcomes[name])),
        share: byName((name) => estimatedSeries(ratios(outcomes[name], total[name]))),
      };
    }),
    peaks: byName((name) => changePeak(places, checkpoints, total[name])),
    byQuestion: { questions, totalVariation: tables.map(({ texts }) => texts.totalVariation) },
    answers: answers.length,
    resamples: draws.length,
    seed,
  };
}

/** One outcome of a property: mass of its answers by question, and the part of it that speaks for the first window. */
interface OutcomeTable {
  readonly mass: readonly number[];
  readonly before: readonly number[];
}

/** Numbers of one pair of windows, by question; NaN where a question lacks answers on a side. */
interface WindowTable {
  readonly texts: Readonly<Record<Dissimilarity, readonly number[]>>;
  readonly labeled: readonly number[];
  /** By property. */
  readonly judged: readonly (readonly OutcomeTable[])[];
}

function tabulate(
  members: readonly WindowAnswer[],
  questions: readonly string[],
  properties: readonly JudgedProperty[],
): WindowTable {
  const ofQuestions = (contribution: (member: WindowAnswer) => number): number[] => {
    const sums = questions.map(() => NaN);
    for (const member of members) {
      const sum = sums[member.question] ?? NaN;
      sums[member.question] = (Number.isNaN(sum) ? 0 : sum) + member.mass * contribution(member);
    }
    return sums;
  };
  return {
    texts: byName((name) => ofQuestions(({ u }) => expectedContribution(name, u))),
    labeled: ofQuestions(({ u, isBefore }) => dissimilarities.linear(isBefore ? u : 1 - u)),
    judged: properties.map(({ outcomes }) => {
      const distinct = [...new Set(members.map(({ answer }) => outcomes[answer]))];
      return distinct.map((outcome) => {
        const isOutcome = ({ answer }: WindowAnswer): number => (outcomes[answer] === outcome ? 1 : 0);
        return {
          mass: ofQuestions(isOutcome),
          before: ofQuestions((member) => isOutcome(member) * member.u),
        };
      });
    }),
  };
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
  return outcomes.map(({ mass, before }) => ({
    mass: meanOverQuestions(mass, draws),
    before: meanOverQuestions(before, draws),
  }));
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

function byName<T>(make: (name: Dissimilarity) => T): Record<Dissimilarity, T> {
  const [totalVariation, jensenShannon, linear] = dissimilarityNames;
  return {
    totalVariation: make(totalVariation),
    jensenShannon: make(jensenShannon),
    linear: make(linear),
  };
}
