import { comparisonsAlong, type LandscapeAtStep } from "../../../analysis/landscape/landscapeAlong.js";
import {
  efficiencyVerdictWords,
  landscapeNormWords,
  nats,
  percent,
  stabilityVerdictWords,
} from "../../../analysis/landscape/landscapeWords.js";
import { alignedTable, significant } from "../tables/textTable.js";

/** Efficiency and stability along training as lines for the terminal: each run step by step, then each comparison. */
export function landscapeAlongText(steps: readonly LandscapeAtStep[]): string {
  const [first] = steps;
  if (first === undefined) return "no step was measured";
  const { runs, trained, norm, coverage } = first.report;
  const held = landscapeNormWords[trained][norm];
  const level = significant(100 * coverage, 4);
  const ofRuns = runs.map((run, place) =>
    [
      `${run.name}, on ${run.conversations} conversations of ${run.sample.data}:`,
      alignedTable([
        ["step", held, "loss", "off that of the base", "lost to noise (%)"],
        ...steps.flatMap(({ step, report }) => {
          const at = report.runs[place];
          if (at === undefined) return [];
          const { norms, loss, fall, meanDegradation } = at;
          const lost = meanDegradation === null || !(fall.interval[0] > 0) ? "–" : percent(meanDegradation);
          return [[String(step), significant(norms[norm], 4), nats(loss), nats(fall), lost]];
        }),
      ]),
    ].join("\n"),
  );
  const ofPairs = comparisonsAlong(steps).map(({ run, other, points }) =>
    [
      `${run} beside ${other}:`,
      alignedTable([
        [
          "step",
          `more nats off at equal norm (${level} %)`,
          "efficiency",
          `more lost to noise, points (${level} %)`,
          "stability",
        ],
        ...points.map(({ step, comparison: { efficiency, stability } }) => [
          String(step),
          nats(efficiency.mean),
          efficiencyVerdictWords[efficiency.verdict],
          stability === null ? "–" : percent(stability.difference),
          stability === null ? "–" : stabilityVerdictWords[stability.verdict],
        ]),
      ]),
    ].join("\n"),
  );
  return [
    ...[...ofRuns, ...ofPairs].flatMap((table) => [table, ""]),
    "Losses in nats per answer token with 95 % of resampled conversations, noise with 95 % over seeds and conversations; verdicts",
    "hold at all steps together. One run each: other seeds of training are in no interval.",
  ].join("\n");
}
