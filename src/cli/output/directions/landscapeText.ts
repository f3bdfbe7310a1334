import type {
  LandscapeComparison,
  LandscapeReport,
  RunLandscape,
} from "../../../analysis/landscape/compareLandscapes.js";
import type { LossPoint } from "../../../analysis/landscape/efficiency.js";
import {
  efficiencyVerdictWords,
  landscapeNormWords,
  landscapeSentences,
  nats,
  percent,
  stabilityVerdictWords,
} from "../../../analysis/landscape/landscapeWords.js";
import { alignedTable, significant } from "../tables/textTable.js";

/** Efficiency and stability as lines for the terminal: what they say, then norms, losses, noise and comparisons. */
export function landscapeText(report: LandscapeReport): string {
  const { runs, comparisons, norm, trained } = report;
  const held = landscapeNormWords[trained][norm];
  const tables = [
    runsTable(runs, trained),
    `Loss at multiples of each run's own ${held}:`,
    curveTable(runs),
    ...comparisons.flatMap((each) => [
      `Loss at multiples of one ${held}, ${significant(each.commonLength, 4)}, that of the shorter of ${each.run} and ${each.other}:`,
      commonTable(each),
    ]),
    ...(runs.some(({ degradation }) => degradation.length > 0)
      ? ["Of what training took off, lost to noise of size ε (%):", noiseTable(runs)]
      : []),
    ...(comparisons.length === 0 ? [] : [comparisonsTable(report)]),
  ];
  return [
    ...landscapeSentences(report),
    ...tables.flatMap((table) => ["", table]),
    "",
    "Losses in nats per answer token, all tokens alike, with 95 % of resampled conversations; noise with 95 % over seeds and",
    trained === "vectors"
      ? "conversations. What is added to the residual stream is α·v; v is what was trained."
      : "conversations. ‖θ‖ depends on how a factor is dealt out between A and B, ‖ΔW‖ does not.",
  ].join("\n");
}

function runsTable(runs: readonly RunLandscape[], trained: LandscapeReport["trained"]): string {
  const norms = trained === "vectors" ? ["‖α·v‖", "‖v‖"] : ["‖ΔW‖", "‖θ‖"];
  return alignedTable([
    ["run", "step", "data", "conversations", "tokens", ...norms, "parameters", "base", "run", "off"],
    ...runs.map(({ name, step, sample, conversations, tokens, norms, parameters, base, loss, fall }) => [
      name,
      String(step),
      sample.data,
      String(conversations),
      String(tokens),
      significant(norms.update, 4),
      significant(norms.parameters, 4),
      String(parameters),
      nats(base),
      nats(loss),
      nats(fall),
    ]),
  ]);
}

function curveTable(runs: readonly RunLandscape[]): string {
  return alignedTable([
    ["multiple", ...runs.map(({ name }) => name)],
    ...(runs[0]?.own ?? []).map(({ multiple }, place) => [
      String(multiple),
      ...runs.map(({ own }) => lossWords(own[place])),
    ]),
  ]);
}

function commonTable({ run, other, losses, efficiency }: LandscapeComparison): string {
  return alignedTable([
    ["multiple", run, other, "more off the loss of the base"],
    ...efficiency.points.map(({ multiple, difference }, place) => [
      String(multiple),
      lossWords(losses.run[place]),
      lossWords(losses.other[place]),
      nats(difference),
    ]),
  ]);
}

function lossWords(point: LossPoint | undefined): string {
  return point === undefined ? "–" : nats(point.loss);
}

function noiseTable(runs: readonly RunLandscape[]): string {
  const epsilons = (runs[0]?.degradation ?? []).map(({ epsilon }) => epsilon);
  return alignedTable([
    ["ε", ...runs.map(({ name }) => name)],
    ...epsilons.map((epsilon, place) => [
      String(epsilon),
      ...runs.map(({ degradation }) => {
        const point = degradation[place];
        return point === undefined ? "–" : percent(point.degradation);
      }),
    ]),
    [
      "mean",
      ...runs.map(({ meanDegradation }) => (meanDegradation === null ? "–" : percent(meanDegradation))),
    ],
  ]);
}

function comparisonsTable({ comparisons, coverage }: LandscapeReport): string {
  const level = significant(100 * coverage, 4);
  return alignedTable([
    [
      "beside",
      `more nats off, up to 1 (${level} %)`,
      "efficiency",
      `more lost to noise, points (${level} %)`,
      "stability",
    ],
    ...comparisons.map(({ other, efficiency, stability }) => [
      other,
      nats(efficiency.mean),
      efficiencyVerdictWords[efficiency.verdict],
      stability === null ? "–" : percent(stability.difference),
      stability === null ? "–" : stabilityVerdictWords[stability.verdict],
    ]),
  ]);
}
