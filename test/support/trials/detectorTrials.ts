import {
  detectors,
  type DetectorOptions,
  type PhaseTransition,
} from "../../../src/analysis/transitions/detectors.js";
import { behaviorTrials } from "./behaviorTrials.js";
import { dispositionTrials } from "./dispositionTrials.js";
import { pathTrials } from "./pathTrials.js";
import { compTrials, gradientTrials, growthTrials } from "./seriesTrials.js";
import type { DetectorTrials, SeededRun } from "./trial.js";

/** Trials by indicator. The peak of the distribution's change has its own in `test/analysis/distribution`. */
const detectorTrials: Readonly<Record<string, DetectorTrials>> = {
  rotation: pathTrials,
  pcaCorner: pathTrials,
  gradientNorm: gradientTrials,
  normGrowth: growthTrials,
  compBend: compTrials,
  behavior: behaviorTrials,
  disposition: dispositionTrials,
};

/** The trials of an indicator; null where it has none. */
export function trialsOf(indicator: string): DetectorTrials | null {
  return detectorTrials[indicator] ?? null;
}

/** What the detector of an indicator finds in trials `from` to `to` − 1, as an analysis runs it but for the options. */
export function foundIn(
  indicator: string,
  run: SeededRun,
  { from, to }: { readonly from: number; readonly to: number },
  options: DetectorOptions,
): PhaseTransition[] {
  const detector = detectors.find(({ name }) => name === indicator);
  if (detector === undefined) throw new Error(`no detector of ${indicator}`);
  return Array.from({ length: to - from }, (_, index) => from + index).flatMap((seed) => {
    const context = {
      gradientNorm: null,
      directions: [],
      comp: null,
      scales: [],
      distributionChange: null,
      disposition: null,
    };
    return detector
      .detect({ ...context, options, ...run(seed) })
      .flatMap(({ transition }) => transition ?? []);
  });
}
