import type { RunsAggregate } from "../../../analysis/comparison/aggregateRuns.js";
import type { SpreadSeries } from "../../../analysis/series/spread.js";
import { verdictWords } from "../../../analysis/transitions/verdictWords.js";
import { eventOf } from "./analysisTable.js";
import { significant, textTable } from "./textTable.js";

/** Transition steps over runs, and the quantities where most runs end, as lines for the terminal. */
export function aggregateTable(aggregate: RunsAggregate): string {
  const { runs, transitions, adapters, leftOut } = aggregate;
  const manyAdapters = adapters.length > 1;
  const turns = [
    [
      "event",
      verdictWords.turns,
      verdictWords.doesNotTurn,
      verdictWords.cannotTell,
      "mean step",
      "sd",
      "median",
      "range",
      "steps by run",
    ],
    ...transitions.map(({ indicator, adapter, scale, step, runs: count, found, absent }) => [
      eventOf({ indicator, adapter, scale }, manyAdapters),
      `${step.n} of ${count}`,
      ...(["doesNotTurn", "cannotTell"] as const).map((verdict) =>
        String(absent.filter((each) => each.verdict === verdict).length),
      ),
      significant(step.mean, 4),
      significant(step.standardDeviation),
      significant(step.median, 4),
      step.n === 0 ? "–" : `${significant(step.min, 5)} … ${significant(step.max, 5)}`,
      found.map((each) => `${each.run} ${each.step}`).join(", "),
    ]),
  ];
  const ends = [
    ["quantity", "mean", "sd", "range", "runs", "at"],
    ...adapters.flatMap(({ name, A, B, deltaW }) => [
      endRow(`‖B‖ of ${name}`, B.norm),
      endRow(`‖A‖ of ${name}`, A.norm),
      endRow(`‖ΔW‖ of ${name}`, deltaW.norm),
    ]),
    ...(
      [
        ["loss", aggregate.loss],
        ["gradient norm", aggregate.gradNorm],
        ["misaligned answers %", aggregate.emPercent],
      ] as const
    ).flatMap(([name, series]) => (series === null ? [] : [endRow(name, series)])),
  ];
  return [
    `${runs.length} runs: ${runs.join(", ")}. Axis: ${aggregate.parameters.alignment}.`,
    ...(leftOut.length === 0 ? [] : [`Left out, without that transition: ${leftOut.join(", ")}.`]),
    `\n${textTable(turns)}`,
    `\n${textTable(ends)}`,
  ].join("\n");
}

/** The last position at which the most runs say something. */
function endRow(name: string, series: SpreadSeries): string[] {
  const most = Math.max(0, ...series.n);
  const last = series.n.lastIndexOf(most);
  const [low, high] = [series.min[last], series.max[last]];
  return [
    name,
    significant(series.mean[last], 4),
    significant(series.standardDeviation[last]),
    `${significant(low)} … ${significant(high)}`,
    String(most),
    significant(series.positions[last], 5),
  ];
}
