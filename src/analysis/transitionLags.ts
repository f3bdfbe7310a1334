import type { TransitionLag } from "./analysisRecord.js";
import type { PhaseTransition, TransitionIndicator } from "./phaseTransition.js";

/** The order in which pairs are formed, from mechanism to behaviour. */
const order: readonly TransitionIndicator[] = [
  "gradientNorm",
  "normGrowth",
  "rotation",
  "pcaCorner",
  "compBend",
  "narrowBehaviour",
  "behaviour",
];

/**
 * Lags between the transitions of a run, for every pair of indicators; behaviour as trained (scale 1) where
 * there are several factors, and the first adapter that turns where there are several.
 *
 * The interval of a lag is formed from the ends of both 95 % intervals: whatever the dependence of two indicators of
 * one run, it holds the lag in at least 90 % of runs (Bonferroni). That two indicators agree is never assumed.
 */
export function transitionLags(transitions: readonly PhaseTransition[]): readonly TransitionLag[] {
  const chosen = order.flatMap((indicator) => {
    const all = transitions.filter((each) => each.indicator === indicator);
    const transition = all.find((each) => each.scale === 1) ?? all[0];
    return transition === undefined ? [] : [transition];
  });
  return chosen.flatMap((from, index) =>
    chosen.slice(index + 1).map((to) => ({
      from: from.indicator,
      to: to.indicator,
      steps: to.step - from.step,
      interval: [to.interval[0] - from.interval[1], to.interval[1] - from.interval[0]] as const,
    })),
  );
}
