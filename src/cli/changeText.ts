import { changePeakReason } from "../analysis/changePeak.js";
import type { DistributionChange, EstimatedSeries } from "../analysis/distributionChange.js";
import type { RunChange } from "../pipeline/storedChange.js";
import { alignedTable } from "./textTable.js";

/** Places shown beside the peak. */
const shownPlaces = 12;

/** The change along a run as lines for the terminal. */
export function changeText({ evaluation, scale, broad, narrow }: RunChange): string {
  const parts = [
    `answers of evaluations/${evaluation}.jsonl, adapter ×${scale}`,
    ...(broad === null ? [] : [breadthText("broad", broad)]),
    ...(narrow === null ? [] : [breadthText("narrow", narrow)]),
    "D between neighbouring windows of checkpoints, with 95 % intervals from resampled questions. Shares are of the\n" +
      "total variation: what of the change of texts the outcomes of a judged property show. A share says little where\n" +
      "D is small; the length in thirds is a control, no judgement.",
  ];
  return parts.join("\n\n");
}

function breadthText(breadth: string, change: DistributionChange): string {
  const { steps, window, total, explained, peaks, answers, byQuestion } = change;
  const peak = peaks.totalVariation;
  const at = peak === null ? -1 : steps.indexOf(peak.step);
  const evenly = Array.from({ length: shownPlaces }, (_, index) =>
    Math.round((index * (steps.length - 1)) / (shownPlaces - 1)),
  );
  const rows = [...new Set([...evenly, at].filter((index) => index >= 0))].sort((one, other) => one - other);
  const table = alignedTable([
    ["step", "total variation", "Jensen–Shannon", ...explained.map(({ property }) => `${property} %`)],
    ...rows.map((index) => [
      `${String(steps[index] ?? NaN)}${index === at ? " *" : ""}`,
      estimate(total.totalVariation, index, 1, 3),
      estimate(total.jensenShannon, index, 1, 3),
      ...explained.map(({ share }) => estimate(share.totalVariation, index, 100, 0)),
    ]),
  ]);
  const reason = changePeakReason(peak);
  const found =
    peak === null || reason !== null
      ? `no peak of change: ${reason ?? "no place was measured"}`
      : `* changes most at step ${peak.step} [${peak.interval.join(", ")}]: total variation ${peak.value.toFixed(3)}`;
  const { linear } = total;
  const check =
    at < 0
      ? []
      : [
          `check: linear D at that place is ${estimate(linear, at, 1, 3)} from the scores alone and ` +
            `${estimate(change.linearFromLabels, at, 1, 3)} from where the answers came from`,
        ];
  return [
    `${breadth}: ${answers} answers to ${byQuestion.questions.length} questions, windows of ${window} steps`,
    table,
    found,
    ...check,
  ].join("\n");
}

function estimate(
  { values, interval }: EstimatedSeries,
  index: number,
  factor: number,
  digits: number,
): string {
  const [low, high] = interval[index] ?? [NaN, NaN];
  const show = (value: number): string =>
    Number.isFinite(value) ? (factor * value).toFixed(digits).replace("-", "−") : "–";
  return `${show(values[index] ?? NaN)} [${show(low)}, ${show(high)}]`;
}
