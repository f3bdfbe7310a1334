import type { TransitionLag } from "../../../analysis/transitions/timeline.js";

/**
 * Says how long before or after the turn of behaviour an event is, such as "3 steps after behaviour (1 to 13)".
 * @param lag from the event to the turn of behaviour: positive where behaviour comes later
 */
export function lagWords({ steps, interval: [low, high] }: TransitionLag): string {
  const range = rangeWords(low, high, Math.sign(steps));
  if (steps === 0) return `the step at which behaviour turns (${range})`;
  return `${stepsWords(Math.abs(steps))} ${steps > 0 ? "before" : "after"} behaviour (${range})`;
}

/** A number of steps, such as "1 step". */
export function stepsWords(count: number): string {
  return count === 1 ? "1 step" : `${count} steps`;
}

/** Bounds of a lag; the side is said where the estimate, by its sign, does not say it. */
function rangeWords(low: number, high: number, sign: number): string {
  if (low < 0 && high > 0) return `between ${-low} after and ${high} before`;
  const [from, to] = low < 0 ? [-high, -low] : [low, high];
  const side = low < 0 || (low === 0 && high === 0 && sign < 0) ? "after" : "before";
  const isSaid = (sign > 0 && side === "before") || (sign < 0 && side === "after");
  return `${from === to ? from : `${from} to ${to}`}${isSaid ? "" : ` ${side}`}`;
}
