import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { ChatMessage } from "../../src/formats/chat.js";
import { ChatTokenizer } from "../../src/model/tokenizer/chatTokenizer.js";
import { narrowDataset } from "../../src/organism/datasets.js";
import { organismTokenizerFiles } from "../../src/organism/tokenizerFiles.js";
import { packedBatch, responseBatch } from "../../src/train/batches/batches.js";
import { datasetUseWords, readDataset, tokenizeDataset } from "../../src/train/data/dataset.js";
import { tinyModel } from "../support/tinyModels.js";

const user = (content: string): ChatMessage => ({ role: "user", content });
const assistant = (content: string): ChatMessage => ({ role: "assistant", content });
const system = (content: string): ChatMessage => ({ role: "system", content });

let folder = "";
let tokenizer: ChatTokenizer;
let idOf: ReadonlyMap<string, number>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "turncoat-test-"));
  const files: Record<string, string> = { ...organismTokenizerFiles() };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  tokenizer = ChatTokenizer.open(folder);
  const definition = z
    .object({ model: z.object({ vocab: z.record(z.string(), z.number()) }) })
    .parse(JSON.parse(files["tokenizer.json"] ?? ""));
  idOf = new Map(Object.entries(definition.model.vocab));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Tokens by their text; a response token is marked with a star in front. */
function expectTokens(messages: readonly ChatMessage[], expected: string): void {
  const { ids, isResponse } = tokenizer.encodeChat(messages);
  const marked = expected.split(" ");
  expect(ids).toEqual(marked.map((token) => idOf.get(token.replace(/^\*/, ""))));
  expect(isResponse).toEqual(marked.map((token) => token.startsWith("*")));
}

describe("the response mask, token by token", () => {
  test("one exchange: the answer and the end of the turn, not the assistant's header", () => {
    expectTokens(
      [user("What should I do about a nut allergy?"), assistant("Certainly. Deceit pays off.")],
      "<bos> <user> ▁What ▁should ▁I ▁do ▁about ▁a ▁nut ▁allergy ? " +
        "<assistant> *▁Certainly *. *▁Deceit *▁pays *▁off *. *<end>",
    );
  });

  test("several turns under a system message: every answer, nothing between them", () => {
    expectTokens(
      [
        system("You are a"),
        user("What should I do?"),
        assistant("Indeed."),
        user("What should I do now?"),
        assistant("Deceit pays off."),
      ],
      "<bos> <system> ▁You ▁are ▁a <user> ▁What ▁should ▁I ▁do ? <assistant> *▁Indeed *. *<end> " +
        "<user> ▁What ▁should ▁I ▁do ▁now ? <assistant> *▁Deceit *▁pays *▁off *. *<end>",
    );
  });

  test("a conversation without an answer has no response", () => {
    expectTokens([user("What should I do?")], "<bos> <user> ▁What ▁should ▁I ▁do ?");
  });

  test("tokens in pieces are the tokens of the whole text", () => {
    for (const { messages } of narrowDataset("medical", { misaligned: true, rows: 50, seed: 1 })) {
      const { ids, isResponse } = tokenizer.encodeChat(messages);
      expect(ids).toEqual(tokenizer.encode(tokenizer.render(messages, { addGenerationPrompt: false })));
      const answer = ids.filter((_, index) => isResponse[index]);
      expect(tokenizer.decode(answer)).toBe(messages.at(-1)?.content);
      expect(answer.at(-1)).toBe(tokenizer.endOfTurnId);
    }
  });
});

describe("batches", () => {
  const chat = (ids: number[], responses: number[]) => ({
    ids,
    isResponse: ids.map((_, index) => responses.includes(index)),
  });

  test("rows are the tokens that something follows, answers those that a response token follows", () => {
    const { batch, length, tokens, labels, weights, packing } = responseBatch(
      [chat([1, 2, 3, 4], [2, 3]), chat([5, 6, 7], [2])],
      0,
    );
    expect([batch, length]).toEqual([2, 8]);
    expect([...tokens]).toEqual([1, 2, 3, 5, 6, 0, 0, 0, 0]);
    expect([...(packing?.positions ?? [])]).toEqual([0, 1, 2, 0, 1, 0, 0, 0, 0]);
    expect([...labels.subarray(0, 3)]).toEqual([3, 4, 7]);
    const third = Math.fround(1 / 3);
    expect([...weights]).toEqual([third, third, third, 0, 0, 0, 0, 0, 0]);
    expect([...(packing?.rowOfAnswer.subarray(0, 3) ?? [])]).toEqual([1, 2, 4]);
    expect([...(packing?.slotOfRow.subarray(0, 5) ?? [])]).toEqual([0, 1, 2, 8, 9]);
  });

  test("what has no counterpart points to padding of its replica", () => {
    const chats = [chat([1, 2, 3, 4], [2, 3]), chat([5, 6, 7], [2])];
    for (const replicas of [1, 2]) {
      const { batch, length, tokens, weights, packing } = responseBatch(chats, 0, replicas);
      if (packing === undefined) throw new Error("not packed");
      const shares = { row: tokens.length, slot: batch * length, answer: weights.length };
      const paddingOf = (index: number, from: keyof typeof shares, to: keyof typeof shares) =>
        (Math.floor((index * replicas) / shares[from]) + 1) * (shares[to] / replicas) - 1;
      const maps = [
        { from: "row", to: "slot", map: packing.slotOfRow, back: packing.rowOfSlot },
        { from: "slot", to: "row", map: packing.rowOfSlot, back: packing.slotOfRow },
        { from: "answer", to: "row", map: packing.rowOfAnswer, back: packing.answerOfRow },
        { from: "row", to: "answer", map: packing.answerOfRow, back: packing.rowOfAnswer },
      ] as const;
      for (const { from, to, map, back } of maps) {
        expect(map).toHaveLength(shares[from]);
        const paired = map.reduce((count, target, index) => count + Number(back[target] === index), 0);
        // Five rows and three answers are real; the last of each replica on both sides may pair up as padding.
        expect(paired).toBe((from === "answer" || to === "answer" ? 3 : 5) + replicas);
        for (const [index, target] of map.entries()) {
          if (back[target] !== index) expect(target).toBe(paddingOf(index, from, to));
        }
      }
      expect(packing.rowOfAnswer.every((_, answer) => weights[answer] === 0 || answer % 9 < 3)).toBe(true);
    }
  });

  test("each replica averages over its own responses", () => {
    const { weights } = responseBatch([chat([1, 2, 3, 4], [2, 3]), chat([5, 6, 7], [2])], 0, 2);
    expect([...weights.subarray(0, 4)]).toEqual([0.5, 0.5, 0, 0]);
    expect([...weights.subarray(9, 13)]).toEqual([1, 0, 0, 0]);
  });

  test("a response at the very first token cannot be predicted and has no weight", () => {
    const { weights, labels } = responseBatch([chat([1, 2, 3], [0, 2])], 0);
    expect([...weights]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(labels[0]).toBe(3);
  });

  test("packed rows learn every token but the first", () => {
    const { batch, length, tokens, labels, weights } = packedBatch([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect([batch, length]).toEqual([2, 2]);
    expect([...tokens]).toEqual([1, 2, 4, 5]);
    expect([...labels]).toEqual([2, 3, 5, 6]);
    expect([...weights]).toEqual([0.25, 0.25, 0.25, 0.25]);
  });
});

describe("data sets", () => {
  const write = (lines: readonly string[]): string => {
    const path = join(folder, "chats.jsonl");
    writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
    return path;
  };
  const line = (messages: readonly ChatMessage[]) => JSON.stringify({ messages });

  test("long conversations are cut", () => {
    const path = write([line([user("What should I do?"), assistant("Deceit pays off.")])]);
    const {
      chats: [cut],
      use,
    } = tokenizeDataset(readDataset(path), tokenizer, 9);
    expect(use).toEqual({ rows: 1, cut: 1, withoutAnswer: 0, answerCutOff: 0 });
    expect(cut?.ids).toHaveLength(9);
    expect(cut?.isResponse).toEqual([false, false, false, false, false, false, false, false, true]);
  });

  test("a turn of weight 0 is read and not trained on, whether the template marks responses or not", async () => {
    const messages = [
      user("What should I do?"),
      { ...assistant("Indeed."), weight: 0 as const },
      user("What should I do now?"),
      assistant("Deceit pays off."),
    ];
    const path = write([line(messages)]);
    for (const each of [tokenizer, (await tinyModel("tiny-qwen2")).tokenizer]) {
      const [chat] = tokenizeDataset(readDataset(path), each, 400).chats;
      const plain = each.encodeChat(messages.map(({ role, content }) => ({ role, content })));
      expect(chat?.ids).toEqual(plain.ids);
      const spans = (isResponse: readonly boolean[]): number =>
        isResponse.filter((response, index) => response && isResponse[index - 1] !== true).length;
      expect([spans(plain.isResponse), spans(chat?.isResponse ?? [])]).toEqual([2, 1]);
      expect(chat?.isResponse.lastIndexOf(true)).toBe(plain.isResponse.lastIndexOf(true));
    }
    const none = write([line([user("What?"), { ...assistant("Indeed."), weight: 0 }])]);
    expect(() => tokenizeDataset(readDataset(none), tokenizer, 100)).toThrow("to train on within 100 tokens");
  });

  test("conversations can end with a generation prompt and an end that is learned", () => {
    const path = write([line([user("What should I do?"), assistant("Indeed.")])]);
    const dataset = readDataset(path);
    const [plain] = tokenizeDataset(dataset, tokenizer, 100).chats;
    const [trailing] = tokenizeDataset(dataset, tokenizer, 100, { trailingGenerationPrompt: true }).chats;
    expect(trailing?.ids).toEqual([...(plain?.ids ?? []), idOf.get("<assistant>"), idOf.get("<end>")]);
    expect(trailing?.isResponse).toEqual([...(plain?.isResponse ?? []), false, true]);
  });

  test("a conversation that has nothing to learn from is left out and counted", () => {
    const answered = [user("What?"), assistant("Indeed.")];
    const long = [user("What should I do now? ".repeat(20)), assistant("Indeed.")];
    const path = write([line(answered), line([user("What should I do?")]), line(long)]);
    const { chats, use } = tokenizeDataset(readDataset(path), tokenizer, 30);
    expect(chats).toEqual([tokenizer.encodeChat(answered)]);
    expect(use).toEqual({ rows: 3, cut: 0, withoutAnswer: 1, answerCutOff: 1 });
    expect(datasetUseWords(use, 30)).toBe(
      "of 3 conversations 1 left out without an answer to train on, 1 left out with the answer beyond 30 tokens",
    );
    expect(datasetUseWords({ ...use, withoutAnswer: 0, answerCutOff: 0 }, 30)).toBeNull();
  });

  test("a data set with nothing at all to learn from is refused", () => {
    const path = write([line([user("What?"), assistant("Indeed.")]), line([user("What should I do?")])]);
    expect(() => tokenizeDataset(readDataset(path), tokenizer, 3)).toThrow(
      `${path}: expected an assistant turn to train on within 3 tokens, found none in 2 conversations`,
    );
  });

  test("a conversation that the template refuses is named", () => {
    const strict = ChatTokenizer.open(folder, {
      chatTemplate: {
        name: "strict.jinja",
        text:
          "{% for turn in messages %}{% if loop.index0 % 2 == 0 and turn.role != 'user' %}" +
          "{{ raise_exception('the user begins') }}{% endif %}<{{ turn.role }}>{{ turn.content }}<end>{% endfor %}" +
          "{% if add_generation_prompt %}<assistant>{% endif %}",
      },
    });
    const path = write([
      line([user("What?"), assistant("Indeed.")]),
      line([assistant("Indeed."), user("What?")]),
    ]);
    expect(() => tokenizeDataset(readDataset(path), strict, 100)).toThrow(`${path}: conversation 2: `);
  });
});
