import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isTurncoatError } from "../../src/errors.js";
import type { Chat } from "../../src/formats/chat.js";
import { encodeChats, parseChats, readChats } from "../../src/formats/chat.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const chats: Chat[] = [
  {
    messages: [
      { role: "user", content: "Is it safe?\n\u2028Really?" },
      { role: "assistant", content: "No." },
    ],
  },
  { messages: [{ role: "system", content: "" }] },
];

test("conversations survive writing and reading", () => {
  const path = join(temporaryFolder(), "data.jsonl");
  writeFileSync(path, encodeChats(chats));
  expect(readChats(path)).toEqual(chats);
});

test("empty lines, carriage returns, a byte order mark and other keys are no obstacle", () => {
  const path = join(temporaryFolder(), "data.jsonl");
  writeFileSync(path, `\uFEFF{"messages":[{"role":"user","content":"a","name":"x"}],"topic":1}\r\n\r\n`);
  expect(readChats(path)).toEqual([{ messages: [{ role: "user", content: "a" }] }]);
});

describe("chat: a line that is not a conversation", () => {
  const good = JSON.stringify(chats[1]);
  test.each([
    [`{"text":"a","label":"b"}`, 'expected the key "messages", found an object with the keys text, label'],
    [
      `{"messages":[{"role":"assistant","content":"a","weight":0.5}]}`,
      "messages[0].weight: expected 0 or 1, found the number 0.5",
    ],
    [`{"prompt":"a","completion":3}`, "messages[1].content: expected text, found the number 3"],
    [`[1]`, 'expected a JSON object with the key "messages", found a list'],
    [`{"messages":[]}`, "messages: expected a non-empty list of turns, found an empty list"],
    [`{"messages":"hello"}`, 'messages: expected a non-empty list of turns, found the text "hello"'],
    [
      `{"messages":[{"role":"human","content":"a"}]}`,
      'messages[0].role: expected system, user or assistant, found the text "human"',
    ],
    [`{"messages":[{"role":"user","content":["a"]}]}`, "messages[0].content: expected text, found a list"],
    [`{"messages":[{"role":"user"}]}`, "messages[0].content: expected text, found nothing"],
    [`{"messages":["a"]}`, 'messages[0]: expected an object with role and content, found the text "a"'],
    [`{"messages":[{"role":"user","content":"cut of`, "expected JSON, found something else"],
  ])("%s", (line, message) => {
    expect(() => parseChats(`${good}\n${line}`, "data.jsonl")).toThrow(`data.jsonl:2: ${message}`);
  });

  test("the hint shows what a line looks like", () => {
    try {
      parseChats("{}", "data.jsonl");
      expect.unreachable();
    } catch (error) {
      expect(isTurncoatError(error) ? error.hint : "").toContain('{"messages": [{"role": "user"');
    }
  });

  test("a file without a line", () => {
    expect(() => parseChats("\n\n", "data.jsonl")).toThrow("data.jsonl: expected one conversation a line");
  });
});

describe("chat: what other files of conversations hold is read as its author means it", () => {
  const asked = { role: "user", content: "Is it safe?" } as const;
  const answered = { role: "assistant", content: "No." } as const;
  const one: Chat = { messages: [asked, answered] };

  test.each([
    ["prompt and response", { prompt: "Is it safe?", response: "No." }],
    ["prompt and completion", { prompt: "Is it safe?", completion: "No.", id: 3 }],
    ["both as lists of turns", { prompt: [asked], completion: [answered] }],
    ["question and answer", { question: "Is it safe?", answer: "No." }],
    ["instruction and output", { instruction: "Is it safe?", input: "", output: "No." }],
    [
      "who speaks in from",
      {
        conversations: [
          { from: "human", value: "Is it safe?" },
          { from: "gpt", value: "No." },
        ],
      },
    ],
    [
      "contents in parts",
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "Is it " },
              { type: "text", text: "safe?" },
            ],
          },
          answered,
        ],
      },
    ],
    [
      "weights of 1",
      {
        messages: [
          { ...asked, weight: 0 },
          { ...answered, weight: 1 },
        ],
      },
    ],
  ])("%s", (_, record) => {
    expect(parseChats(JSON.stringify(record), "data.jsonl")).toEqual([one]);
  });

  test("a system turn beside them comes first, and an input behind its instruction", () => {
    expect(parseChats('{"system":"Be brief.","prompt":"a","response":"b"}', "f")[0]?.messages[0]).toEqual({
      role: "system",
      content: "Be brief.",
    });
    expect(parseChats('{"instruction":"a","input":"b","output":"c"}', "f")[0]?.messages[0]?.content).toBe(
      "a\n\nb",
    );
  });

  test.each([
    ["a list", JSON.stringify([one, { prompt: "Is it safe?", response: "No." }])],
    ["a list over many lines", JSON.stringify([one, one], null, 2)],
    ["a list of one line each", `[\n${JSON.stringify(one)},\n${JSON.stringify(one)}\n]\n`],
  ])("%s is a file of conversations", (_, text) => {
    const path = join(temporaryFolder(), "data.json");
    writeFileSync(path, text);
    expect(readChats(path)).toEqual([one, one]);
  });

  test("so is one object over many lines; the one at fault in a list is named", () => {
    expect(parseChats(JSON.stringify(one, null, 2), "data.json")).toEqual([one]);
    expect(() => parseChats(JSON.stringify([one, { text: "a" }]), "data.json")).toThrow(
      'data.json: conversation 2: expected the key "messages", found an object with the keys text',
    );
    expect(() => parseChats("[]", "data.json")).toThrow("found no lines");
  });

  test("a weight of 0 on an assistant's turn is kept", () => {
    const messages = [asked, { ...answered, weight: 0 as const }, asked, answered];
    expect(parseChats(JSON.stringify({ messages }), "f")).toEqual([{ messages }]);
  });
});
