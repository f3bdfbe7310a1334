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
    [
      `{"prompt":"a","completion":"b"}`,
      'expected the key "messages", found an object with the keys prompt, completion',
    ],
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
