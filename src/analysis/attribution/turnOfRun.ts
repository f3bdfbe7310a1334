import type { Analysis } from "../analysisRecord.js";
import type { PhaseTransition, TransitionIndicator } from "../transitions/detectors.js";
import { usualTransition } from "../usualTransitions.js";

/** Indicators that say when a run turns, the first that does counts. */
const inOrder: readonly TransitionIndicator[] = ["behavior", "rotation", "gradientNorm", "normGrowth"];

/**
 * The transition that stands for a run's turn: that of broad behaviour; else that of the direction of B, of the gradient
 * norm, or of the norm of B. Null where none turns.
 */
export function turnOfRun(analysis: Pick<Analysis, "behavior" | "transitions">): PhaseTransition | null {
  const found = inOrder.flatMap((indicator) => usualTransition(analysis, indicator) ?? []);
  return found[0] ?? null;
}
