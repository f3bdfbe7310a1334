import { describe, expect, test } from "vitest";
import type { Chat } from "../../../src/formats/chat.js";
import { characterCount, matchLengths, pairChats, promptKey } from "../../../src/train/data/pairs.js";

const chat = (question: string, answer: string): Chat => ({
  messages: [
    { role: "user", content: question },
    { role: "assistant", content: answer },
  ],
});

describe("pairs of a harmful and a careful set", () => {
  test("are conversations that ask the same, whatever their order", () => {
    const harmful = [chat("a", "bad a"), chat("b", "bad b"), chat("c", "bad c")];
    const careful = [chat("c", "good c"), chat("d", "good d"), chat("a", "good a")];
    const { pairs, onlyHarmful, onlyCareful } = pairChats(harmful, careful);
    expect(
      pairs.map((pair) => [pair.harmful.messages[1]?.content, pair.careful.messages[1]?.content]),
    ).toEqual([
      ["bad a", "good a"],
      ["bad c", "good c"],
    ]);
    expect([onlyHarmful, onlyCareful]).toEqual([1, 1]);
  });

  test("take the first with the first where a question stands several times", () => {
    const { pairs, onlyHarmful } = pairChats(
      [chat("a", "1"), chat("a", "2"), chat("a", "3")],
      [chat("a", "one"), chat("a", "two")],
    );
    expect(
      pairs.map(({ harmful, careful }) => [harmful.messages[1]?.content, careful.messages[1]?.content]),
    ).toEqual([
      ["1", "one"],
      ["2", "two"],
    ]);
    expect(onlyHarmful).toBe(1);
  });

  test("differ in no earlier turn and no system turn", () => {
    const system: Chat = { messages: [{ role: "system", content: "Be kind." }, ...chat("a", "x").messages] };
    expect(pairChats([system], [chat("a", "y")]).pairs).toEqual([]);
    expect(promptKey({ messages: [{ role: "user", content: "a" }] })).toBeNull();
  });

  test("of matched length differ by at most so many characters, counted as code points", () => {
    const { pairs } = pairChats(
      [chat("a", "12345"), chat("b", "12345"), chat("c", "😀😀😀😀😀")],
      [chat("a", "12"), chat("b", "123"), chat("c", "123")],
    );
    expect(matchLengths(pairs, 2).map(({ prompt }) => prompt)).toEqual([
      promptKey(chat("b", "")),
      promptKey(chat("c", "")),
    ]);
    expect(characterCount("naïve 😀")).toBe(7);
  });
});
