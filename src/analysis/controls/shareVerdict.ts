import { quantile, type Interval } from "../statistics/quantile.js";

/**
 * What a control says of a transition: it is the run's own, the control has it too, or that cannot be told.
 * See `shareOf` for the rule.
 */
export type ControlVerdict = "specific" | "shared" | "cannotTell";

/** The size of an event near a step, with draws of what it is without the noise that it was measured in. */
export interface SizeNear {
  /** Where it is largest. */
  readonly step: number;
  readonly draws: readonly number[];
}

/** A size with its 95 % interval. */
export interface SizeEstimate {
  readonly value: number;
  readonly interval: Interval;
}

/** How much of a run's event its control has. */
export interface Share {
  readonly run: SizeEstimate & { readonly step: number };
  readonly control: SizeEstimate & { readonly step: number };
  /** Run less control. */
  readonly difference: SizeEstimate;
  /** Whether the control surely has more than half of it, surely less, or neither. */
  readonly half: "more" | "less" | "unclear";
}

/**
 * Share of a run's event, from which it follows whether it is shared, that its control has to have.
 */
const limit = 0.5;

/**
 * Compares the size of an event in a run and in its control. The control has it too where the 95 % interval of
 * control − run / 2 lies above 0, has it not where it lies below, and else nothing can be told. The draws of both are
 * independent, and so are taken in pairs.
 */
export function shareOf(run: SizeNear, control: SizeNear): Share {
  const pairs = run.draws.map((own, index) => [own, control.draws[index] ?? NaN] as const);
  const [low, high] = intervalOf(pairs.map(([own, other]) => other - limit * own));
  return {
    run: { step: run.step, ...estimateOf(run.draws) },
    control: { step: control.step, ...estimateOf(control.draws) },
    difference: estimateOf(pairs.map(([own, other]) => own - other)),
    half: low > 0 ? "more" : high < 0 ? "less" : "unclear",
  };
}

/** Median and 95 % interval of draws. */
function estimateOf(draws: readonly number[]): SizeEstimate {
  return { value: quantile(draws, 0.5), interval: intervalOf(draws) };
}

function intervalOf(draws: readonly number[]): Interval {
  return [quantile(draws, 0.025), quantile(draws, 0.975)];
}
