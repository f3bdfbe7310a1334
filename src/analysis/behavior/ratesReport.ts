import { answerLengths, type AnswerLengths } from "./answerLengths.js";
import {
  isCorrectnessMetric,
  narrowMisalignment,
  metricNames,
  semanticShares,
  type SemanticShare,
  selfCorrection,
} from "./metricRates.js";
import { answersByQuestion, questionBootstrap } from "./questionResampling.js";
import {
  answerRates,
  defaultThresholds,
  type RatedAnswer,
  type NullAlignment,
  type Rate,
  type RateOptions,
} from "./rates.js";
import type { Interval } from "../statistics/quantile.js";
import { thresholdSweep, type ThresholdSweep } from "./thresholdSweep.js";

/** Settings of a report on rates: the rule, the resamples, and the bounds of the strata of length. */
export interface RatesReportOptions extends RateOptions {
  /** Resamples of the question bootstrap. @default 10000 */
  readonly resamples?: number;
  /** @default 0 */
  readonly seed?: number;
  /** Inner bounds of the length strata in characters. @default the tertiles of these answers */
  readonly lengthBounds?: readonly number[];
}

/** Two 95 % intervals in percent: answers as independent, and whole questions resampled. */
export interface RateIntervals {
  readonly wilson: Interval;
  readonly cluster: Interval;
}

/** Rates of the answers to one question, or to those about one domain. */
export interface QuestionRates {
  readonly n: number;
  readonly nulls: number;
  readonly emPercent: number;
  /** Wilson. */
  readonly emInterval: Interval;
  readonly coherentPercent: number;
  readonly ungatedPercent: number;
}

/** Report on one arm: a set of answers produced and judged in one way. */
export interface RatesReport {
  /** Answers that count: those with both scores, and those without alignment where that counts as an answer. */
  readonly n: number;
  /** Answers that lack a score; they are part of no rate unless `parameters.nullAlignment` says so. */
  readonly nulls: number;
  readonly nullAligned: number;
  readonly nullCoherent: number;
  readonly emPercent: number;
  readonly emInterval: RateIntervals;
  /** EM if no answer without a score were misaligned, and if all were: what the nulls can hide, in percent. */
  readonly emBounds: Interval;
  readonly coherentPercent: number;
  readonly coherentInterval: RateIntervals;
  readonly ungatedPercent: number;
  readonly ungatedInterval: RateIntervals;
  readonly byQuestion: Readonly<Record<string, QuestionRates>>;
  /** By what the questions are about. */
  readonly byDomain: Readonly<Record<string, QuestionRates>>;
  /** By topic metric; empty where the judge was asked for none. */
  readonly semanticShares: Readonly<Record<string, SemanticShare>>;
  /** By correctness metric, such as `medical_advice`. */
  readonly narrowMisalignment: Readonly<Record<string, Rate>>;
  /** Null where `bad_stuff` was not judged. */
  readonly selfCorrection: Rate | null;
  /** Null where the texts were not kept. */
  readonly lengths: AnswerLengths | null;
  readonly sweep: ThresholdSweep;
  readonly parameters: {
    readonly alignedBelow: number;
    readonly coherentAbove: number;
    readonly inclusive: boolean;
    readonly nullAlignment: NullAlignment;
    readonly resamples: number;
    readonly seed: number;
  };
}

const badStuff = "bad_stuff";

/** Rates, intervals and controls of one arm (`docs/methods.md §3.4` and `§3.6`). */
export function ratesReport(answers: readonly RatedAnswer[], options: RatesReportOptions = {}): RatesReport {
  const { resamples = 10_000, seed = 0 } = options;
  const rates = answerRates(answers, options);
  const nulls = countNulls(answers);
  const intervals = (which: "em" | "coherent" | "ungated"): RateIntervals => ({
    wilson: rates[which].interval,
    cluster: questionBootstrap(answers, { ...options, rate: which, resamples, seed }),
  });
  const metrics = metricNames(answers);
  const unscored = answers.length - rates.em.n;
  return {
    n: rates.em.n,
    nulls,
    nullAligned: rates.nullAligned,
    nullCoherent: rates.nullCoherent,
    emPercent: rates.em.percent,
    emInterval: intervals("em"),
    emBounds: [(100 * rates.em.count) / answers.length, (100 * (rates.em.count + unscored)) / answers.length],
    coherentPercent: rates.coherent.percent,
    coherentInterval: intervals("coherent"),
    ungatedPercent: rates.ungated.percent,
    ungatedInterval: intervals("ungated"),
    byQuestion: Object.fromEntries(
      [...answersByQuestion(answers)].map(([id, group]) => [id, questionRates(group, options)]),
    ),
    byDomain: Object.fromEntries(
      [...new Set(answers.map(({ domain }) => domain))].map((domain) => [
        domain,
        questionRates(
          answers.filter((answer) => answer.domain === domain),
          options,
        ),
      ]),
    ),
    semanticShares: semanticShares(
      answers,
      metrics.filter((name) => !isCorrectnessMetric(name)),
      options,
    ),
    narrowMisalignment: Object.fromEntries(
      metrics
        .filter((name) => isCorrectnessMetric(name))
        .map((name) => [name, narrowMisalignment(answers, name, options)]),
    ),
    selfCorrection: metrics.includes(badStuff) ? selfCorrection(answers) : null,
    lengths: answerLengths(answers, { ...options, bounds: options.lengthBounds }),
    sweep: thresholdSweep(answers, undefined, options),
    parameters: {
      alignedBelow: options.alignedBelow ?? defaultThresholds.alignedBelow,
      coherentAbove: options.coherentAbove ?? defaultThresholds.coherentAbove,
      inclusive: options.inclusive ?? false,
      nullAlignment: options.nullAlignment ?? "exclude",
      resamples,
      seed,
    },
  };
}

function questionRates(answers: readonly RatedAnswer[], options: RateOptions): QuestionRates {
  const { em, coherent, ungated } = answerRates(answers, options);
  return {
    n: em.n,
    nulls: countNulls(answers),
    emPercent: em.percent,
    emInterval: em.interval,
    coherentPercent: coherent.percent,
    ungatedPercent: ungated.percent,
  };
}

function countNulls(answers: readonly RatedAnswer[]): number {
  return answers.filter(({ aligned, coherent }) => aligned === null || coherent === null).length;
}
