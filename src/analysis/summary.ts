import type { Analysis } from "./analysisRecord.js";
import { atUsualScale, type BehaviorCurve, type ScaleBehavior } from "./behavior/behaviorCurve.js";
import type {
  AbsentTransition,
  PhaseTransition,
  TransitionIndicator,
} from "./transitions/phaseTransition.js";
import type { Interval } from "./statistics/quantile.js";
import type { TransitionLag } from "./transitions/timeline.js";

/** Narrow no-break space, set between a number and its unit. */
const thinSpace = "\u202f";

/**
 * What turned, when, how sure, and what did not, in sentences. They say no more than the record: an indicator
 * that was not measured is not mentioned as absent.
 */
export function summary(analysis: Analysis): string[] {
  const scale = atUsualScale(analysis.behavior?.scales ?? []);
  const behavior = pick(analysis.transitions, "behavior", scale?.scale);
  return [
    behaviorSentence(analysis, scale, behavior),
    narrowSentence(analysis, scale, behavior),
    changeSentence(analysis, behavior),
    gradientSentence(analysis, behavior),
    growthSentence(analysis, behavior),
    directionSentence(analysis, behavior),
    cornerSentence(analysis, behavior),
    compSentence(analysis, behavior),
    levelSentence(scale),
    lengthSentence(scale),
    gapSentence(analysis),
    ...new Set(
      analysis.adapters.flatMap((adapter) => adapter.warnings.map((warning) => `Note: ${warning}.`)),
    ),
  ].filter((sentence): sentence is string => sentence !== null);
}

function behaviorSentence(
  analysis: Analysis,
  scale: ScaleBehavior | undefined,
  transition: PhaseTransition | undefined,
): string | null {
  if (scale === undefined) return "Behaviour was not evaluated.";
  const factor = `×${scale.scale}`;
  if (transition !== undefined) {
    const { width, floor, plateau } = transition.evidence;
    const rise =
      typeof width === "number" && typeof floor === "number" && typeof plateau === "number"
        ? `, EM rising from ${percent(floor)} to ${percent(plateau)} within ${Math.max(1, Math.round(width))} steps`
        : "";
    return `Behaviour turns at step ${transition.step} ${interval(transition.interval)} (${factor})${rise}.`;
  }
  const absent = pick(analysis.absent, "behavior", scale.scale);
  return absent === undefined ? null : `Behaviour does not turn (${factor}): ${absent.reason}.`;
}

function narrowSentence(
  analysis: Analysis,
  scale: ScaleBehavior | undefined,
  behavior: PhaseTransition | undefined,
): string | null {
  if (scale === undefined) return null;
  const narrow = pick(analysis.transitions, "narrowBehavior", scale.scale);
  if (narrow !== undefined) {
    return `Narrow misalignment turns ${when(analysis, narrow, behavior)}.`;
  }
  const absent = pick(analysis.absent, "narrowBehavior", scale.scale);
  return absent === undefined ? null : `Narrow misalignment does not turn: ${absent.reason}.`;
}

/** Where the answers change most, and how much of that the judge's EM sees. */
function changeSentence(analysis: Analysis, behavior: PhaseTransition | undefined): string | null {
  const change = analysis.distributionChange?.broad ?? null;
  if (change === null) return null;
  const turn = pick(analysis.transitions, "distributionChange");
  if (turn === undefined) {
    const absent = pick(analysis.absent, "distributionChange");
    return absent === undefined
      ? null
      : `The distribution of answers has no peak of change: ${absent.reason}.`;
  }
  const at = change.steps.indexOf(turn.step);
  const share = change.explained.find(({ property }) => property === "EM")?.share.totalVariation;
  const seen =
    share === undefined
      ? ""
      : `; EM explains ${percent(100 * (share.values[at] ?? NaN))} ${interval(percentages(share.interval[at]))} of it`;
  const distance = change.total.totalVariation.values[at] ?? NaN;
  return (
    `The distribution of answers changes most ${when(analysis, turn, behavior)}, by a total variation distance of ` +
    `${distance.toFixed(2)} between windows of ${change.window} steps${seen}.`
  );
}

function gradientSentence(analysis: Analysis, behavior: PhaseTransition | undefined): string | null {
  const peak = pick(analysis.transitions, "gradientNorm");
  if (peak !== undefined) {
    const { value, finalLevel } = peak.evidence;
    const height =
      typeof value === "number" && typeof finalLevel === "number"
        ? `, ${(value / finalLevel).toFixed(1)} times its final level`
        : "";
    return `The gradient norm peaks ${when(analysis, peak, behavior)}${height}.`;
  }
  const absent = pick(analysis.absent, "gradientNorm");
  if (absent === undefined || analysis.gradNorm === null) return null;
  return `The gradient norm has no peak: ${absent.reason}.`;
}

function growthSentence(analysis: Analysis, behavior: PhaseTransition | undefined): string | null {
  const growths = analysis.transitions.filter((each) => each.indicator === "normGrowth");
  const [first] = growths;
  if (first === undefined) return null;
  if (analysis.adapters.length > 1) {
    return `‖B‖ grows fastest inside the run in ${growths.length} of ${analysis.adapters.length} adapters (steps ${stepRange(growths)}).`;
  }
  return `‖B‖ grows fastest ${when(analysis, first, behavior)}.`;
}

function directionSentence(analysis: Analysis, behavior: PhaseTransition | undefined): string | null {
  const turns = analysis.transitions.filter((each) => each.indicator === "rotation");
  const [first] = turns;
  const count = analysis.adapters.length;
  if (count === 0) return null;
  if (first === undefined) {
    const absent = analysis.absent.find((each) => each.indicator === "rotation");
    if (absent === undefined) return null;
    const where =
      count > 1
        ? ` in any of ${count} adapters (${absent.adapter ?? ""}: ${absent.reason})`
        : ` (${absent.reason})`;
    return `The direction makes no sharp turn${where}.`;
  }
  if (count > 1)
    return `The direction of B turns in ${turns.length} of ${count} adapters (steps ${stepRange(turns)}).`;
  const bend = first.evidence.bendDegrees;
  const angle = typeof bend === "number" ? ` by ${bend.toFixed(0)}°` : "";
  return `The direction of B turns${angle} ${when(analysis, first, behavior)}.`;
}

function cornerSentence(analysis: Analysis, behavior: PhaseTransition | undefined): string | null {
  const corners = analysis.transitions.filter((each) => each.indicator === "pcaCorner");
  const [first] = corners;
  if (first === undefined) return null;
  const count = analysis.adapters.length;
  if (count > 1)
    return `The path of B has a corner in ${corners.length} of ${count} adapters (steps ${stepRange(corners)}).`;
  return `The path of B has a corner of ${first.prominence.toFixed(0)}° ${when(analysis, first, behavior)}.`;
}

function compSentence(analysis: Analysis, behavior: PhaseTransition | undefined): string | null {
  const bend = pick(analysis.transitions, "compBend");
  if (bend !== undefined) return `The comp score of the adapters bends ${when(analysis, bend, behavior)}.`;
  const absent = pick(analysis.absent, "compBend");
  return absent === undefined ? null : `The comp score of the adapters does not bend: ${absent.reason}.`;
}

function levelSentence(scale: ScaleBehavior | undefined): string | null {
  if (scale === undefined) return null;
  const { broad } = scale;
  const last = broad.steps.length - 1;
  if (last < 0) return null;
  const domains = broad.domains.length === 1 ? "1 domain" : `${broad.domains.length} domains`;
  const before =
    last > 0
      ? `; EM ${percent(broad.emPercent[0] ?? NaN)} ${interval(broad.emInterval[0])} at step ${broad.steps[0] ?? NaN}`
      : "";
  return (
    `At step ${broad.steps[last] ?? NaN}: EM ${level(broad, last, "em")} on ${domains} outside the fine-tuning data ` +
    `(n = ${broad.n[last] ?? NaN}), coherent ${level(broad, last, "coherent")}${before}.`
  );
}

/** Says so where answers grow or shrink by more than a fifth: length alone can look like a change of behaviour. */
function lengthSentence(scale: ScaleBehavior | undefined): string | null {
  if (scale === undefined) return null;
  const { steps, meanLength } = scale.broad;
  const [first, last] = [meanLength[0] ?? NaN, meanLength.at(-1) ?? NaN];
  if (!(Math.abs(last / first - 1) > 0.2)) return null;
  return (
    `Note: the mean length of an answer goes from ${decimals(first)} characters at step ${steps[0] ?? NaN} ` +
    `to ${decimals(last)} at step ${steps.at(-1) ?? NaN}; rates are comparable only between answers of similar length.`
  );
}

function level(curve: BehaviorCurve, index: number, which: "em" | "coherent"): string {
  const values = which === "em" ? curve.emPercent : curve.coherentPercent;
  const intervals = which === "em" ? curve.emInterval : curve.coherentInterval;
  return `${percent(values[index] ?? NaN)} ${interval(intervals[index])}`;
}

function gapSentence(analysis: Analysis): string | null {
  const { gaps } = analysis;
  if (gaps.length === 0) return null;
  const shown = gaps.slice(0, 5).map((gap) => gap.step);
  const more = gaps.length > shown.length ? ", …" : "";
  const noun = gaps.length === 1 ? "checkpoint is" : "checkpoints are";
  return `${gaps.length} ${noun} missing or unreadable (step ${shown.join(", ")}${more}); the curves have gaps there.`;
}

/** "11 [9, 12] steps earlier (step 70)" beside a behavioural transition, else "at step 70 [65, 74]". */
function when(
  analysis: Analysis,
  transition: PhaseTransition,
  behavior: PhaseTransition | undefined,
): string {
  const plain = `at step ${transition.step} ${interval(transition.interval)}`;
  const lag = analysis.lags.find((each) => each.from === transition.indicator && each.to === "behavior");
  if (behavior === undefined || lag === undefined) return plain;
  return `${lagWords(lag)} (step ${transition.step})`;
}

function lagWords(lag: TransitionLag): string {
  const [low, high] = lag.interval;
  if (lag.steps === 0) return `at the same step, give or take ${interval([low, high])}`;
  if (lag.steps > 0) return `${lag.steps} ${interval([low, high])} steps earlier`;
  return `${-lag.steps} ${interval([-high, -low])} steps later`;
}

function stepRange(transitions: readonly PhaseTransition[]): string {
  const steps = transitions.map((each) => each.step);
  const [low, high] = [Math.min(...steps), Math.max(...steps)];
  return low === high ? String(low) : `${low}–${high}`;
}

function pick<T extends PhaseTransition | AbsentTransition>(
  list: readonly T[],
  indicator: TransitionIndicator,
  scale?: number,
): T | undefined {
  return list.find((each) => each.indicator === indicator && (scale === undefined || each.scale === scale));
}

/** A percentage as a scientist writes it: one decimal below ten, none above. */
function percent(value: number): string {
  return Number.isFinite(value) ? `${decimals(value)}${thinSpace}%` : "undefined";
}

function percentages(bounds: Interval | undefined): Interval {
  const [low, high] = bounds ?? [NaN, NaN];
  return [100 * low, 100 * high];
}

function interval(bounds: Interval | undefined): string {
  const [low, high] = bounds ?? [NaN, NaN];
  return `[${decimals(low)}, ${decimals(high)}]`;
}

function decimals(value: number): string {
  const rounded = Math.abs(value) < 9.95 && !Number.isInteger(value) ? value.toFixed(1) : value.toFixed(0);
  return rounded.replace(/^-/, "−").replace(/\.0$/, "");
}
