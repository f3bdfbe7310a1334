import { nearestStep } from "../series/stepSeries.js";

/** Numbers of chosen steps. */
interface StepCounts {
  /** Spread over the run. */
  readonly spread: number;
  /** Close to its turn. */
  readonly close: number;
}

/** Smallest distance in steps on either side of a turn that counts as close to it. */
const leastReach = 4;

/**
 * Chooses the kept steps at which something costly is measured: some spread evenly over the run, and some close to its turn.
 *
 * @param kept steps of the checkpoints, in increasing order
 * @param turn its step and interval; null where nothing turns
 */
export function attributedSteps(
  kept: readonly number[],
  turn: { readonly step: number; readonly interval: readonly [number, number] } | null,
  { spread, close }: StepCounts = { spread: 8, close: 5 },
): number[] {
  const between = (low: number, high: number, count: number): number[] =>
    Array.from({ length: count }, (_, place) =>
      nearestStep(kept, low + ((high - low) * place) / Math.max(1, count - 1)),
    );
  const last = kept.at(-1) ?? NaN;
  const wanted = between(kept[0] ?? NaN, last, turn === null ? spread + close : spread);
  if (turn !== null) {
    const reach = (bound: number): number => Math.max(leastReach, Math.abs(bound - turn.step));
    const [low, high] = turn.interval;
    wanted.push(
      ...between(turn.step - reach(low), turn.step + reach(high), close),
      nearestStep(kept, turn.step),
    );
  }
  return [...new Set(wanted)].filter(Number.isFinite).sort((one, other) => one - other);
}
