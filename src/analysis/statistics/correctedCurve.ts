import { correctedRate, type CorrectedRate, type TwiceJudged } from "./correctedRate.js";
import type { Interval } from "./quantile.js";
import { normal95, wilsonInterval } from "./wilson.js";

/** One step of a corrected curve. */
export interface CorrectedStep {
  readonly step: number;
  readonly answers: number;
  readonly trusted: number;
  /** Share of the step's answers to which the cheap judge says yes. */
  readonly cheapRate: number;
  /** The rate that the trusted judge would find, by what was learned of the cheap judge at all steps. */
  readonly rate: number;
  /** 95 %. */
  readonly interval: Interval;
  /** The rate by this step's own trusted answers; null where there are fewer than two. */
  readonly alone: CorrectedRate | null;
  /** How often the trusted judge says yes less how often the cheap one does, here; NaN without trusted answers. */
  readonly residual: number;
}

/** Rates along training by a cheap judge, corrected by a trusted one who saw some answers of all steps together. */
export interface CorrectedCurve {
  readonly steps: readonly CorrectedStep[];
  readonly trusted: number;
  /** Rise of the trusted rate with the cheap one's word: λ of `correctedRate` without its share for a finite sample. */
  readonly lambda: number;
  /** Change of the residual trusted − λ · cheap over the whole length of the run, with its 95 % interval. */
  readonly drift: { readonly change: number; readonly interval: Interval };
}

/** Errors that are added, so that a judge who never erred on few answers is not taken to never err. */
const addedErrors = 2;
/** Fewest trusted answers that carry a curve. */
const fewest = 10;

/**
 * Corrects a cheap judge's rate at every step by a trusted judge's word on some answers of all steps: a regression of the
 * trusted verdict Y on the cheap one f, `rate(step) = mean Y + λ·(f(step) − mean f)`.
 *
 * It holds as long as what the trusted judge says of an answer, given the cheap one's word, is the same at every step. A
 * judge that goes by style may drift along training: then the residual has a trend, which `drift` tells, and only the
 * steps' own rates are to be believed. Intervals are Wilson's at the number of answers of equal variance; they allow for
 * the error of mean and λ.
 *
 * @returns null where the trusted judge saw fewer than ten answers
 */
export function correctedCurve(
  answers: readonly (TwiceJudged & { readonly step: number })[],
): CorrectedCurve | null {
  const both = answers.flatMap(({ cheap, trusted, step }) =>
    trusted === null ? [] : [{ f: Number(cheap), y: Number(trusted), step }],
  );
  const n = both.length;
  if (n < fewest) return null;
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanY = mean(both.map(({ y }) => y));
  const meanF = mean(both.map(({ f }) => f));
  const spread = both.reduce((sum, { f }) => sum + (f - meanF) ** 2, 0);
  const lambda = spread > 0 ? both.reduce((sum, { f, y }) => sum + (f - meanF) * (y - meanY), 0) / spread : 0;
  const residuals = both.map(({ f, y, step }) => ({ step, value: y - meanY - lambda * (f - meanF) }));
  const noise = (residuals.reduce((sum, { value }) => sum + value ** 2, 0) + addedErrors) / n;
  const numbers = [...new Set(answers.map(({ step }) => step))].sort((one, other) => one - other);
  const steps = numbers.map((step): CorrectedStep => {
    const own = answers.filter((answer) => answer.step === step);
    const ownBoth = both.filter((answer) => answer.step === step);
    const cheapRate = mean(own.map(({ cheap }) => Number(cheap)));
    const rate = Math.min(1, Math.max(0, meanY + lambda * (cheapRate - meanF)));
    const ofFit = noise * (1 / n + (spread > 0 ? (cheapRate - meanF) ** 2 / spread : 0));
    const ofStep = (lambda ** 2 * cheapRate * (1 - cheapRate)) / own.length;
    const smoothed = (rate * n + addedErrors) / (n + 2 * addedErrors);
    const equivalent = (smoothed * (1 - smoothed)) / (ofFit + ofStep);
    return {
      step,
      answers: own.length,
      trusted: ownBoth.length,
      cheapRate,
      rate,
      interval: wilsonInterval(rate * equivalent, equivalent),
      alone: correctedRate(own),
      residual: mean(ownBoth.map(({ f, y }) => y - f)),
    };
  });
  return { steps, trusted: n, lambda, drift: driftOf(residuals, numbers) };
}

/** Slope of the residuals over the steps, from the first to the last, with the interval of a least-squares line. */
function driftOf(
  residuals: readonly { readonly step: number; readonly value: number }[],
  steps: readonly number[],
): CorrectedCurve["drift"] {
  const n = residuals.length;
  const length = (steps.at(-1) ?? NaN) - (steps[0] ?? NaN);
  const meanStep = residuals.reduce((sum, { step }) => sum + step, 0) / n;
  const spread = residuals.reduce((sum, { step }) => sum + (step - meanStep) ** 2, 0);
  if (!(spread > 0)) return { change: NaN, interval: [NaN, NaN] };
  const slope = residuals.reduce((sum, { step, value }) => sum + (step - meanStep) * value, 0) / spread;
  const left = residuals.reduce((sum, { step, value }) => sum + (value - slope * (step - meanStep)) ** 2, 0);
  const error = Math.sqrt((left + addedErrors) / (n - 2) / spread);
  const half = normal95 * error * length;
  return { change: slope * length, interval: [slope * length - half, slope * length + half] };
}
