import { usualTransition } from "../usualTransitions.js";
import { usualBehavior } from "../behavior/behaviorCurve.js";
import { TurncoatError } from "../../errors.js";
import {
  alignByRelativeStep,
  alignByStep,
  alignByTransition,
  type AlignedSeries,
  type Alignment,
} from "../series/alignSeries.js";
import type { RunGap } from "../../runs/openRun.js";
import type { Analysis } from "../analysisRecord.js";
import type { AdapterAnalysis } from "../geometry/adapterRecord.js";
import { localCosineSigns } from "../straightPositive.js";
import { absenceReason } from "../transitions/verdictWords.js";
import type { AbsentTransition, TransitionIndicator } from "../transitions/detectors.js";
import { spreadSeries, type SpreadSeries, spread, type Spread } from "../series/spread.js";
import type { StepSeries } from "../series/stepSeries.js";
import { finiteValues, type Interval } from "../statistics/quantile.js";

/** The axis on which several runs are put together. */
export interface AggregateOptions {
  /** @default "step" */
  readonly alignment?: Alignment;
  /** The transition that is step 0 of the axis, where that is the alignment. @default "rotation" */
  readonly indicator?: TransitionIndicator;
}

/** Norm, cosine with the final step and local cosine of one factor over several runs. */
export interface FactorSpread {
  readonly norm: SpreadSeries;
  readonly cosineToFinal: SpreadSeries;
  /** Keyed by k in steps, for the k that every run has; straight = −1. */
  readonly localCosine: Readonly<Record<string, SpreadSeries>>;
}

/** Several runs, such as the seeds of one configuration, as one. */
export interface RunsAggregate {
  readonly runs: readonly string[];
  readonly alignment: Alignment;
  /** Runs that cannot be aligned, because they have no such transition. */
  readonly leftOut: readonly string[];
  /** Adapters by module path, and how many runs have them. */
  readonly adapters: readonly {
    readonly name: string;
    readonly runs: number;
    readonly A: FactorSpread;
    readonly B: FactorSpread;
    readonly deltaW: FactorSpread;
  }[];
  readonly gradNorm: SpreadSeries | null;
  readonly loss: SpreadSeries | null;
  /** comp of B with the paper's de-meaning, or of ΔW where B has none. */
  readonly comp: SpreadSeries | null;
  /** Share of misaligned answers outside the fine-tuning domain, in percent, as trained. */
  readonly emPercent: SpreadSeries | null;
  readonly transitions: readonly TransitionSpread[];
  readonly gaps: readonly (RunGap & { readonly run: string })[];
  readonly parameters: {
    readonly localCosineConvention: string;
    readonly spread: string;
    readonly alignment: string;
  };
}

/**
 * Mean, spread and transition steps over runs. Signs of directions mean nothing across runs, so only quantities
 * that do not depend on them are combined.
 *
 * @throws TurncoatError when no run has the transition to align by.
 */
export function aggregateRuns(analyses: readonly Analysis[], options: AggregateOptions = {}): RunsAggregate {
  const { alignment = "step", indicator = "rotation" } = options;
  const origins = new Map(analyses.map((analysis) => [analysis, transitionStep(analysis, indicator)]));
  const isUsed = (analysis: Analysis): boolean =>
    alignment !== "transition" || Number.isFinite(origins.get(analysis));
  const used = analyses.filter(isUsed);
  if (analyses.length > 0 && used.length === 0) {
    throw new TurncoatError(`aggregate: none of ${analyses.length} runs has a transition of ${indicator}`, {
      hint: "Align by step or by relative step.",
    });
  }
  const together = (pick: (analysis: Analysis) => StepSeries | null | undefined): SpreadSeries | null => {
    const picked = used.flatMap((analysis) => {
      const series = pick(analysis);
      return series === null || series === undefined ? [] : [{ analysis, series }];
    });
    if (picked.length === 0) return null;
    return spreadSeries(
      aligned(
        alignment,
        picked.map(({ series }) => series),
        picked.map(({ analysis }) => lastStep(analysis)),
        picked.map(({ analysis }) => origins.get(analysis) ?? NaN),
      ),
    );
  };
  return {
    runs: analyses.map(({ run }) => run),
    alignment,
    leftOut: analyses.filter((analysis) => !isUsed(analysis)).map(({ run }) => run),
    adapters: adapterNames(used).map((name) => {
      const factor = (which: "A" | "B" | "deltaW"): FactorSpread => factorSpread(used, name, which, together);
      return {
        name,
        runs: used.filter((analysis) => adapterNamed(analysis, name) !== undefined).length,
        A: factor("A"),
        B: factor("B"),
        deltaW: factor("deltaW"),
      };
    }),
    gradNorm: together(({ gradNorm }) => gradNorm),
    loss: together(({ loss }) => loss),
    comp: together(({ comp }) => comp?.B?.perStep ?? comp?.deltaW?.perStep),
    emPercent: together(({ behavior }) => {
      const broad = usualBehavior(behavior)?.broad;
      return broad === undefined || broad.steps.length === 0
        ? null
        : { steps: broad.steps, values: broad.emPercent };
    }),
    transitions: transitionSpreads(analyses),
    gaps: analyses.flatMap(({ run, gaps }) => gaps.map((gap) => ({ run, ...gap }))),
    parameters: {
      localCosineConvention: analyses[0]?.parameters.localCosineConvention ?? localCosineSigns.paper,
      spread: "mean and standard deviation (n − 1) over runs, at positions where a run says something",
      alignment: alignmentWords(alignment, indicator),
    },
  };
}

function alignmentWords(alignment: Alignment, indicator: TransitionIndicator): string {
  if (alignment === "step") return "stored steps, nothing interpolated";
  const how = "linear interpolation between neighbouring stored steps, never across a gap";
  if (alignment === "relativeStep") return `share of each run's last step; ${how}`;
  return `steps from each run's transition of ${indicator}; ${how}`;
}

function aligned(
  alignment: Alignment,
  series: readonly StepSeries[],
  lastSteps: readonly number[],
  origins: readonly number[],
): AlignedSeries {
  if (alignment === "relativeStep") return alignByRelativeStep(series, { lastSteps });
  if (alignment === "transition") return alignByTransition(series, origins);
  return alignByStep(series);
}

function factorSpread(
  analyses: readonly Analysis[],
  name: string,
  which: "A" | "B" | "deltaW",
  together: (pick: (analysis: Analysis) => StepSeries | undefined) => SpreadSeries | null,
): FactorSpread {
  const nothing: SpreadSeries = { positions: [], n: [], mean: [], standardDeviation: [], min: [], max: [] };
  const of = (analysis: Analysis): AdapterAnalysis[typeof which] | undefined =>
    adapterNamed(analysis, name)?.[which];
  const windows = analyses.flatMap((analysis) => {
    const factor = of(analysis);
    return factor == null ? [] : [Object.keys(factor.localCosine)];
  });
  const shared = (windows[0] ?? []).filter((k) => windows.every((each) => each.includes(k)));
  return {
    norm: together((analysis) => of(analysis)?.norm) ?? nothing,
    cosineToFinal: together((analysis) => of(analysis)?.cosineToFinal) ?? nothing,
    localCosine: Object.fromEntries(
      shared.map((k) => [k, together((analysis) => of(analysis)?.localCosine[k]) ?? nothing]),
    ),
  };
}

function adapterNamed({ adapters }: Analysis, name: string): AdapterAnalysis | undefined {
  return adapters.find((adapter) => adapter.name === name);
}

function adapterNames(analyses: readonly Analysis[]): string[] {
  return [...new Set(analyses.flatMap(({ adapters }) => adapters.map(({ name }) => name)))];
}

/** The step of a run's transition, behaviour at the usual factor where there are several; NaN where it has none. */
export function transitionStep(analysis: Analysis, indicator: TransitionIndicator): number {
  return usualTransition(analysis, indicator)?.step ?? NaN;
}

/** The last step that anything is known of. */
export function lastStep({ adapters, loss, gradNorm }: Analysis): number {
  const ends = [loss, gradNorm, ...adapters.map(({ B }) => B.norm)].map(
    (series) => series?.steps.at(-1) ?? NaN,
  );
  return Math.max(...finiteValues(ends));
}

/** Transitions of several runs by one indicator: their steps, and how many runs have one. */
export interface TransitionSpread {
  readonly indicator: TransitionIndicator;
  readonly adapter?: string;
  readonly scale?: number;
  /** Of the steps of the runs that turn; `n` counts them. */
  readonly step: Spread;
  /** Runs that say anything about the indicator: that they turn, that they do not, or why it cannot be judged. */
  readonly runs: number;
  readonly found: readonly { readonly run: string; readonly step: number; readonly interval: Interval }[];
  readonly absent: readonly {
    readonly run: string;
    readonly verdict: AbsentTransition["verdict"];
    readonly reason: string;
  }[];
}

/**
 * The distribution of the transition steps over runs, for every indicator, adapter and factor that any of them
 * was judged by. A run that does not turn, or of which it cannot be told, is counted and named, and takes no part in the
 * mean.
 */
function transitionSpreads(analyses: readonly Analysis[]): TransitionSpread[] {
  const keys = new Map<string, { indicator: TransitionIndicator; adapter?: string; scale?: number }>();
  for (const { transitions, absent } of analyses) {
    for (const { indicator, adapter, scale } of [...transitions, ...absent]) {
      keys.set(keyOf({ indicator, adapter, scale }), {
        indicator,
        ...(adapter === undefined ? {} : { adapter }),
        ...(scale === undefined ? {} : { scale }),
      });
    }
  }
  return [...keys].map(([key, what]) => {
    const found = analyses.flatMap(({ run, transitions }) =>
      transitions
        .filter((each) => keyOf(each) === key)
        .map(({ step, interval }) => ({ run, step, interval })),
    );
    const absent = analyses.flatMap(({ run, absent: missing }) =>
      missing
        .filter((each) => keyOf(each) === key)
        .map((each) => ({ run, verdict: each.verdict, reason: absenceReason(each) })),
    );
    const step = spread(found.map((each) => each.step));
    return { ...what, step, runs: found.length + absent.length, found, absent };
  });
}

function keyOf(what: {
  indicator: string;
  adapter?: string | undefined;
  scale?: number | undefined;
}): string {
  return JSON.stringify([what.indicator, what.adapter ?? null, what.scale ?? null]);
}
