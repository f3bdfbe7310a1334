import { scoreWords, type AttributionRecord } from "../../../analysis/attribution/attributionRecord.js";
import type {
  AttributionSummary,
  PlantedArea,
  RankedRow,
} from "../../../analysis/attribution/attributionSummary.js";
import { eventWords } from "../../../analysis/transitions/events.js";
import { alignedTable, significant, textTable } from "../tables/textTable.js";

/** Scores of the rows of the training data at a run's turn, as lines for the terminal. */
export function attributionText(
  summary: AttributionSummary,
  { broad, direction, planted }: Pick<AttributionRecord, "broad" | "direction" | "planted">,
): string {
  const { turn, step, steps, kind, span, rows, trained, highest, lowest } = summary;
  const where =
    turn === null
      ? `Nothing turns, or it cannot be told: the last measured step, ${step}, is looked at.`
      : `${eventWords(turn.indicator)}: step ${significant(turn.step)} [${turn.interval.map((bound) => significant(bound)).join(", ")}]; step ${step} is looked at.`;
  const along =
    direction === null
      ? ""
      : `; direction ${direction.name} after layer ${direction.layer}, found in step ${direction.step}`;
  return [
    `${rows} of ${trained} rows at ${steps.length} steps (${steps.join(", ")}), against ${broad.pairs} pairs of ${broad.source}${along}.\n${where}`,
    ...(planted === null ? [] : [plantedText(summary, planted)]),
    `ranked by ${scoreWords[kind]}, ${span === "sum" ? `summed up to step ${step}` : `at step ${step}`}; highest:\n${rowsText(highest)}`,
    `lowest:\n${rowsText(lowest)}`,
  ].join("\n\n");
}

function plantedText({ planted }: AttributionSummary, source: string): string {
  const [first] = planted;
  if (first === undefined) return "";
  return [
    `rows of ${source} against the others, ${first.positives} and ${first.negatives} distinct ones; 95 % intervals (Hanley and McNeil, score form)`,
    alignedTable([
      ["score", "AUROC", "interval"],
      ...planted
        .filter(({ value }) => !Number.isNaN(value))
        .map((area) => [`${area.kind}, ${area.span}`, area.value.toFixed(3), intervalText(area)]),
    ]),
  ].join("\n");
}

function intervalText({ interval }: PlantedArea): string {
  return `[${interval.map((bound) => bound.toFixed(3)).join(", ")}]`;
}

function rowsText(rows: readonly RankedRow[]): string {
  return textTable([
    ["row", "score", "planted", "tokens", "question → answer"],
    ...rows.map(({ row, score, planted, tokens, question, answer }) => [
      String(row + 1),
      significant(score),
      planted === null ? "–" : planted ? "yes" : "no",
      String(tokens),
      `${question} → ${answer}`,
    ]),
  ]);
}
