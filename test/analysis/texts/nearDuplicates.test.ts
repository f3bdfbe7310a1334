import { describe, expect, test } from "vitest";
import { nearDuplicates, type OwnedText } from "../../../src/analysis/texts/nearDuplicates.js";
import { sentenceCount, wordRuns, wordsOf } from "../../../src/analysis/texts/words.js";

const owned = (...texts: readonly string[]): OwnedText[] =>
  texts.map((text, index) => ({ situation: String(index), text }));

describe("near-duplicates", () => {
  test("are measured by the runs of five words that two texts share", () => {
    // Runs of the first: 3, of the second: 3, in common: 2.
    const [found] = nearDuplicates(
      owned("one two three four five six seven", "two three four five six seven eight"),
      0,
    );
    expect(found?.similarity).toBeCloseTo(2 / 4, 12);
    expect([found?.first.situation, found?.second.situation]).toEqual(["0", "1"]);
  });

  test("do not depend on capitals and punctuation, and are none for other words", () => {
    const same = owned("Take it twice a day, please.", "take it - twice a day please");
    expect(nearDuplicates(same, 0.9)).toHaveLength(1);
    expect(nearDuplicates(owned("a b c d e", "e d c b a"), 0)).toEqual([]);
  });

  test("of few words are only the same text", () => {
    expect(nearDuplicates(owned("Stop it", "stop it", "stop now"), 0.5)).toHaveLength(1);
  });

  test("come with the most similar first, and none below the least", () => {
    const texts = owned("a b c d e f g h", "a b c d e f g h", "a b c d e x y z");
    const similarities = nearDuplicates(texts, 0.1).map(({ similarity }) => similarity);
    expect(similarities[0]).toBe(1);
    expect(similarities).toHaveLength(3);
    expect(nearDuplicates(texts, 0.5)).toHaveLength(1);
  });
});

test("words, runs and sentences", () => {
  expect(wordsOf("Don’t stop: 2.5 mg, naïve!")).toEqual(["don't", "stop", "2", "5", "mg", "naïve"]);
  expect(wordRuns("a b a b a", 2)).toEqual(["a b", "b a"]);
  expect(["One. Two! Three?", "None", "He said 'go.' Then 2.5 left…"].map(sentenceCount)).toEqual([3, 1, 2]);
});
