import { lastStep, transitionStep } from "../../analysis/comparison/aggregateRuns.js";
import type { Alignment } from "../../analysis/series/alignSeries.js";
import type { Analysis } from "../../analysis/analysisRecord.js";
import {
  comparedRun,
  foldedRuns,
  type ComparedCurve,
  type ComparedSeries,
  type SpreadBand,
} from "../../analysis/comparison/compareCurves.js";
import { comparedNumbers, type ComparedNumber } from "../../analysis/comparison/comparedNumbers.js";
import type { EventName, TransitionIndicator } from "../../analysis/transitions/detectors.js";
import type { ProbeRecord } from "../../analysis/directions/probeRecord.js";
import { comparedEventsFigure } from "../../figures/compare/comparedEventsFigure.js";
import { compareFigure, type ComparedAxis, type NamedCurve } from "../../figures/compare/compareFigure.js";
import {
  comparedFactor,
  comparedPath,
  comparedPathWords,
  comparedQuantities,
  type ComparedFactor,
  type ComparedQuantity,
} from "../../figures/compare/compareQuantities.js";
import { stepRange } from "../../figures/style/baseLayout.js";
import { shortNames } from "../../figures/style/shortNames.js";
import type { ControlTest } from "../../analysis/controls/controlTest.js";
import { absenceReason, verdictWords } from "../../analysis/transitions/verdictWords.js";
import { eventWords, ofEither, ofVector, ofWhole } from "../../analysis/transitions/events.js";
import type { Figure, NamedFigure } from "../../figures/figure.js";

/** A run to compare. */
export interface RunToCompare {
  readonly id: string;
  readonly analysis: Analysis;
  /** Null where the run was not probed. */
  readonly probe: ProbeRecord | null;
  /** Recipe without the seed, in a few words. */
  readonly recipe: string;
  /** Key that runs share which differ in the seed alone; null where that is not known. */
  readonly recipeKey: string | null;
  readonly seed: number | null;
  /** The run held against the controls that it names; null where it names none. @default null */
  readonly control?: ControlTest | null;
  /** True where its log alone was read, and its analysis is still to come. @default false */
  readonly isByLog?: boolean;
}

/** Options for putting runs beside each other. */
export interface CompareOptions {
  /** @default "step" */
  readonly alignment?: Alignment;
  /** Transition whose step becomes 0, where runs are aligned by one. @default "behavior" */
  readonly indicator?: TransitionIndicator;
  /** True to make one curve of runs that differ in the seed alone. @default false */
  readonly isFolded?: boolean;
  /** @default "interval" */
  readonly band?: SpreadBand;
  /** Half-window of the local cosine, in steps. @default the middle one of those that all runs have */
  readonly k?: number;
}

/** One curve of a comparison: a run, or runs of one recipe. */
export interface ComparedGroup {
  readonly name: string;
  /** The name without what all names have in common. */
  readonly label: string;
  /** Position among the groups, which says how it is drawn. */
  readonly place: number;
  readonly recipe: string;
  /** Ids of its runs. */
  readonly runs: readonly string[];
}

/** Several runs beside each other. */
export interface Comparison {
  readonly groups: readonly ComparedGroup[];
  /** Runs that cannot be aligned, and why. */
  readonly leftOut: readonly { readonly id: string; readonly reason: string }[];
  readonly axis: ComparedAxis & { readonly positions: readonly number[] };
  /** Indicators by which any of the runs turns. */
  readonly indicators: readonly TransitionIndicator[];
  /** Half-windows that all runs have, and the one that is shown. */
  readonly windows: readonly number[];
  readonly k: number;
  /** What the paths are of, run by run, in a sentence; empty where no run has a whole update. */
  readonly about: string;
  /** Says in a few words that an event happens: to B of adapters, to whole updates, or to either. */
  readonly words: (event: EventName) => string;
  /** What turns when, a row a run; null where nothing does. */
  readonly events: Figure | null;
  /** Figures, all on the shared axis. */
  readonly figures: readonly NamedFigure[];
  readonly numbers: readonly ComparedNumber[];
}

const bandWords: Readonly<Record<SpreadBand, string>> = {
  interval: "95 % Student intervals of the mean, for three runs or more",
  deviation: "one standard deviation (n − 1) to either side",
  range: "the range from smallest to largest run",
};

/** Overlays runs in every quantity that any of them has, on one axis, with the numbers they end at. */
export function compareRuns(runs: readonly RunToCompare[], options: CompareOptions = {}): Comparison {
  const { alignment = "step", indicator = "behavior", isFolded = false, band = "interval" } = options;
  const factor = comparedFactor(runs.map(({ analysis }) => analysis));
  const windows = sharedWindows(runs, factor);
  const k =
    windows.find((each) => each === options.k) ?? windows[Math.floor((windows.length - 1) / 2)] ?? NaN;
  const origins = new Map(runs.map(({ id, analysis }) => [id, transitionStep(analysis, indicator)]));
  const isPlaced = (id: string): boolean => alignment !== "transition" || Number.isFinite(origins.get(id));
  const groups = groupsOf(runs, isFolded);
  const seriesOf = (run: RunToCompare, quantity: ComparedQuantity): ComparedSeries | null => {
    const series = isPlaced(run.id) ? quantity.seriesIn(run) : null;
    if (series === null || series.steps.length === 0) return null;
    const lastStep = endOf(run.analysis, series.steps);
    return { ...series, origin: origins.get(run.id) ?? NaN, lastStep, isEvaluated: quantity.isSparse };
  };
  const drawn = comparedQuantities(k, factor).map((quantity) => {
    const curves = groups.flatMap((group): NamedCurve[] => {
      const members = membersOf(group, runs).flatMap((run) => seriesOf(run, quantity) ?? []);
      const curve = curveOf(members, alignment, band);
      const { name, label, place } = group;
      return curve === null ? [] : [{ ...curve, name, label, place, runs: members.length }];
    });
    const missing = runs.filter(
      (run) => run.isByLog !== true && isPlaced(run.id) && seriesOf(run, quantity) === null,
    );
    return { quantity, curves, missing: missing.map(({ id }) => id) };
  });
  const axis = sharedAxis(
    drawn.flatMap(({ curves }) => curves),
    { alignment, indicator, isFolded: groups.some((group) => group.runs.length > 1) },
  );
  // Of runs with few adapters it is B of the first throughout, as everywhere.
  const about = factor === "ΔW" ? aboutPaths(runs, factor) : "";
  const figures = drawn.flatMap(({ quantity, curves, missing }): NamedFigure[] => {
    const figure = compareFigure(quantity, curves, axis, {
      bandWords: bandWords[band],
      missing,
      ...(quantity.isOfPath === true ? { about } : {}),
    });
    return figure === null ? [] : [{ id: quantity.id, onStepAxis: true, figure }];
  });
  const said = factor !== "ΔW" || runs.every(({ analysis }) => analysis.whole !== null) ? factor : "either";
  const words = (event: EventName): string => saidOf[said](eventWords(event));
  const numbers = comparedNumbers(
    runs.map(({ id, analysis, control = null, isByLog = false }) => ({
      run: id,
      analysis,
      control,
      isByLog,
    })),
    groups.map((group) => group.runs),
  );
  return {
    groups,
    leftOut: runs
      .filter(({ id }) => !isPlaced(id))
      .map(({ id, analysis, isByLog }) => ({
        id,
        reason: isByLog === true ? "it is still being analysed" : absence(analysis, indicator),
      })),
    axis,
    indicators: indicatorsOf(runs),
    windows,
    k,
    about,
    words,
    events: eventsFigure(runs, numbers, words),
    figures,
    numbers,
  };
}

/** Words on B, said of what the paths of the compared runs are of. */
const saidOf: Readonly<Record<ComparedFactor | "either", (words: string) => string>> = {
  B: (words) => words,
  v: ofVector,
  ΔW: ofWhole,
  either: ofEither,
};

/** The time line of several runs, of the turns among their numbers. */
function eventsFigure(
  runs: readonly RunToCompare[],
  numbers: readonly ComparedNumber[],
  words: Comparison["words"],
): Figure | null {
  const labels = shortNames(runs.map(({ id }) => id));
  const ranges = runs.flatMap(({ analysis }) => [stepRange(analysis) ?? []].flat());
  const turns = numbers.flatMap(({ quantity, cells }) =>
    quantity.kind === "turn" ? [{ indicator: quantity.indicator, cells }] : [],
  );
  return comparedEventsFigure(
    runs.map(({ id }, index) => ({ name: id, label: labels[index] ?? id })),
    // Numbers begin with behaviour, a time line with the mechanism.
    turns.toReversed().map(({ indicator, cells }) => ({
      indicator,
      words: words(indicator),
      turns: cells.map(({ value, interval, againstControl }) => ({ step: value, interval, againstControl })),
    })),
    { range: ranges.length === 0 ? null : [Math.min(...ranges), Math.max(...ranges)] },
  );
}

/** Lists the half-windows of the local cosine that every run with an adapter has, smallest first. */
function sharedWindows(runs: readonly RunToCompare[], factor: ComparedFactor): number[] {
  const each = runs.flatMap(({ analysis }) => {
    const path = comparedPath(analysis, factor);
    return path === undefined ? [] : [Object.keys(path.localCosine).map(Number)];
  });
  const [first = [], ...others] = each;
  return first
    .filter((k) => others.every((windows) => windows.includes(k)))
    .sort((one, other) => one - other);
}

function aboutPaths(runs: readonly RunToCompare[], factor: ComparedFactor): string {
  const each = runs.map(({ id, analysis }) => `${id} ${comparedPathWords(analysis, factor) ?? "none"}`);
  const hasVectors = runs.some(({ analysis }) => analysis.adapters[0]?.A === null);
  const why = hasVectors
    ? "Trained vectors are compared with ΔW by what they add, α·v, whose length is none of weights"
    : "Paths of runs with many adapters are those of the whole update, and compared with ΔW";
  return `${why}: ${each.join("; ")}.`;
}

function groupsOf(runs: readonly RunToCompare[], isFolded: boolean): ComparedGroup[] {
  const byKey = new Map<string, RunToCompare[]>();
  for (const run of runs) {
    const key = isFolded && run.recipeKey !== null ? `recipe ${run.recipeKey}` : `run ${run.id}`;
    byKey.set(key, [...(byKey.get(key) ?? []), run]);
  }
  const names = new Set<string>();
  const named = [...byKey.values()].map((members, place) => {
    const [first] = members;
    const wanted = members.length === 1 ? (first?.id ?? "") : (first?.recipe ?? "");
    let name = wanted;
    // Two recipes can read alike and differ in a setting that the few words leave out.
    for (let number = 2; names.has(name); number++) name = `${wanted} (${number})`;
    names.add(name);
    return { name, place, recipe: first?.recipe ?? "", runs: members.map(({ id }) => id) };
  });
  const labels = shortNames(named.map(({ name }) => name));
  return named.map((group, index) => ({ ...group, label: labels[index] ?? group.name }));
}

function membersOf(group: ComparedGroup, runs: readonly RunToCompare[]): readonly RunToCompare[] {
  return runs.filter(({ id }) => group.runs.includes(id));
}

function curveOf(
  members: readonly ComparedSeries[],
  alignment: Alignment,
  band: SpreadBand,
): ComparedCurve | null {
  const [first, ...others] = members;
  if (first === undefined) return null;
  return others.length === 0 ? comparedRun(first, alignment) : foldedRuns(members, alignment, band);
}

/** Finds the last step that anything is known of. */
function endOf(analysis: Analysis, steps: readonly number[]): number {
  return Math.max(lastStep(analysis), steps.at(-1) ?? NaN);
}

function sharedAxis(
  curves: readonly ComparedCurve[],
  how: { readonly alignment: Alignment; readonly indicator: TransitionIndicator; readonly isFolded: boolean },
): Comparison["axis"] {
  const placed = curves.flatMap((curve) =>
    curve.positions.filter((_, index) => Number.isFinite(curve.values[index])),
  );
  const positions = [...new Set(placed)].sort((one, other) => one - other);
  const [first, last] = [positions[0] ?? 0, positions.at(-1) ?? 1];
  const margin = Math.max(0.5, 0.015 * (last - first));
  const means = how.isFolded
    ? "; means by linear interpolation between neighbouring stored steps, never across a gap"
    : ", nothing interpolated";
  const byStep = how.isFolded
    ? "at stored steps, nothing interpolated but rates between the steps that were evaluated"
    : "at stored steps, nothing interpolated";
  const turn = eventWords(how.indicator);
  const titles: Readonly<Record<Alignment, readonly [title: string, words: string]>> = {
    step: ["optimiser step", byStep],
    relativeStep: ["share of the run (%)", `100 % is each run's last step${means}`],
    transition: [`steps from where ${turn}`, `0 is the step of each run at which ${turn}${means}`],
  };
  const [title, words] = titles[how.alignment];
  return { title, words, range: [first - margin, last + margin], positions };
}

function indicatorsOf(runs: readonly RunToCompare[]): TransitionIndicator[] {
  const found = runs.flatMap(({ analysis }) => analysis.transitions.map(({ indicator }) => indicator));
  return [...new Set(found)];
}

function absence({ absent }: Analysis, indicator: TransitionIndicator): string {
  const found = absent.find((each) => each.indicator === indicator);
  if (found === undefined) return `${eventWords(indicator)}: not found`;
  const verdict = found.verdict === "doesNotTurn" ? "not found" : verdictWords.cannotTell;
  return `${eventWords(indicator)}: ${verdict} (${absenceReason(found)})`;
}
