import { compareLandscapes, type LandscapeOptions, type LandscapeReport } from "./compareLandscapes.js";
import type { MeasuredLandscape } from "./measuredLandscape.js";

/** Efficiency and stability of runs at one of their steps. */
export interface LandscapeAtStep {
  readonly step: number;
  readonly report: LandscapeReport;
}

/**
 * Makes the reports of what was measured at several steps of runs. Verdicts are about all steps and all comparisons at once,
 * so that along a training the chance of any wrong one is at most 5 %.
 *
 * @param measured one row a step, one column a run
 */
export function compareAlongTraining(
  measured: readonly (readonly MeasuredLandscape[])[],
  options: LandscapeOptions,
): LandscapeAtStep[] {
  return measured.map((landscapes) => ({
    step: landscapes[0]?.step ?? NaN,
    report: compareLandscapes(landscapes, { ...options, reports: measured.length }),
  }));
}

/** One comparison along training. */
export interface ComparisonAlong {
  readonly run: string;
  readonly other: string;
  readonly points: readonly {
    readonly step: number;
    readonly comparison: LandscapeReport["comparisons"][number];
  }[];
}

/** Gives the comparisons of the first run with each other one, each along training. */
export function comparisonsAlong(steps: readonly LandscapeAtStep[]): ComparisonAlong[] {
  return (steps[0]?.report.comparisons ?? []).map(({ run, other }, place) => ({
    ...{ run, other },
    points: steps.flatMap(({ step, report }) => {
      const comparison = report.comparisons[place];
      return comparison === undefined ? [] : [{ step, comparison }];
    }),
  }));
}
