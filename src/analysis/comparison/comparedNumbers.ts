import { usualBehavior } from "../behavior/behaviorCurve.js";
import type { Analysis } from "../analysisRecord.js";
import type { ControlTest } from "../controls/controlTest.js";
import type { ControlVerdict } from "../controls/shareVerdict.js";
import { atScale } from "../usualTransitions.js";
import { meanOverRuns } from "./compareCurves.js";
import { detectors, type EventName, type TransitionIndicator } from "../transitions/detectors.js";
import type { Interval } from "../statistics/quantile.js";
import { absenceReason, type Verdict } from "../transitions/verdictWords.js";
import { eventRows } from "../transitions/events.js";

/** One number of several runs. */
export interface ComparedNumber {
  /** Quantity that is compared: a rate at the end, the step of an event, or the steps from one event to another. */
  readonly quantity:
    | { readonly kind: "rate"; readonly of: "misaligned" | "coherent" }
    | { readonly kind: "turn"; readonly indicator: TransitionIndicator }
    | { readonly kind: "lag"; readonly from: EventName; readonly to: EventName };
  readonly cells: readonly ComparedCell[];
  /** One a group of runs, over those that have it; the interval of a mean takes three. */
  readonly means: readonly { readonly n: number; readonly mean: number; readonly interval: Interval }[];
}

/** The number of one run. */
export interface ComparedCell {
  readonly run: string;
  /** NaN where there is none. */
  readonly value: number;
  readonly interval: Interval;
  /** Why there is no value; null where there is one, or nothing is known. */
  readonly reason: string | null;
  /** Of the detector, where the number is the step of a turn; null elsewhere, and where it was not asked. */
  readonly verdict: Verdict | null;
  /** Of the control test, where the run turns and was held against a control; null elsewhere. */
  readonly againstControl: ControlVerdict | null;
}

interface NamedAnalysis {
  readonly run: string;
  readonly analysis: Analysis;
  /** The run held against its controls. @default it was held against none */
  readonly control?: Pick<ControlTest, "verdicts"> | null;
  /** True where its log alone was read, so that none of its numbers is known. @default false */
  readonly isByLog?: boolean;
}

/**
 * Numbers of several runs side by side: what each ends at, where it turns, and by how much one event comes before
 * another. Every number that any of the runs has is there. Lags are those to the turn of broad behaviour.
 *
 * @param groups runs that are one in all but the seed, whose mean is wanted; of other runs a mean says nothing
 */
export function comparedNumbers(
  runs: readonly NamedAnalysis[],
  groups: readonly (readonly string[])[] = [],
): ComparedNumber[] {
  // What is asked first comes first.
  const indicators = detectors.toSorted((one, other) => other.order - one.order).map(({ name }) => name);
  const causes = eventRows()
    .map(({ name }) => name)
    .filter((name) => name !== "behavior");
  const numberOf = (
    quantity: ComparedNumber["quantity"],
    read: (analysis: Analysis, control?: NamedAnalysis["control"]) => Omit<ComparedCell, "run">,
  ): ComparedNumber => {
    const cells = runs.map(({ run, analysis, control, isByLog }) => ({
      run,
      ...(isByLog === true ? undefinedCell : read(analysis, control)),
    }));
    const valuesOf = (group: readonly string[]): number[] =>
      cells.filter(({ run }) => group.includes(run)).map(({ value }) => value);
    return { quantity, cells, means: groups.map((group) => meanOverRuns(valuesOf(group))) };
  };
  const all = [
    ...(["misaligned", "coherent"] as const).map((of) =>
      numberOf({ kind: "rate", of }, (analysis) => rateOf(analysis, of)),
    ),
    ...indicators.map((indicator) =>
      numberOf({ kind: "turn", indicator }, (analysis, control) => turnOf(analysis, control, indicator)),
    ),
    ...causes.map((from) =>
      numberOf({ kind: "lag", from, to: "behavior" }, ({ lags }) => {
        const lag = lags.find((each) => each.from === from && each.to === "behavior");
        return lag === undefined
          ? undefinedCell
          : { ...undefinedCell, value: lag.steps, interval: lag.interval };
      }),
    ),
  ];
  return all.filter(({ cells }) => cells.some(({ value }) => Number.isFinite(value)));
}

const undefinedCell: Omit<ComparedCell, "run"> = {
  ...{ value: NaN, interval: [NaN, NaN] },
  ...{ reason: null, verdict: null, againstControl: null },
};

function rateOf({ behavior }: Analysis, of: "misaligned" | "coherent"): Omit<ComparedCell, "run"> {
  const broad = usualBehavior(behavior)?.broad;
  const value = of === "misaligned" ? broad?.emPercent.at(-1) : broad?.coherentPercent.at(-1);
  const interval = of === "misaligned" ? broad?.emInterval.at(-1) : broad?.coherentInterval.at(-1);
  if (value === undefined || interval === undefined) return { ...undefinedCell, reason: "not evaluated" };
  return { ...undefinedCell, value, interval };
}

function turnOf(
  { timeline, behavior }: Analysis,
  control: NamedAnalysis["control"],
  indicator: TransitionIndicator,
): Omit<ComparedCell, "run"> {
  const event = timeline.events.find((each) => each.event === indicator && each.kind === "transition");
  if (event !== undefined) {
    const held = atScale(
      (control?.verdicts ?? []).map((each) => ({ ...each, scale: each.scale ?? undefined })),
      behavior?.usualScale,
    ).find((each) => each.indicator === indicator);
    const againstControl = held?.verdict ?? null;
    return {
      ...undefinedCell,
      value: event.step,
      interval: event.interval,
      verdict: "turns",
      againstControl,
    };
  }
  const found = timeline.absent.find((each) => each.indicator === indicator);
  if (found === undefined) return undefinedCell;
  return { ...undefinedCell, reason: absenceReason(found), verdict: found.verdict };
}
