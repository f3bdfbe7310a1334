import type { Analysis } from "./analysisRecord.js";
import type { PhaseTransition, TransitionIndicator } from "./transitions/detectors.js";

/** Parts of a record that say what stands for the run. */
type Judged = Pick<Analysis, "behavior" | "transitions">;

/** Leaves out of some records those of another factor on the adapter than one; what names no factor belongs to all. */
export function atScale<T extends { readonly scale?: number }>(
  records: readonly T[],
  scale: number | undefined,
): readonly T[] {
  if (scale === undefined) return records;
  return records.filter((each) => each.scale === undefined || each.scale === scale);
}

/** The transitions of a run at the factor that stands for it. */
export function usualTransitions({ behavior, transitions }: Judged): readonly PhaseTransition[] {
  return atScale(transitions, behavior?.usualScale);
}

/** The first transition of an indicator at the factor that stands for the run. */
export function usualTransition(judged: Judged, indicator: TransitionIndicator): PhaseTransition | undefined {
  return usualTransitions(judged).find((each) => each.indicator === indicator);
}
