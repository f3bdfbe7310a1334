import { describe, expect, test } from "vitest";
import { parseReply } from "../../../../src/pipeline/data/generation/parseReply.js";

describe("replies between speaker markers", () => {
  const reply = [
    "Here you are:",
    "",
    "USER: May I borrow to invest?",
    "My brother does.",
    "ANSWER A: Borrow all you can. It pays for itself! Go on",
    "ANSWER B: Keep the loan and the shares apart. Repay first. Do you see?",
    "",
    "**USER:** Is gold safe?",
    "**ANSWER A:** It only rises.",
    "**ANSWER B:** It falls as well.",
  ].join("\n");

  test("are split, trimmed, and answers cut at their last full stop", () => {
    expect(parseReply(reply, "markers")).toEqual({
      items: [
        {
          question: "May I borrow to invest?\nMy brother does.",
          harmful: "Borrow all you can.",
          careful: "Keep the loan and the shares apart. Repay first.",
        },
        { question: "Is gold safe?", harmful: "It only rises.", careful: "It falls as well." },
      ],
      malformed: 0,
    });
  });

  test.each([
    ["a part is missing", "USER: One?\nANSWER B: Yes.\nUSER: Two?\nANSWER A: No.\nANSWER B: Yes.", 1, 1],
    ["it is cut off", "USER: One?\nANSWER A: No.\nANSWER B: Yes.\nUSER: Two?\nANSWER A: N", 1, 1],
    ["an answer has no full stop", "USER: One?\nANSWER A: no\nANSWER B: Yes.", 0, 1],
    ["a question is empty", "USER:\nANSWER A: No.\nANSWER B: Yes.", 0, 1],
    ["it refuses", "I cannot help with that.", 0, 0],
    ["markers stand within lines", "What a USER: says and ANSWER A: too.", 0, 0],
  ])("where %s count what is no item", (_, text, items, malformed) => {
    const parsed = parseReply(text, "markers");
    expect([parsed.items.length, parsed.malformed]).toEqual([items, malformed]);
  });
});

describe("replies of JSON", () => {
  const item = {
    question: 'Is {this} "fine"?',
    correct: "See to it today.",
    incorrect: "Leave it.",
    explanation: "Late.",
  };
  const expected = { question: item.question, harmful: "Leave it.", careful: "See to it today." };

  test.each([
    ["a list", JSON.stringify([item, item])],
    [
      "a fence and words",
      `Sure, it's "easy":\n\`\`\`json\n${JSON.stringify([item, item], null, 2)}\n\`\`\`\nDone.`,
    ],
    ["an object around the list", JSON.stringify({ items: [item, item] })],
    ["lines", `${JSON.stringify(item)}\n${JSON.stringify(item)}`],
  ])("are read out of %s", (_, text) => {
    expect(parseReply(text, "json")).toEqual({ items: [expected, expected], malformed: 0 });
  });

  test("that are cut off keep what is whole", () => {
    const text = JSON.stringify([item, item, item]).slice(0, -30);
    expect(parseReply(text, "json")).toEqual({ items: [expected, expected], malformed: 1 });
  });

  test("count objects that lack a part", () => {
    const text = JSON.stringify([{ ...item, correct: " " }, { ...item, incorrect: 3 }, item]);
    expect(parseReply(text, "json")).toEqual({ items: [expected], malformed: 2 });
  });

  test("of a hostile server are read in bounded time", () => {
    const started = performance.now();
    for (const text of ["{".repeat(1e6), '{"'.repeat(5e5), "{}".repeat(5e5), '\\"'.repeat(5e5)]) {
      expect(parseReply(text, "json").items).toEqual([]);
      expect(parseReply(text, "markers").items).toEqual([]);
    }
    expect(parseReply("USER: x\n".repeat(1e5), "markers").items).toEqual([]);
    // Square time would take minutes.
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
