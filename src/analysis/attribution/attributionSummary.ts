import type { Auroc } from "../directions/auroc.js";
import type { PhaseTransition } from "../transitions/detectors.js";
import {
  scoreKinds,
  type AttributedRow,
  type AttributionRecord,
  type ScoreKind,
} from "./attributionRecord.js";
import { plantedArea, rankedRows, scoresOf, scoreSpans, stepLookedAt, type ScoreSpan } from "./rowRanking.js";

/** A row with its score. */
export interface RankedRow extends AttributedRow {
  readonly score: number;
}

/** What scores of the rows of a run come to at its turn. */
export interface AttributionSummary {
  /** Transition that the turn is; null where nothing turns, so that the last measured step is looked at. */
  readonly turn: Pick<PhaseTransition, "indicator" | "step" | "interval"> | null;
  /** The measured step that is looked at, and all that were measured. */
  readonly step: number;
  readonly steps: readonly number[];
  readonly kind: ScoreKind;
  readonly span: ScoreSpan;
  readonly rows: number;
  readonly trained: number;
  /** Rows with the highest and with the lowest score, the most extreme first. */
  readonly highest: readonly RankedRow[];
  readonly lowest: readonly RankedRow[];
  /** How well each score tells planted rows from the others; empty where nothing is known to be planted. */
  readonly planted: readonly PlantedArea[];
}

/** How well a score tells planted rows from the others. */
export interface PlantedArea extends Auroc {
  readonly kind: ScoreKind;
  readonly span: ScoreSpan;
}

/** Chooses what is looked at of a run's scores. */
export interface SummaryChoice {
  readonly kind: ScoreKind;
  readonly span: ScoreSpan;
  readonly turn: AttributionSummary["turn"];
  /** Number of rows listed at either end. */
  readonly listed: number;
}

/** Says which rows score highest and lowest at a run's turn, and how well scores tell what was planted. */
export function attributionSummary(
  record: AttributionRecord,
  { kind, span, turn, listed }: SummaryChoice,
): AttributionSummary {
  const step = stepLookedAt(record, turn?.step ?? null);
  const scores = scoresOf(record, { kind, span, step });
  const order = rankedRows(scores);
  const rowsAt = (places: readonly number[]): RankedRow[] =>
    places.flatMap((place) => {
      const row = record.rows[place];
      return row === undefined ? [] : [{ ...row, score: scores[place] ?? NaN }];
    });
  const shown = Math.min(listed, Math.floor(order.length / 2));
  return {
    turn: turn === null ? null : { indicator: turn.indicator, step: turn.step, interval: turn.interval },
    steps: record.steps.map((each) => each.step),
    ...{ step, kind, span, rows: record.rows.length, trained: record.trained },
    highest: rowsAt(order.slice(0, shown)),
    lowest: rowsAt(order.toReversed().slice(0, shown)),
    planted: scoreKinds.flatMap((each) =>
      scoreSpans.flatMap((of): PlantedArea[] => {
        const area = plantedArea(record.rows, scoresOf(record, { kind: each, span: of, step }));
        return area === null ? [] : [{ kind: each, span: of, ...area }];
      }),
    ),
  };
}
