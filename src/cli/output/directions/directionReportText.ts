import type {
  DirectionReport,
  ReportedInterventions,
} from "../../../pipeline/interventions/directionReport.js";
import { directionCosinesText, directionText } from "../directionText.js";
import { interventionText } from "../interventionText.js";
import { scalarTestText } from "../scalars/scalarTestText.js";
import { alignedTable } from "../tables/textTable.js";

/** The tables of 2506.11618 about runs at hand, as lines for the terminal, in the paper's order. */
export function directionReportText(report: DirectionReport): string {
  const { directions, cosines, outputs, steering, ablation, scalars, scaling } = report;
  return [
    "Mean difference of misaligned and aligned answers",
    ...directions.map(({ run, layers }) => `${run}\n${directionText(layers)}`),
    "Cosines between runs",
    cosines === null
      ? "Not told: there is one run. Name others with --others."
      : directionCosinesText(cosines),
    "Cosines of what rank-1 adapters write with it",
    outputs.length === 0
      ? "Not told: no rank-1 adapter writes into the residual stream."
      : alignedTable(outputs.map(({ modulePath, cosine }) => [modulePath, cosine.toFixed(3)])),
    "Steering of the base",
    interventionText(steering.rows, { kind: "steer" }),
    "Ablation, and transfer to other runs",
    interventionText(ablation.rows, { kind: "ablate" }),
    "Classification by adapter scalars",
    scalars === null
      ? "Not told: the run has no adapters."
      : scalarTestText(scalars, { negative: "aligned", positive: "misaligned" }),
    "Adapters left out, and alone",
    scaling === null ? "Not told: the run has adapters in one layer alone." : scalingText(scaling),
  ].join("\n\n");
}

function scalingText({ rows }: ReportedInterventions): string {
  return interventionText(rows, { kind: "scale" });
}
