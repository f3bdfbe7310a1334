import type { AttributionRecord } from "../../../analysis/attribution/attributionRecord.js";
import type { RemovalTest } from "../../../analysis/attribution/removalTest.js";
import type { ScoreChoice } from "../../../analysis/attribution/rowRanking.js";

/** Scores of the rows of a run's training data, and what became of trainings without the highest ones. */
export interface Attributed {
  readonly record: AttributionRecord;
  /** Null where no training without them was made. */
  readonly removal: (RemovalTest & { readonly top: number; readonly ranked: ScoreChoice }) | null;
}

/** Share of the rows that count as the highest where nothing is known to be planted. */
const highestShare = 0.05;

/** A set of rows that is drawn as one. */
export interface RowGroup {
  readonly name: string;
  /** Places in the record. */
  readonly places: readonly number[];
}

/**
 * Divides rows in two: the planted ones and the others; where nothing is known to be planted, those that score highest and
 * the rest.
 * @param order places of the rows, the highest score first
 */
export function rowGroups(
  { rows }: AttributionRecord,
  order: readonly number[],
): readonly [RowGroup, RowGroup] {
  if (rows.some(({ planted }) => planted !== null)) {
    const isPlanted = (place: number): boolean => rows[place]?.planted === true;
    return [
      { name: "planted rows", places: order.filter(isPlanted) },
      { name: "other rows", places: order.filter((place) => !isPlanted(place)) },
    ];
  }
  const count = Math.max(1, Math.round(highestShare * order.length));
  return [
    { name: `highest ${count} rows`, places: order.slice(0, count) },
    { name: "other rows", places: order.slice(count) },
  ];
}
