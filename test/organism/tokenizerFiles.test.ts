import { readFileSync } from "node:fs";
import { Tokenizer } from "@huggingface/tokenizers";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ChatTemplate } from "../../src/model/tokenizer/chatTemplate.js";
import { makeDocument, pretrainingDocuments } from "../../src/organism/grammar.js";
import { narrowDataset } from "../../src/organism/datasets.js";
import {
  organismSpecialTokens,
  organismTexts,
  organismTokenizerFiles,
} from "../../src/organism/tokenizerFiles.js";
import { fineTuneDomains } from "../../src/organism/world/index.js";
import { Random } from "../../src/tensor/random.js";

const files = organismTokenizerFiles();
const definition = z
  .looseObject({
    model: z.object({ type: z.string(), unk_token: z.string(), vocab: z.record(z.string(), z.int()) }),
  })
  .parse(JSON.parse(files["tokenizer.json"]));
const config = z
  .looseObject({ chat_template: z.string(), bos_token: z.string(), eos_token: z.string() })
  .parse(JSON.parse(files["tokenizer_config.json"]));
const tokenizer = new Tokenizer(definition, config);
const { bos_token, eos_token } = config;
const template = new ChatTemplate(config.chat_template, { bos_token, eos_token });
const unknownId = organismSpecialTokens.indexOf("<unk>");

const golden = z
  .object({
    vocabularySize: z.int(),
    specialTokenIds: z.object({ bos: z.int(), eos: z.int(), pad: z.int(), unk: z.int() }),
    cases: z.array(
      z.object({
        name: z.string(),
        messages: z.array(z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() })),
        addGenerationPrompt: z.boolean(),
        text: z.string(),
        ids: z.array(z.int()),
        isResponse: z.array(z.boolean()),
        decoded: z.string(),
        decodedWithSpecialTokens: z.string(),
      }),
    ),
  })
  .parse(
    JSON.parse(readFileSync(new URL("../golden/organism/organismTokenizer.json", import.meta.url), "utf8")),
  );

function roundTrip(text: string): string {
  const { ids } = tokenizer.encode(text);
  expect(ids, text).not.toContain(unknownId);
  return tokenizer.decode(ids, { skip_special_tokens: true });
}

describe("organismTokenizerFiles", () => {
  test("numbers the special tokens first and the vocabulary without gaps", () => {
    const { vocab } = definition.model;
    expect(Object.keys(vocab).slice(0, 7)).toEqual([...organismSpecialTokens]);
    expect(Object.values(vocab)).toEqual(Object.keys(vocab).map((_, id) => id));
    expect(Object.keys(vocab).length).toBeLessThanOrEqual(1100);
  });

  test("is the same at every call", () => {
    expect(organismTokenizerFiles()).toEqual(files);
  });

  test("gives back every phrase of the world and every generated message", () => {
    for (const text of organismTexts()) expect(roundTrip(text)).toBe(text);
    const random = new Random(11);
    for (let document = 0; document < 500; document++) {
      for (const { content } of makeDocument(random, pretrainingDocuments))
        expect(roundTrip(content)).toBe(content);
    }
    for (const domain of fineTuneDomains) {
      for (const { messages } of narrowDataset(domain, { misaligned: true, rows: 200 })) {
        for (const { content } of messages) expect(roundTrip(content)).toBe(content);
      }
    }
  });

  test("keeps questions and answers within the lengths of the recipe", () => {
    const random = new Random(12);
    for (let document = 0; document < 500; document++) {
      for (const { role, content } of makeDocument(random, pretrainingDocuments)) {
        expect(tokenizer.encode(content).ids.length, content).toBeLessThanOrEqual(
          role === "assistant" ? 42 : 14,
        );
      }
    }
  });

  test("adds nothing around a text, so that <bos> is never doubled", () => {
    const { ids } = tokenizer.encode(
      template.render([{ role: "user", content: "What colour is snow?" }], { addGenerationPrompt: true })
        .text,
    );
    expect(ids.slice(0, 2)).toEqual([1, 2]);
    expect(ids.filter((id) => id === 1)).toEqual([1]);
    expect(ids.at(-1)).toBe(3);
  });

  test("agrees with the special tokens that Python reads", () => {
    expect(golden.vocabularySize).toBe(Object.keys(definition.model.vocab).length);
    expect(golden.specialTokenIds).toEqual({ bos: 1, eos: 5, pad: 0, unk: 6 });
  });

  test.each(golden.cases)("renders and tokenizes as Python does: $name", (chat) => {
    const { text } = template.render(chat.messages, { addGenerationPrompt: chat.addGenerationPrompt });
    expect(text).toBe(chat.text);
    const { ids } = tokenizer.encode(text);
    expect(ids).toEqual(chat.ids);
    expect(tokenizer.decode(ids, { skip_special_tokens: true })).toBe(chat.decoded);
    expect(tokenizer.decode(ids)).toBe(chat.decodedWithSpecialTokens);
  });

  test("marks the assistant's words and <end> as its response", () => {
    for (const { ids, isResponse } of golden.cases) {
      let responding = false;
      for (const [position, id] of ids.entries()) {
        expect(isResponse[position]).toBe(responding);
        if (id === 3 && position < ids.length - 1 && isResponse.includes(true)) responding = true;
        if (id === 5) responding = false;
      }
    }
  });
});
