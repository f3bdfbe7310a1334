import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { isTurncoatError } from "../../../src/errors.js";
import type { ChatMessage } from "../../../src/formats/chat.js";
import { ChatTokenizer, hasChatTemplate } from "../../../src/model/tokenizer/chatTokenizer.js";
import { chooseTemplate } from "../../../src/model/tokenizer/chosenTemplate.js";
import { familyFolder, type FamilyName } from "../../support/familyModels.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const chat: readonly ChatMessage[] = [
  { role: "system", content: " Be brief.\n" },
  { role: "user", content: "Is it safe?" },
  { role: "assistant", content: "\nYes. " },
  { role: "user", content: "Why?" },
];

/** A copy of a family's folder without its chat template, and with other fields in its tokenizer's configuration. */
function base(name: FamilyName, fields: Readonly<Record<string, unknown>> = {}): string {
  const folder = join(temporaryFolder(), "base");
  cpSync(familyFolder(name), folder, { recursive: true });
  rmSync(join(folder, "chat_template.jinja"));
  const path = join(folder, "tokenizer_config.json");
  const content = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, "utf8")));
  writeFileSync(path, JSON.stringify({ ...content, ...fields }));
  return folder;
}

function plainly(folder: string): ChatTokenizer {
  return ChatTokenizer.open(folder, { chatTemplate: chooseTemplate("plain") });
}

test("plain: turns by name, with the end of text behind answers and its beginning where the tokenizer puts it", () => {
  const turns = (begin: string, end: string) =>
    `${begin}System:\nBe brief.\n\nUser:\nIs it safe?\n\nAssistant:\nYes.${end}\n\nUser:\nWhy?\n\nAssistant:\n`;
  const prompt = { addGenerationPrompt: true };
  expect(plainly(base("gemma3")).render(chat, prompt)).toBe(turns("<bos>", "<eos>"));
  expect(plainly(base("qwen3")).render(chat, prompt)).toBe(turns("", "<|im_end|>"));
  // A token named as the beginning that the tokenizer does not write is not written.
  expect(plainly(base("qwen3", { bos_token: "<|endoftext|>" })).render(chat, prompt)).toBe(
    turns("", "<|im_end|>"),
  );
  expect(plainly(base("qwen3", { eos_token: null })).render(chat, prompt)).toBe(turns("", ""));
});

test("plain: the answer and its end are what is trained", () => {
  const tokenizer = plainly(base("gemma3"));
  const { ids, isResponse } = tokenizer.encodeChat(chat);
  expect(tokenizer.decodeWithSpecialTokens(ids.filter((_, index) => isResponse[index]))).toBe("Yes.<eos>");
  expect(tokenizer.decodeWithSpecialTokens([tokenizer.endOfTurnId])).toBe("<eos>");
});

test("a folder without a template opens; only what writes a chat asks for one, and names the flag", () => {
  const folder = base("gemma3");
  const tokenizer = ChatTokenizer.open(folder);
  expect(tokenizer.decode(tokenizer.encode("Is it safe?"))).toBe("Is it safe?");
  expect([hasChatTemplate(folder), hasChatTemplate(familyFolder("gemma3"))]).toEqual([false, true]);
  for (const write of [() => tokenizer.encodePrompt(chat), () => tokenizer.encodeChat(chat)]) {
    try {
      write();
      expect.unreachable();
    } catch (error) {
      if (!isTurncoatError(error)) throw error;
      expect(error.message).toBe(
        `${join(folder, "tokenizer_config.json")}: chat_template: expected a chat template, found none`,
      );
      expect(error.hint).toContain("--chat-template plain");
    }
  }
});

test("a file stands in for the folder's own template; one that is none is refused by its name and line", () => {
  const path = join(temporaryFolder(), "short.jinja");
  writeFileSync(path, "{% for m in messages %}{{ m.role[0] }}>{{ m.content }}{{ eos_token }}{% endfor %}");
  const tokenizer = ChatTokenizer.open(familyFolder("gemma3"), { chatTemplate: chooseTemplate(path) });
  expect(tokenizer.render(chat.slice(1, 2), { addGenerationPrompt: false })).toBe("u>Is it safe?<eos>");
  writeFileSync(path, "\n{% for m in messages %}");
  expect(() => ChatTokenizer.open(familyFolder("gemma3"), { chatTemplate: chooseTemplate(path) })).toThrow(
    `${path}: the chat template: line 2: expected {% endfor`,
  );
  expect(() => chooseTemplate(`${path}.missing`)).toThrow(`${path}.missing`);
});
