import type { Rate } from "../behavior/rates.js";
import type { RateDifference } from "../behavior/pairedRates.js";
import type { InterventionRow, InterventionVerdict } from "./interventionRows.js";

/** Verdicts in words. */
export const interventionVerdictWords: Readonly<Record<InterventionVerdict, string>> = {
  moved: "moved",
  asRandom: "no more than random",
  still: "not surely moved",
  notCompared: "not compared",
};

/**
 * Says in sentences what interventions moved, or that nothing did: EM surely different from the untouched model's and
 * from that along random directions of the same length.
 */
export function interventionSentences(rows: readonly InterventionRow[]): string[] {
  const tested = rows.filter(({ verdict }) => verdict !== null);
  const ofVerdict = (wanted: InterventionVerdict): readonly InterventionRow[] =>
    tested.filter(({ verdict }) => verdict === wanted);
  if (tested.length === 0) return ["No intervention was asked."];
  const [moved, asRandom, alone] = [ofVerdict("moved"), ofVerdict("asRandom"), ofVerdict("notCompared")];
  const most = largest(moved.length > 0 ? moved : tested);
  const where = most === undefined ? "" : changeWords(most);
  const all = tested.length === 1 ? "the one condition" : `${tested.length} conditions`;
  const sentences = [
    moved.length > 0
      ? `EM moved, surely and by more than along random directions of the same length, in ${moved.length} of ${all}; most ${where}.`
      : alone.length > 0
        ? `EM differs surely from the untouched model's in ${alone.length} of ${all}, without random directions to compare with; most ${where}.`
        : asRandom.length > 0
          ? `Nothing moved by more than at random: EM differs surely from the untouched model's in ${asRandom.length} of ${all}, and in none of them by surely more than along random directions of the same length. The largest difference is ${where}.`
          : `Nothing moved: in none of ${all} does EM differ surely from the untouched model's. The largest difference is ${where}.`,
  ];
  const incoherent = tested.filter(({ coherenceChange }) => (coherenceChange?.interval[1] ?? 0) < 0);
  if (incoherent.length > 0) {
    const worst = incoherent.reduce((one, other) =>
      (other.coherenceChange?.value ?? 0) < (one.coherenceChange?.value ?? 0) ? other : one,
    );
    sentences.push(
      `Coherence falls in ${incoherent.length} of ${all}, furthest ${placeWords(worst)}, to ${percentWords(worst.rates.coherent)}.`,
    );
  }
  return sentences;
}

function largest(rows: readonly InterventionRow[]): InterventionRow | undefined {
  const size = ({ change }: InterventionRow): number => Math.abs(change?.value ?? 0) || 0;
  return rows.toSorted((one, other) => size(other) - size(one))[0];
}

function changeWords(row: InterventionRow): string {
  const { change, random, rates } = row;
  const beside = random === null ? "" : `, along random directions ${percentWords(random.em)}`;
  return (
    `${placeWords(row)}: EM ${percentWords(rates.em)}, ${differenceWords(change)} points from the untouched model` +
    `${beside}; ${percentWords(rates.coherent)} of the answers are coherent`
  );
}

function placeWords({ condition }: InterventionRow): string {
  return `under “${condition.name}”`;
}

/** A difference with its interval, signed. */
export function differenceWords(difference: RateDifference | null): string {
  if (difference === null || !Number.isFinite(difference.value)) return "–";
  const [low, high] = difference.interval;
  return `${signed(difference.value)} [${signed(low)}, ${signed(high)}]`;
}

function percentWords({ percent }: Rate): string {
  return Number.isFinite(percent) ? `${percent.toFixed(1)} %` : "unknown";
}

function signed(value: number): string {
  const text = value.toFixed(1);
  return Number(text) > 0 ? `+${text}` : text.replace(/^-0\.0$/, "0.0").replace("-", "−");
}
