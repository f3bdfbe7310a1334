import { describe, expect, test } from "vitest";
import {
  crossValidatedAuroc,
  lengthClassifier,
  naiveBayes,
  type SidedText,
} from "../../../src/analysis/texts/tellingApart.js";
import { Random } from "../../../src/tensor/random.js";

const words = ["tea", "rope", "lamp", "stone", "river", "cloud", "bread", "wheel"];

/** Pairs of random texts; `change` makes the positive one out of as random a text. */
function pairs(count: number, change: (text: string, random: Random) => string, seed = 0): SidedText[] {
  const random = new Random(seed);
  const text = (): string =>
    Array.from({ length: 10 + random.integer(20) }, () => random.choose(words)).join(" ");
  return Array.from({ length: count }, (_, index) => [
    { situation: String(index), text: change(text(), random), isPositive: true },
    { situation: String(index), text: text(), isPositive: false },
  ]).flat();
}

describe("a classifier of two sides", () => {
  test("does not tell random texts apart", () => {
    const texts = pairs(200, (text) => text);
    for (const classifier of [lengthClassifier, naiveBayes(3), naiveBayes()]) {
      const { value, interval } = crossValidatedAuroc(texts, classifier);
      expect(interval[0]).toBeLessThan(0.5);
      expect(value).toBeLessThan(0.58);
    }
  });

  test("by length finds longer texts, and texts of more sentences", () => {
    const longer = pairs(100, (text) => `${text} ${text}`);
    expect(crossValidatedAuroc(longer, lengthClassifier).interval[0]).toBeGreaterThan(0.8);
    const choppy = pairs(100, (text) => text.replaceAll(/ (tea|rope) /g, " $1. "));
    expect(crossValidatedAuroc(choppy, lengthClassifier).interval[0]).toBeGreaterThan(0.8);
    expect(crossValidatedAuroc(choppy, naiveBayes(3)).value).toBeLessThan(0.6);
  });

  test("by first words finds how answers begin, and nothing behind the words it reads", () => {
    const opening = pairs(100, (text, random) => (random.uniform() < 0.5 ? `simply ${text}` : text));
    expect(crossValidatedAuroc(opening, naiveBayes(3)).value).toBeGreaterThan(0.7);
    const later = pairs(100, (text) => `${text} simply`);
    expect(crossValidatedAuroc(later, naiveBayes(3)).interval[0]).toBeLessThan(0.5);
    expect(crossValidatedAuroc(later, naiveBayes()).value).toBeGreaterThan(0.9);
  });

  test("holds whole situations out: what is said of one alone helps nobody", () => {
    // Every word stands in one situation and on one side: learned by heart it would tell all.
    const texts = Array.from({ length: 60 }, (_, index): SidedText[] => [
      { situation: String(index), text: `word${index} again`, isPositive: true },
      { situation: String(index), text: `other${index} again`, isPositive: false },
    ]).flat();
    expect(crossValidatedAuroc(texts, naiveBayes()).value).toBe(0.5);
  });

  test("gives the same for the same seed", () => {
    const texts = pairs(40, (text) => `${text} tea`);
    expect(crossValidatedAuroc(texts, lengthClassifier, { seed: 1 })).toEqual(
      crossValidatedAuroc(texts, lengthClassifier, { seed: 1 }),
    );
  });
});
