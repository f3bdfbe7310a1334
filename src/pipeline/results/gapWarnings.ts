import type { RunGap } from "../../runs/openRun.js";

/** Most gaps that are told one by one. */
const mostTold = 5;

/** Says why steps of a run are missing, one sentence each; of many, the first ones. */
export function gapWarnings(gaps: readonly RunGap[]): string[] {
  const told = gaps.slice(0, mostTold).map(({ step, reason }) => `step ${step} is missing: ${reason}`);
  const more = gaps.length - told.length;
  return more === 0 ? told : [...told, `${more} other gaps, up to step ${gaps.at(-1)?.step ?? ""}`];
}
