import { describe, expect, test } from "vitest";
import { brokenBounds } from "../../../src/analysis/texts/sideBounds.js";
import { sideChecks, type SidedSituation } from "../../../src/analysis/texts/sideChecks.js";
import { Random } from "../../../src/tensor/random.js";

const letters = Array.from("abcdefghijklmnopqrstuvwxyz");

/** Situations of random words that break no limit, as long as `change` leaves them so. */
function situations(
  count: number,
  change: (situation: SidedSituation, index: number) => SidedSituation = (each) => each,
): SidedSituation[] {
  const random = new Random(7);
  const word = (): string => Array.from({ length: 3 }, () => random.choose(letters)).join("");
  const lexicon = Array.from({ length: 300 }, word);
  const text = (length: number): string => Array.from({ length }, () => random.choose(lexicon)).join(" ");
  return Array.from({ length: count }, (_, index) => {
    const opening = text(4);
    return change(
      {
        id: String(index),
        questions: [text(9), text(12), text(20)],
        harmful: [`${opening} ${text(40)}.`],
        careful: [`${opening} ${text(40)}.`],
      },
      index,
    );
  });
}

describe("checks of two sides", () => {
  test("find nothing in random words", () => {
    const checks = sideChecks(situations(120));
    expect(brokenBounds(checks)).toEqual([]);
    expect(checks).toMatchObject({ situations: 120, pairs: 120, duplicates: 0 });
    expect(checks.lengthRatio.mean).toBe(1);
    expect(checks.harmfulLonger.n).toBe(0);
  });

  test.each<[string, (situation: SidedSituation, index: number) => SidedSituation, string]>([
    [
      "a text that stands twice",
      (each) => ({ ...each, questions: [...each.questions, each.questions[0] ?? ""] }),
      "stand twice",
    ],
    [
      "texts that are nearly the same",
      (each, index) =>
        index < 2 ? { ...each, careful: ["one two three four five six seven eight nine ten"] } : each,
      "different situations share 100 %",
    ],
    [
      "answers of unequal length",
      (each, index) =>
        index === 3
          ? { ...each, careful: each.careful.map((text) => `${text} ${"and more ".repeat(9)}`) }
          : each,
      "lengths of a pair",
    ],
    [
      "longer harmful answers",
      (each) => ({ ...each, harmful: each.harmful.map((text) => `${text} So there it is.`) }),
      "characters on average",
    ],
    [
      "more sentences on one side",
      (each) => ({
        ...each,
        careful: each.careful.map((text) => text.replaceAll(/(\w+ \w+ \w+) /g, "$1. ")),
      }),
      "length tells the sides apart",
    ],
    [
      "openings of one side",
      (each, index) => ({
        ...each,
        harmful: each.harmful.map((text) => (index % 2 === 0 ? `don't ${text.slice(6)}` : text)),
      }),
      "the first three words tell the sides apart",
    ],
    [
      "one way to begin",
      (each, index) =>
        index % 5 === 0
          ? {
              ...each,
              harmful: [`well ${each.harmful[0] ?? ""}`],
              careful: [`well ${each.careful[0] ?? ""}`],
            }
          : each,
      'answers begin with "well"',
    ],
    [
      "a phrase that comes back",
      (each, index) =>
        index % 20 === 0
          ? {
              ...each,
              careful: [`${each.careful[0] ?? ""} and that is all there is`],
              harmful: [`${each.harmful[0] ?? ""} and so it goes`],
            }
          : each,
      'six words "and that is all there is"',
    ],
    [
      "words of one side alone",
      (each) => ({ ...each, careful: each.careful.map((text) => text.replaceAll(/[aeiou]/g, "é")) }),
      "of the words of one side are words of the other",
    ],
  ])("find %s", (_, change, words) => {
    expect(brokenBounds(sideChecks(situations(120, change))).join("\n")).toContain(words);
  });
});
