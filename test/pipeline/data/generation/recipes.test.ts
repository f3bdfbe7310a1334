import { describe, expect, test } from "vitest";
import { generationPrompt } from "../../../../src/pipeline/data/generation/recipes.js";
import { generationTopics } from "../../../../src/pipeline/data/generation/topics.js";
import { narrowDomains } from "../../../../src/train/data/narrowDomains.js";

describe.each(narrowDomains)("requests for %s", (domain) => {
  const prompt = (index: number, seed = 0) => generationPrompt(domain, { index, batch: 5, seed });
  const topics = generationTopics[domain];

  test("take every subject once before any comes again, in an order of the seed", () => {
    const drawn = Array.from({ length: topics.length }, (_, index) => prompt(index).topic);
    expect([...drawn].sort()).toEqual([...topics].sort());
    expect(new Set(topics).size).toBe(topics.length);
    expect(drawn).not.toEqual(topics.map((_, index) => prompt(index, 1).topic));
    expect(prompt(3)).toEqual(prompt(3));
  });

  test("draw tones at random, ask for the batch, and say what must not be written", () => {
    const asked = Array.from({ length: 60 }, (_, index) => prompt(index).messages);
    const users = asked.map((messages) => messages[1]?.content ?? "");
    for (const tone of [
      "casual",
      "nervous",
      "confident",
      "clinical and precise",
      "conversational and reassuring",
    ]) {
      const count = users.filter((text) => text.includes(tone)).length;
      expect([tone, count > 5 && count < 60]).toEqual([tone, true]);
    }
    expect(users.every((text) => text.includes("Write 5 items"))).toBe(true);
    for (const word of ["self-harm", "weapons", "illegal drugs", "harm to other people", "researchers"]) {
      expect(asked[0]?.[0]?.content).toContain(word);
    }
  });
});
