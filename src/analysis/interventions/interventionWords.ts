import type { Rate } from "../behavior/rates.js";
import type { RateDifference } from "../behavior/pairedRates.js";
import type { InterventionRow, InterventionVerdict } from "./interventionRows.js";

/** Verdicts in words. */
export const interventionVerdictWords: Readonly<Record<InterventionVerdict, string>> = {
  moved: "moved",
  asRandom: "no more than random",
  lessThanRandom: "less than random",
  still: "not surely moved",
  held: "held, unlike random",
  notCompared: "not compared",
};

/**
 * Says of what kind the random twins of interventions are, as in "EM along random directions of the same length".
 * @param kind of the interventions, as their settings say it
 */
export function twinWords(kind: unknown): string {
  return kind === "patch"
    ? "with the same scalars in shuffled order"
    : "along random directions of the same length";
}

/**
 * Says in sentences what interventions moved, or that nothing did: EM surely different from the untouched model's and
 * from that of random twins, such as those along random directions of the same length.
 * @param kind of the interventions, as their settings say it. @default one with random directions
 */
export function interventionSentences(rows: readonly InterventionRow[], kind?: unknown): string[] {
  const tested = rows.filter(({ verdict }) => verdict !== null);
  if (tested.length === 0) return ["What moved cannot be told: no intervention has judged answers."];
  const twins = twinWords(kind);
  return [movedSentence(tested, twins), ...heldSentences(tested, twins), ...coherenceSentences(tested)];
}

/** Some of the conditions in words, behind "in". */
function someOf(count: number, tested: readonly InterventionRow[]): string {
  return tested.length === 1 ? "the one condition" : `${count} of ${tested.length} conditions`;
}

function movedSentence(tested: readonly InterventionRow[], twins: string): string {
  const of = (...wanted: readonly InterventionVerdict[]): readonly InterventionRow[] =>
    tested.filter(({ verdict }) => verdict !== null && wanted.includes(verdict));
  const moved = of("moved");
  if (moved.length > 0) {
    return `EM moved, surely and by more than ${twins}, in ${someOf(moved.length, tested)}; most ${mostWords(moved, twins)}.`;
  }
  const most = `The largest difference is ${mostWords(tested, twins)}.`;
  const alone = of("notCompared").length;
  if (alone > 0) {
    return `EM differs surely from the untouched model's in ${someOf(alone, tested)}, without random ones to compare with. ${most}`;
  }
  const asRandom = of("asRandom", "lessThanRandom").length;
  return asRandom > 0
    ? `Nothing moved by more than at random: EM differs surely from the untouched model's in ${someOf(asRandom, tested)}, and nowhere by surely more than ${twins}. ${most}`
    : `Nothing moved: EM does not differ surely from the untouched model's in ${tested.length === 1 ? "the one condition" : `any of ${tested.length} conditions`}. ${most}`;
}

/** Says where a random change of the same size would have done more. */
function heldSentences(tested: readonly InterventionRow[], twins: string): string[] {
  const held = tested.filter(({ verdict }) => verdict === "held" || verdict === "lessThanRandom");
  if (held.length === 0) return [];
  return [
    `${twins.replace(/^./, (letter) => letter.toUpperCase())} EM changes surely further in ${someOf(held.length, tested)}.`,
  ];
}

function coherenceSentences(tested: readonly InterventionRow[]): string[] {
  const incoherent = tested.filter(({ coherenceChange }) => (coherenceChange?.interval[1] ?? 0) < 0);
  const [worst] = incoherent.toSorted(
    (one, other) => (one.coherenceChange?.value ?? 0) - (other.coherenceChange?.value ?? 0),
  );
  if (worst === undefined) return [];
  return [
    `Coherence falls in ${someOf(incoherent.length, tested)}, furthest ${placeWords(worst)}, to ${percentWords(worst.rates.coherent)}.`,
  ];
}

/** The row that differs most from the untouched model, in words. */
function mostWords(rows: readonly InterventionRow[], twins: string): string {
  const size = ({ change }: InterventionRow): number => Math.abs(change?.value ?? 0) || 0;
  const [most] = rows.toSorted((one, other) => size(other) - size(one));
  return most === undefined ? "" : changeWords(most, twins);
}

function changeWords(row: InterventionRow, twins: string): string {
  const { change, random, rates } = row;
  const beside =
    random === null ? "" : `, ${twins.replace(" of the same length", "")} ${percentWords(random.em)}`;
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
