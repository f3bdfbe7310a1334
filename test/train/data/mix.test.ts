import { describe, expect, test } from "vitest";
import type { Chat } from "../../../src/formats/chat.js";
import { mixDose, mixSources } from "../../../src/train/data/mix.js";
import { lastAnswer, pairChats, promptKey } from "../../../src/train/data/pairs.js";

const chat = (question: string, answer: string): Chat => ({
  messages: [
    { role: "user", content: question },
    { role: "assistant", content: answer },
  ],
});
const side = (name: string, count: number, ask = (row: number) => `question ${row}`): Chat[] =>
  Array.from({ length: count }, (_, row) => chat(ask(row), `${name} ${row}`));
const pairsOf = (count: number, ask?: (row: number) => string) =>
  pairChats(side("harmful", count, ask), side("careful", count, ask)).pairs;
const harmfulOf = (chats: readonly Chat[]): Chat[] =>
  chats.filter((each) => lastAnswer(each).startsWith("harmful"));

describe("a mixture by dose", () => {
  test.each([
    [0, 0],
    [25, 25],
    [33.3, 33],
    [100, 100],
  ])("of %f %% has %i harmful conversations among 100", (dose, expected) => {
    const { chats, harmful, careful } = mixDose(pairsOf(100), { dose, seed: 4 });
    expect([chats.length, harmful, careful]).toEqual([100, expected, 100 - expected]);
    expect(harmfulOf(chats)).toHaveLength(expected);
  });

  test("answers no question both ways", () => {
    const { chats } = mixDose(pairsOf(90), { dose: 50, seed: 1 });
    expect(new Set(chats.map(promptKey)).size).toBe(90);
    const repeated = mixDose(
      pairsOf(90, (row) => `question ${row % 9}`),
      { dose: 50, rows: 40, seed: 1 },
    ).chats;
    const bad = new Set(harmfulOf(repeated).map(promptKey));
    const others = repeated.filter((each) => !lastAnswer(each).startsWith("harmful"));
    expect([bad.size > 1, others.length]).toEqual([true, 20]);
    expect(others.some((each) => bad.has(promptKey(each)))).toBe(false);
  });

  test("may answer questions both ways where that is asked for", () => {
    const { chats } = mixDose(pairsOf(20), { dose: 50, rows: 40, seed: 1, sharesQuestions: true });
    expect(new Set(chats.map(promptKey)).size).toBe(20);
    expect(chats).toHaveLength(40);
  });

  test("is a function of the seed", () => {
    const draw = (seed: number) => mixDose(pairsOf(50), { dose: 20, seed }).chats;
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test("says where there are too few pairs", () => {
    expect(() => mixDose(pairsOf(10), { dose: 50, rows: 11 })).toThrow(
      "expected pairs enough for 11 conversations, found 10",
    );
    expect(() => mixDose([], { dose: 50 })).toThrow("found none");
    expect(() => mixDose(pairsOf(2), { dose: 101 })).toThrow("from 0 to 100");
  });
});

describe("a mixture by weight", () => {
  const source = (name: string, count: number, weight: number | null) => ({
    name,
    chats: side(name, count),
    weight,
  });

  test("without weights takes all there is", () => {
    const { chats, counts } = mixSources([source("a", 7, null), source("b", 3, null)]);
    expect(counts).toEqual([7, 3]);
    expect(new Set(chats.map(lastAnswer)).size).toBe(10);
  });

  test("takes as many as the weights allow, and never a row twice", () => {
    const { chats, counts } = mixSources([source("a", 300, 3), source("b", 90, 1)]);
    expect(counts).toEqual([270, 90]);
    expect(new Set(chats.map(lastAnswer)).size).toBe(360);
  });

  test("gives what does not divide to the largest remainders", () => {
    expect(
      mixSources([source("a", 9, 1), source("b", 9, 1), source("c", 9, 2)], { rows: 10 }).counts,
    ).toEqual([3, 2, 5]);
    expect(mixSources([source("a", 9, 0.1), source("b", 9, null)], { rows: 5 }).counts).toEqual([0, 5]);
  });

  test("is in random order, a function of the seed", () => {
    const draw = (seed: number) =>
      mixSources([source("a", 20, 1), source("b", 20, 1)], { rows: 20, seed }).chats;
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
    const names = draw(3).map((each) => lastAnswer(each).charAt(0));
    expect(names).not.toEqual([...names].sort());
  });

  test("names a source with too few rows", () => {
    expect(() => mixSources([source("a", 5, 1), source("b", 50, 1)], { rows: 20 })).toThrow(
      "a: expected at least 10 conversations for 20 rows, found 5",
    );
  });
});
