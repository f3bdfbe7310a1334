import type { Auroc } from "../directions/auroc.js";
import type { SideChecks } from "./sideChecks.js";

/** Limits of the checks. */
export const sideBounds = {
  similarityApart: 0.2,
  similarityWithin: 0.6,
  lengthRatio: [0.85, 1.18],
  meanLengthDifference: 8,
  firstWordShare: 0.1,
  firstThreeShare: 0.03,
  sixGramShare: 0.02,
  vocabularyOverlap: 0.7,
  lengthAuroc: 0.55,
  firstWordsAuroc: 0.55,
} as const;

/** Number of situations that may share a phrase whatever the share: among few, two are no habit. */
const alwaysAllowed = 3;

/** Says in words which limits a data set breaks; empty where it breaks none. */
export function brokenBounds(checks: SideChecks): string[] {
  const { situations, mostSimilar, lengthRatio, lengthDifference, openings, sixGrams, tells } = checks;
  const broken: string[] = [];
  const say = (isBroken: boolean, words: string): void => {
    if (isBroken) broken.push(words);
  };
  say(checks.duplicates > 0, `${checks.duplicates} texts stand twice`);
  for (const [where, pair, most] of [
    ["different situations", mostSimilar.apart, sideBounds.similarityApart],
    ["one situation", mostSimilar.within, sideBounds.similarityWithin],
  ] as const) {
    if (pair === null || pair.similarity <= most) continue;
    const { first, second, similarity } = pair;
    broken.push(
      `two texts of ${where} share ${(100 * similarity).toFixed(0)} % of their runs of words, of ${first.situation} and ${second.situation}: "${first.text.slice(0, 60)}…", "${second.text.slice(0, 60)}…"`,
    );
  }
  const [low, high] = sideBounds.lengthRatio;
  say(
    lengthRatio.min < low || lengthRatio.max > high,
    `lengths of a pair are as 1 to ${lengthRatio.min.toFixed(2)} or ${lengthRatio.max.toFixed(2)}`,
  );
  const { mean: difference, standardError } = lengthDifference;
  say(
    Math.abs(difference) > sideBounds.meanLengthDifference && Math.abs(difference) > 2 * standardError,
    `harmful answers differ by ${difference.toFixed(1)} characters on average`,
  );
  say(
    checks.vocabularyOverlap < sideBounds.vocabularyOverlap,
    `only ${(100 * checks.vocabularyOverlap).toFixed(0)} % of the words of one side are words of the other`,
  );
  for (const [what, found, most] of [
    ["answers begin with", openings.firstWord, sideBounds.firstWordShare],
    ["answers open with", openings.firstThree, sideBounds.firstThreeShare],
    ["questions open with", openings.question, 2 * sideBounds.firstThreeShare],
    ["answers hold the six words", sixGrams[0], sideBounds.sixGramShare],
  ] as const) {
    if (found === undefined || found.situations <= Math.max(alwaysAllowed, most * situations)) continue;
    broken.push(`${what} "${found.phrase}" in ${found.situations} of ${situations} situations`);
  }
  for (const [what, area, most] of [
    ["the number of characters tells", eitherWay(checks.features.characters), sideBounds.lengthAuroc],
    ["length tells", tells.length, sideBounds.lengthAuroc],
    ["the first three words tell", tells.firstWords, sideBounds.firstWordsAuroc],
  ] as const) {
    say(
      area.interval[0] > 0.5 && area.value >= most,
      `${what} the sides apart: AUROC ${area.value.toFixed(3)}`,
    );
  }
  return broken;
}

/** The area of a measure by itself, whichever side has more of it. */
function eitherWay(area: Auroc): Pick<Auroc, "value" | "interval"> {
  const { value, interval } = area;
  return value >= 0.5 ? area : { value: 1 - value, interval: [1 - interval[1], 1 - interval[0]] };
}
