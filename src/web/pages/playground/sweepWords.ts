import type { ServedPlayground } from "../../../server/schemas/playground.js";
import type { ServedSweepPlan, ServedSweepPoint } from "../../../server/schemas/playgroundSweep.js";
import { signed } from "../../parts/numberWords.js";
import type { State } from "./askedState.js";
import { directionWords } from "./steeringControl.js";

/** Axis of a sweep: what it is over, and its ends. */
export interface SweepAxis {
  readonly over: State["over"];
  readonly low: number;
  readonly high: number;
}

/** Axis that an address asks for; null where a direction is taken out. */
export function axisOf({ over, edit, span }: Pick<State, "over" | "edit" | "span">): SweepAxis | null {
  if (over === "factor") return { over, low: 0, high: span };
  return edit === "add" ? { over, low: -span, high: span } : null;
}

/** Points of an axis beside the one that is always asked: its ends, and what lies evenly between them. */
export function pointsOf({ low, high, over }: SweepAxis): number[] {
  const all = [0, 0.25, 0.5, 0.75, 1].map((share) => low + share * (high - low));
  return over === "factor" ? all : all.filter((strength) => strength !== 0);
}

/** State of the model and direction in words, such as "Sweep: misalignment direction added after layer 2, at step 81" */
export function titleWords(
  { direction, edit, scale, over }: State,
  { step, layer }: ServedSweepPlan,
  kind: ServedPlayground["kind"],
): string {
  if (over === "factor") {
    return `Sweep: factor on the ${kind === "adapter" ? "adapter" : "change of the weights"}, at step ${step}`;
  }
  const where = layer === null ? "every layer" : `layer ${layer}`;
  const factor = scale === 1 ? "" : ` × ${signed(String(scale))}`;
  return `Sweep: ${directionWords(direction ?? "")} ${edit === "add" ? "added" : "taken out"} after ${where}, at step ${step}${factor}`;
}

/** What the curves are made of, in words. */
export function legendWords(
  { edit, over }: State,
  { answers, questions, directions, length }: ServedSweepPlan,
): string {
  const unit = length === null ? "" : ` Strength 1 adds a vector of length ${Number(length.toPrecision(3))}.`;
  const beside = edit === "add" ? "of the same length" : "taken out instead";
  const made = `n = ${answers} a point: ${questions} questions, the same random numbers at all points. Whiskers: 95 % Wilson intervals. `;
  if (over === "factor") return `${made}Factor 0 is the base model, 1 the checkpoint as it was trained.`;
  return made + `Grey: ${directions} random directions ${beside}, together.${unit}`;
}

/** Name of a point, such as "strength 2", or "factor 2". */
export function nameOf({ kind, strength }: ServedSweepPoint, over: State["over"]): string {
  if (over === "factor") return strength === 0 ? "base model" : `factor ${signed(String(strength))}`;
  if (kind === "untouched") return "untouched";
  const words = strength === null ? "taken out" : `strength ${signed(String(strength))}`;
  return kind === "random" ? `random, ${words}` : words;
}
