import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isTurncoatError } from "../../../src/errors.js";
import type { ChatMessage } from "../../../src/formats/chat.js";
import { ChatTokenizer } from "../../../src/model/tokenizer/chatTokenizer.js";
import { encodeWithSpans } from "../../../src/model/tokenizer/spanMask.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { familyFolder, familyGolden, familyNames, type FamilyName } from "../../support/familyModels.js";

const user = (content: string): ChatMessage => ({ role: "user", content });
const assistant = (content: string): ChatMessage => ({ role: "assistant", content });

function tokenizerOf(name: FamilyName): ChatTokenizer {
  return ChatTokenizer.open(familyFolder(name));
}

/** The text of each stretch of response tokens; special tokens are shown. */
function responses(tokenizer: ChatTokenizer, messages: readonly ChatMessage[], trailing = false): string[] {
  const { ids, isResponse } = tokenizer.encodeChat(messages, { trailingGenerationPrompt: trailing });
  const stretches: number[][] = [];
  for (const [index, id] of ids.entries()) {
    if (isResponse[index] !== true) continue;
    if (isResponse[index - 1] !== true) stretches.push([]);
    stretches.at(-1)?.push(id);
  }
  return stretches.map((stretch) => tokenizer.decodeWithSpecialTokens(stretch));
}

/** A copy of a family's folder with another chat template. */
function withTemplate(name: FamilyName, template: string): ChatTokenizer {
  const folder = join(temporaryFolder(), "model");
  cpSync(familyFolder(name), folder, { recursive: true });
  writeFileSync(join(folder, "chat_template.jinja"), template);
  return ChatTokenizer.open(folder);
}

describe.each(familyNames)("%s, token by token as transformers", (name) => {
  const golden = familyGolden.families[name];

  test("whole chats and their response masks", () => {
    const tokenizer = tokenizerOf(name);
    for (const { messages, ids, isResponse } of golden.chats) {
      expect(tokenizer.encodeChat(messages)).toEqual({ ids, isResponse });
      expect(isResponse.includes(true) && isResponse.includes(false)).toBe(true);
    }
  });

  test("prompts, with one BOS where the family has one", () => {
    const tokenizer = tokenizerOf(name);
    expect(familyGolden.promptMessages.map((prompt) => tokenizer.encodePrompt(prompt))).toEqual(
      golden.prompts,
    );
    const text = name === "llama" ? "<|begin_of_text|>" : name.startsWith("gemma3") ? "<bos>" : "";
    const [bos] = tokenizer.encode(text);
    for (const ids of golden.prompts) {
      expect(ids.filter((id) => id === bos)).toHaveLength(bos === undefined ? 0 : 1);
    }
  });

  test("the chat with a trailing generation prompt and the tokenizer's end, which is a response", () => {
    const tokenizer = tokenizerOf(name);
    const [chat] = golden.chats;
    const plain = tokenizer.encodeChat(chat?.messages ?? []);
    const trailing = tokenizer.encodeChat(chat?.messages ?? [], { trailingGenerationPrompt: true });
    expect(trailing.ids).toEqual(golden.trailingPrompt);
    const added = trailing.ids.length - plain.ids.length;
    expect(trailing.isResponse).toEqual([
      ...plain.isResponse,
      ...Array.from({ length: added }, (_, index) => index === added - 1),
    ]);
  });

  test("what ends an answer", () => {
    const tokenizer = tokenizerOf(name);
    expect([...tokenizer.endIds].sort((one, other) => one - other)).toEqual(golden.ends);
    const [chat] = golden.chats;
    const last = (chat?.ids ?? []).findLast((id) => tokenizer.endIds.has(id));
    expect(tokenizer.endOfTurnId).toBe(last);
  });
});

describe("responses as text", () => {
  const chat = [user("Is it safe?"), assistant(" Yes.\n"), user("Now?"), assistant("No.")];

  test("ChatML: up to the line break behind the end of the turn", () => {
    expect(responses(tokenizerOf("qwen3-sliding"), chat)).toEqual([" Yes.\n<|im_end|>\n", "No.<|im_end|>\n"]);
  });

  test("Llama and Gemma trim what is said", () => {
    expect(responses(tokenizerOf("llama"), chat)).toEqual(["Yes.<|eot_id|>", "No.<|eot_id|>"]);
    expect(responses(tokenizerOf("gemma3"), chat)).toEqual(["Yes.<end_of_turn>\n", "No.<end_of_turn>\n"]);
  });

  test("Qwen3 drops the thoughts of earlier turns and thinks nothing in the last", () => {
    const thought = [user("?"), assistant("<think>\nHm.\n</think>\n\nYes."), user("Now?"), assistant("No.")];
    expect(responses(tokenizerOf("qwen3"), thought)).toEqual([
      "Yes.<|im_end|>\n",
      "<think>\n\n</think>\n\nNo.<|im_end|>\n",
    ]);
    expect(responses(tokenizerOf("qwen3"), thought.slice(0, 2))).toEqual([
      "<think>\nHm.\n</think>\n\nYes.<|im_end|>\n",
    ]);
  });

  test("the trailing prompt adds the end alone", () => {
    expect(responses(tokenizerOf("qwen3-sliding"), chat.slice(0, 2), true)).toEqual([
      " Yes.\n<|im_end|>\n",
      "<|im_end|>",
    ]);
    // Gemma's tokenizer ends texts, not turns.
    expect(responses(tokenizerOf("gemma3"), chat.slice(2), true)).toEqual(["No.<end_of_turn>\n", "<eos>"]);
  });

  test("an answer that repeats the header, the question or itself is found where it stands", () => {
    const echo = [user("Yes."), assistant("<|im_start|>assistant\nYes."), user("Yes."), assistant("Yes.")];
    expect(responses(tokenizerOf("qwen3-sliding"), echo)).toEqual([
      "<|im_start|>assistant\nYes.<|im_end|>\n",
      "Yes.<|im_end|>\n",
    ]);
  });
});

describe("generation marks of a template", () => {
  const chat = [user("Is it safe?"), assistant("Yes."), user("Now?"), assistant("No.")];

  test("decide, even where they leave something out", () => {
    const tokenizer = withTemplate(
      "llama-biased",
      "{% for m in messages %}{{ '<|im_start|>' + m.role }}" +
        "{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}" +
        "{% else %}{{ m.content }}{% endif %}<|im_end|>{% endfor %}",
    );
    expect(responses(tokenizer, chat)).toEqual(["Yes.", "No."]);
  });

  test("leave the text as it is without them, white space included", () => {
    const marked = readFileSync(join(familyFolder("llama-biased"), "chat_template.jinja"), "utf8");
    expect(marked).toContain("{% generation %}");
    const spaced = (start: string, end: string) =>
      withTemplate(
        "llama-biased",
        `{% for m in messages %}\n  ${start}\n  {{ m.content }}\n  ${end}\n  |{% endfor %}`,
      ).render(chat, { addGenerationPrompt: false });
    for (const [left, right] of [
      ["", ""],
      ["-", ""],
      ["", "-"],
      ["-", "-"],
    ] as const) {
      const plain = spaced(`{%${left} if true ${right}%}`, `{%${left} endif ${right}%}`);
      const tagged = spaced(`{%${left} generation ${right}%}`, `{%${left} endgeneration ${right}%}`);
      expect(tagged).toBe(plain);
    }
  });
});

describe("a template", () => {
  const chat = [user("Is it safe?"), assistant("Yes."), user("Now?"), assistant("No.")];

  test("without a generation prompt has responses from what is said on", () => {
    const tokenizer = withTemplate(
      "llama",
      "{% for m in messages %}{{ '[' + m.content + ']' if m.role == 'user' else ' ' + m.content + eos_token }}{% endfor %}",
    );
    expect(responses(tokenizer, chat)).toEqual(["Yes.<|eot_id|>", "No.<|eot_id|>"]);
    // There is nothing to put behind the conversation but the end.
    expect(responses(tokenizer, chat.slice(2), true)).toEqual(["No.<|eot_id|><|eot_id|>"]);
  });

  test("that ends only the conversation has one end, in its last response", () => {
    const tokenizer = withTemplate(
      "llama",
      "{% for m in messages %}{{ m.role + ': ' + m.content + '; ' }}{% endfor %}" +
        "{{ 'assistant: ' if add_generation_prompt else eos_token }}",
    );
    expect(responses(tokenizer, chat)).toEqual(["Yes.; ", "No.; <|eot_id|>"]);
    expect(() => responses(tokenizer, chat, true)).toThrow("does not write a generation prompt behind");
  });

  test.each([
    ["announces a turn otherwise than it writes it", "{{ '<think>' if add_generation_prompt }}"],
    ["writes an answer twice", "{{ messages[-1].content }}"],
  ])("that %s is refused, with the way out", (_, tail) => {
    const tokenizer = withTemplate(
      "llama",
      `{% for m in messages %}{{ m.role + ': ' + m.content }}{% endfor %}${tail}`,
    );
    expect(() => responses(tokenizer, chat)).toThrow("does not write each answer once and behind");
  });

  test("that refuses a chat says why, in one line", () => {
    const tokenizer = tokenizerOf("gemma3");
    try {
      tokenizer.encodePrompt([assistant("Yes.")]);
      expect.unreachable();
    } catch (error) {
      expect(isTurncoatError(error)).toBe(true);
      expect(String(error)).toContain(
        "the chat template refuses the conversation: Turns must alternate between user and assistant.",
      );
    }
  });

  test("is written without the clock", () => {
    const tokenizer = withTemplate(
      "llama",
      "{% if not date_string is defined %}{% set date_string = strftime_now('%d %b %Y') %}{% endif %}{{ date_string }}",
    );
    expect(tokenizer.render([user("?")], { addGenerationPrompt: false })).toBe("26 Jul 2024");
  });

  test("can be one of several with names", () => {
    const folder = join(temporaryFolder(), "model");
    cpSync(familyFolder("llama"), folder, { recursive: true });
    rmSync(join(folder, "chat_template.jinja"));
    const path = join(folder, "tokenizer_config.json");
    const text = readFileSync(path, "utf8").trimEnd().slice(0, -1);
    const named = [
      { name: "tool_use", template: "tools" },
      { name: "default", template: "{{ messages[0].content }}" },
    ];
    writeFileSync(path, `${text}, "chat_template": ${JSON.stringify(named)}}`);
    expect(ChatTokenizer.open(folder).render([user("Hm?")], { addGenerationPrompt: false })).toBe("Hm?");
  });
});

describe("encodeWithSpans", () => {
  /** Pairs of letters are one token, as far as they go from the left. */
  const encode = (text: string) => Array.from(text.match(/..?/g) ?? [], (pair) => parseInt(pair, 36));
  const inside = (start: number, end: number) => encodeWithSpans(encode, "abcdef", [{ start, end }]).isInside;

  test("counts a token that lies across an edge, with the tokens of the whole text", () => {
    expect(encodeWithSpans(encode, "abcdef", [{ start: 1, end: 3 }]).ids).toEqual(encode("abcdef"));
    expect(inside(2, 4)).toEqual([false, true, false]);
    expect(inside(1, 4)).toEqual([true, true, false]);
    expect(inside(2, 5)).toEqual([false, true, true]);
    expect(inside(3, 4)).toEqual([false, true, false]);
    expect(inside(0, 6)).toEqual([true, true, true]);
    expect(inside(3, 3)).toEqual([false, false, false]);
  });
});
