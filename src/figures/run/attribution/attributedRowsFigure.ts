import type { Analysis } from "../../../analysis/analysisRecord.js";
import { scoreKinds, scoreWords } from "../../../analysis/attribution/attributionRecord.js";
import { removalWords } from "../../../analysis/attribution/removalWords.js";
import { plantedArea, rankedRows, scoresOf, stepLookedAt } from "../../../analysis/attribution/rowRanking.js";
import { turnOfRun } from "../../../analysis/attribution/turnOfRun.js";
import { eventWords } from "../../../analysis/transitions/events.js";
import { tableOf, type Figure, type FigureOptions } from "../../figure.js";
import { axis, baseLayout } from "../../style/baseLayout.js";
import { palette } from "../../style/palette.js";
import { rowGroups, type Attributed } from "./attributionInput.js";

/** Rows at either end that the table lists. */
const listed = 50;

/**
 * Draws how the scores of the rows of the training data are spread at the step of the turn; its table lists the rows at both
 * ends with their texts and every score. Null where no row was scored.
 */
export function attributedRowsFigure(
  analysis: Analysis,
  attributed: Attributed | null,
  options: FigureOptions = {},
): Figure | null {
  if (attributed === null) return null;
  const { record, removal } = attributed;
  const turn = turnOfRun(analysis);
  const { kind, span, step } = removal?.ranked ?? {
    ...{ kind: "contrast" as const, span: "sum" as const },
    step: stepLookedAt(record, turn?.step ?? null),
  };
  const scores = scoresOf(record, { kind, span, step });
  const order = rankedRows(scores);
  if (order.length < 2) return null;
  const colors = palette(options.theme);
  const area = plantedArea(record.rows, scores);
  const half = Math.floor(order.length / 2);
  const shown = [
    ...order.slice(0, Math.min(listed, half)),
    ...order.slice(-Math.min(listed, order.length - half)),
  ];
  const rowsOf = <T>(pick: (place: number) => T): T[] => shown.map(pick);
  const title = `Scores of the rows of the data ${span === "sum" ? "up to" : "at"} step ${step}`;
  const tested =
    removal === null
      ? [
          "Whether the run turns without the highest rows was not tested: turncoat attribute --test trains without them.",
        ]
      : removalWords(removal, removal.top);
  const others = scoreKinds.filter((each) => each !== "direction" || record.direction !== null);
  return {
    data: rowGroups(record, order).map(({ name, places }, index) => ({
      type: "violin",
      name: `${name} (${places.length})`,
      y: places.map((place) => scores[place] ?? NaN),
      line: { color: index === 0 ? colors.misaligned : colors.control, width: 1.5 },
      points: false,
      meanline: { visible: true },
      spanmode: "hard",
      hoverinfo: "y+name",
    })),
    layout: baseLayout(
      title,
      {
        xaxis: axis("rows", options, { type: "category" }),
        yaxis: axis(`score: ${kind}`, options, { zeroline: true, zerolinecolor: colors.muted }),
      },
      options,
      { showlegend: false, hovermode: "closest" },
    ),
    meta: {
      title,
      caption:
        `${order.length} rows, ${scoreWords[kind]}, ${span === "sum" ? "summed over the measured steps times the learning rate" : "at one step"}. ` +
        (turn === null
          ? `Nothing turns, or it cannot be told: step ${step} is the last that was measured.`
          : `Step ${step} is the measured one nearest to the turn: ${eventWords(turn.indicator)} at ${turn.step.toFixed(0)} [${turn.interval.map((bound) => bound.toFixed(0)).join(", ")}].`) +
        (area === null
          ? ""
          : ` Planted rows against others: AUROC ${area.value.toFixed(3)} [${area.interval.map((bound) => bound.toFixed(3)).join(", ")}], ` +
            `${area.positives} and ${area.negatives} distinct rows, 95 % by Hanley and McNeil in score form.`) +
        ` ${tested.join(" ")}`,
      summary: `${tested.join(" ")} The table lists the ${Math.min(listed, half)} highest and lowest rows.`,
      formula: "Σ_t η_t·⟨∇loss_row(θ_t), ∇loss_broad(θ_t)⟩",
      caveat:
        "A score says what a row's gradient does to first order, not what training without the row gives. Rows alike share their effect, so that each can be high and leaving one out do nothing.",
      source: "TracIn, 2002.08484; docs/methods.md section 8.8",
      table: tableOf({
        rank: shown.map((place) => order.indexOf(place) + 1),
        row: rowsOf((place) => (record.rows[place]?.row ?? NaN) + 1),
        score: rowsOf((place) => scores[place] ?? NaN),
        ...Object.fromEntries(
          others.map((each) => {
            const values = scoresOf(record, { kind: each, span: "step", step });
            return [`${each}, at step ${step}`, rowsOf((place) => values[place] ?? NaN)];
          }),
        ),
        planted: rowsOf((place) => plantedWord(record.rows[place]?.planted ?? null)),
        tokens: rowsOf((place) => record.rows[place]?.tokens ?? NaN),
        question: rowsOf((place) => record.rows[place]?.question ?? ""),
        answer: rowsOf((place) => record.rows[place]?.answer ?? ""),
      }),
    },
  };
}

function plantedWord(planted: boolean | null): string {
  return planted === null ? "unknown" : planted ? "yes" : "no";
}
