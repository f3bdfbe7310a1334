import type { DistributionChange } from "../../analysis/distribution/distributionChange.js";
import type { EstimatedSeries } from "../../analysis/behavior/questionResampling.js";
import type { RunChange } from "../../pipeline/results/changeResult.js";
import { distributionChangeVerdict } from "../../analysis/transitions/behavior/distributionPeak.js";
import { absenceReason, verdictWords } from "../../analysis/transitions/verdictWords.js";
import { alignedTable } from "./tables/textTable.js";

/** Places shown beside the peak. */
const shownPlaces = 12;

/** The change of the distribution of answers along a run, as lines for the terminal. */
export function distributionText({ evaluation, scale, broad, narrow }: RunChange): string {
  const parts = [
    `answers of evaluations/${evaluation}.jsonl, adapter ×${scale}`,
    ...(broad === null ? [] : [breadthText("broad", broad, scale)]),
    ...(narrow === null ? [] : [breadthText("narrow", narrow, scale)]),
    "D between neighbouring windows of checkpoints, with 95 % intervals from resampled questions. Shares are of the\n" +
      "total variation: what of the change of texts the outcomes of a judged property show. A share says little where\n" +
      "D is small, and where few answers make D up, intervals tend to lie too low. The length in thirds is a control, no\n" +
      "judgement.",
  ];
  return parts.join("\n\n");
}

function breadthText(breadth: string, change: DistributionChange, scale: number): string {
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
  const { transition, absent } = distributionChangeVerdict(peak, window, scale);
  const found =
    absent === null
      ? `* changes most at step ${transition.step} [${transition.interval.join(", ")}]: total variation ${(peak?.value ?? NaN).toFixed(3)}`
      : `peak of change: ${absent.verdict === "doesNotTurn" ? "none" : verdictWords.cannotTell}; ${absenceReason(absent)}`;
  return [
    `${breadth}: ${answers} answers to ${byQuestion.questions.length} questions, windows of ${window} steps`,
    table,
    found,
    ...checkText(change, at),
  ].join("\n");
}

/** Says whether answers came from where their scores say, at the peak and over all places. */
function checkText({ steps, total, linearFromLabels, scoreCheck }: DistributionChange, at: number): string[] {
  if (!scoreCheck?.largest) return [];
  const { largest, allowed, difference, standardError } = scoreCheck;
  const number = (value: number | undefined): string => (value ?? NaN).toFixed(3).replace("-", "−");
  const there =
    at < 0
      ? ""
      : `linear D at step ${steps[at] ?? NaN} is ${number(total.linear.values[at])} from the scores alone and ` +
        `${number(linearFromLabels.values[at])} from where the answers came from, ${number(difference[at])} apart, ` +
        `at most ±${number(standardError[at])} by chance (one standard error); `;
  const verdict =
    largest.standardErrors <= allowed
      ? `at none of ${steps.length} places further apart than chance allows`
      : `at step ${largest.step} further apart than chance allows: the answers were not drawn as they were scored`;
  const range = `(${largest.standardErrors.toFixed(1)} standard errors at most, up to ${allowed.toFixed(1)} allowed)`;
  return [`check: ${there}${verdict} ${range}`];
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
