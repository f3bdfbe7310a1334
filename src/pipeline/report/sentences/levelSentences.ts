import type { BehaviorCurve, ScaleBehavior } from "../../../analysis/behavior/behaviorCurve.js";
import { decimals, interval, percent } from "./sentenceNumbers.js";

/** Says what was misaligned and coherent at the last evaluated step, and misaligned at the first. */
export function levelSentence(scale: ScaleBehavior | undefined): string | null {
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
export function lengthSentence(scale: ScaleBehavior | undefined): string | null {
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
