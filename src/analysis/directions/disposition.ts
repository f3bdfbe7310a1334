import { crossingStep } from "../series/crossing.js";
import { quantile, type Interval } from "../statistics/quantile.js";
import { Random } from "../../tensor/random.js";

/**
 * Where prompts lie along a direction, read before a word of the answer is written: along training, at one layer.
 *
 * Values are shares of the direction's own length: 0 is where the first checkpoint lies, or the aligned persona where
 * the direction tells two apart, and 1 is as far as the direction reaches.
 */
export interface DispositionReading {
  readonly direction: string;
  /** Step of the checkpoint that the direction was found in. */
  readonly directionStep: number;
  /** SHA-256 of its vector after the layer. */
  readonly directionSha256: string;
  readonly layer: number;
  /** Place in the prompt that was read: its last token, or the mean over all of them. */
  readonly place: "last" | "prompt";
  /** In increasing order. */
  readonly steps: readonly number[];
  /** Value of every prompt at every step, `[steps][questions]`. */
  readonly values: readonly (readonly number[])[];
  /** True where 0 is the aligned persona; else it is the first step. */
  readonly hasOrigin: boolean;
  /** How far directions drawn by chance move, at every step. */
  readonly chance: readonly ChanceBand[];
  /** Number of directions of each kind that were drawn by chance. */
  readonly draws: number;
}

/**
 * How far the mean over the prompts moves from the first step along directions that were drawn by chance and are as long
 * as the one that is read: evenly in all directions, or among those in which prompts differ from each other, which are
 * few, so that all that changes the model moves along them.
 */
export interface ChanceBand {
  /** 95 % of the even ones move no further. */
  readonly even: number;
  /** 95 % of those among prompts move no further. */
  readonly amongPrompts: number;
  /** The furthest that any of both kinds moves. */
  readonly furthest: number;
}

/** The mean over the prompts along training. */
export interface DispositionCurve extends Omit<DispositionReading, "values"> {
  readonly questions: number;
  readonly values: readonly number[];
  /** 95 % of resampled questions, of the change from the first step. */
  readonly intervals: readonly Interval[];
  /**
   * Step half way from the first to the highest value, and between which the middle half of that way lies; null where no
   * value is above the first.
   */
  readonly rise: {
    readonly step: number;
    readonly interval: Interval;
    readonly from: number;
    readonly to: number;
  } | null;
}

/**
 * Averages readings over prompts, with intervals over resampled questions, the same at every step.
 *
 * @param options.resamples @default 1000
 * @param options.seed @default 0
 */
export function dispositionCurve(
  { values: perQuestion, ...reading }: DispositionReading,
  options: { readonly resamples?: number; readonly seed?: number } = {},
): DispositionCurve {
  const { resamples = 1000, seed = 0 } = options;
  const { steps } = reading;
  const values = perQuestion.map(meanOf);
  const first = values[0] ?? NaN;
  const changes = changeDraws(perQuestion, resamples, new Random(seed).fork("disposition"));
  const top = highest(values);
  const crossing = (curve: readonly number[], share: number): number | null =>
    crossingStep(steps.slice(0, top + 1), curve.slice(0, top + 1), share);
  const halves = changes.flatMap((change) => crossing(change, 0.5) ?? []);
  const [from, half, to] = [0.25, 0.5, 0.75].map((share) => crossing(values, share));
  return {
    ...reading,
    questions: perQuestion[0]?.length ?? 0,
    values,
    intervals: steps.map((_, index): Interval => {
      const drawn = changes.map((change) => first + (change[index] ?? NaN));
      return [quantile(drawn, 0.025), quantile(drawn, 0.975)];
    }),
    rise:
      half == null || from == null || to == null
        ? null
        : { step: half, interval: [quantile(halves, 0.025), quantile(halves, 0.975)], from, to },
  };
}

/** Draws the change of the mean from the first step, over resampled questions: `[resamples][steps]`. */
export function changeDraws(
  values: readonly (readonly number[])[],
  resamples: number,
  random: Random,
): number[][] {
  const questions = values[0]?.length ?? 0;
  const first = values[0] ?? [];
  return Array.from({ length: questions < 2 ? 0 : resamples }, () => {
    const drawn = Array.from({ length: questions }, () => random.integer(questions));
    return values.map(
      (ofStep) => drawn.reduce((sum, at) => sum + (ofStep[at] ?? NaN) - (first[at] ?? NaN), 0) / questions,
    );
  });
}

/** Tells whether two readings were taken along the same vector, at the same place of as many prompts. */
export function areComparable(one: DispositionReading, other: DispositionReading): boolean {
  return (
    one.directionSha256 === other.directionSha256 &&
    one.layer === other.layer &&
    one.place === other.place &&
    one.values[0]?.length === other.values[0]?.length
  );
}

/** Half-width of what chance explains at a step: the wider of both kinds. */
export function chanceWidth({ even, amongPrompts }: ChanceBand): number {
  return Math.max(even, amongPrompts);
}

/** Position of the highest value, the first of equal ones. */
export function highest(values: readonly number[]): number {
  return values.reduce((best, value, index) => (value > (values[best] ?? NaN) ? index : best), 0);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
