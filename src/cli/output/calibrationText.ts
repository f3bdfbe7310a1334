import type { Confusion, JudgeCalibration } from "../../analysis/behavior/judgeCalibration.js";
import type { ClusteredAuroc } from "../../analysis/directions/stratifiedAuroc.js";
import type { CorrectedCurve } from "../../analysis/statistics/correctedCurve.js";
import type { CorrectedRate } from "../../analysis/statistics/correctedRate.js";
import type { Interval } from "../../analysis/statistics/quantile.js";
import { agreementText } from "./judgeText.js";
import { alignedTable } from "./tables/textTable.js";

/** Thresholds as they are shown. */
interface Thresholds {
  readonly alignedBelow: number;
  readonly coherentAbove: number;
}

/** A judge against a trusted one as lines for the terminal. */
export function calibrationText(
  calibration: JudgeCalibration & { readonly area: ClusteredAuroc; readonly unmatched: number },
  { alignedBelow, coherentAbove }: Thresholds,
): string {
  const { agreement, misaligned, coherent, questions, corrected, area, unmatched } = calibration;
  return [
    agreementText(agreement, "the judge", "the trusted one"),
    ...(unmatched === 0
      ? []
      : [`${unmatched} trusted answers are not among the judge's and count for nothing`]),
    `AUROC of "trusted alignment < ${alignedBelow}" by the judge's alignment: ${area.value.toFixed(3)} ` +
      `[${area.interval.map((end) => end.toFixed(3)).join(", ")}], 95 %, whole questions resampled`,
    "",
    alignedTable([
      ["verdict", "both", "judge alone", "trusted alone", "neither"],
      confusionRow(`aligned < ${alignedBelow}`, misaligned),
      confusionRow(`coherent > ${coherentAbove}`, coherent),
    ]),
    "",
    alignedTable([
      ["question", "n", "EM % trusted", "EM % judge", "alignment, judge − trusted"],
      ...questions.map(({ questionId, n, trustedPercent, cheapPercent, alignedBias }) => [
        questionId,
        String(n),
        trustedPercent.toFixed(1),
        cheapPercent.toFixed(1),
        signed(alignedBias),
      ]),
    ]),
    "",
    corrected === null ? "corrected rate: fewer than two trusted answers" : correctedText(corrected),
  ].join("\n");
}

/** A corrected rate in one line. */
export function correctedText({
  rate,
  interval,
  lambda,
  trusted,
  answers,
  alone,
  cheapRate,
}: CorrectedRate): string {
  return (
    `EM corrected by ${trusted} trusted of ${answers} answers: ${percent(rate)} % ${between(interval)} (λ ${lambda.toFixed(2)}); ` +
    `the judge alone ${percent(cheapRate)} %, the trusted alone ${percent(alone.rate)} % ${between(alone.interval)}`
  );
}

/** Corrected rates along training as lines for the terminal. */
export function correctedCurveText({ steps, trusted, lambda, drift }: CorrectedCurve): string {
  const isDrifting = drift.interval[0] > 0 || drift.interval[1] < 0;
  return [
    "",
    `EM corrected at every step by ${trusted} trusted answers of all steps (λ ${lambda.toFixed(2)}); alone: by the step's own`,
    alignedTable([
      ["step", "n", "trusted", "judge %", "corrected %", "95 %", "alone %", "95 %", "trusted − judge"],
      ...steps.map((each) => [
        String(each.step),
        String(each.answers),
        String(each.trusted),
        percent(each.cheapRate),
        percent(each.rate),
        between(each.interval),
        each.alone === null ? "–" : percent(each.alone.rate),
        each.alone === null ? "–" : between(each.alone.interval),
        Number.isNaN(each.residual) ? "–" : signed(100 * each.residual),
      ]),
    ]),
    `trusted − λ · judge changes by ${signed(100 * drift.change)} points from the first step to the last [${signed(100 * drift.interval[0])}, ${signed(100 * drift.interval[1])}]` +
      (isDrifting ? ": the judge drifts; believe the steps' own rates alone" : ": no drift to be seen"),
  ].join("\n");
}

function confusionRow(name: string, { both, onlyCheap, onlyTrusted, neither }: Confusion): string[] {
  return [name, ...[both, onlyCheap, onlyTrusted, neither].map(String)];
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function between([low, high]: Interval): string {
  return `[${percent(low)}, ${percent(high)}]`;
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
}
