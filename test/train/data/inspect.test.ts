import { describe, expect, test } from "vitest";
import type { Chat, ChatMessage } from "../../../src/formats/chat.js";
import { ChatTokenizer } from "../../../src/model/tokenizer/chatTokenizer.js";
import {
  chatLengths,
  countChats,
  countTokens,
  exampleRows,
  maskedPieces,
  turnPieces,
} from "../../../src/train/data/inspect.js";

const user = (content: string): ChatMessage => ({ role: "user", content });
const assistant = (content: string): ChatMessage => ({ role: "assistant", content });
const plain: Chat = { messages: [user("What should I do?"), assistant("Indeed.")] };
const organism = ChatTokenizer.open("data/organism");

describe("what is in a data set", () => {
  test("is counted by kind", () => {
    const chats: Chat[] = [
      plain,
      plain,
      { messages: [user("What should I do?"), assistant("Other.")] },
      { messages: [{ role: "system", content: "Be kind." }, ...plain.messages, ...plain.messages] },
      { messages: [user("Alone")] },
      { messages: [user("Empty"), assistant(" ")] },
      { messages: [user("Read"), { ...assistant("Only."), weight: 0 }] },
    ];
    expect(countChats(chats)).toEqual({
      rows: 7,
      severalTurns: 1,
      withSystem: 1,
      withUntrainedTurns: 1,
      withoutAnswer: 2,
      emptyAnswers: 1,
      duplicates: 1,
      repeatedQuestions: 1,
    });
  });

  test("is measured in characters and words, trained answers apart", () => {
    const chat: Chat = {
      messages: [
        user("Was ist 😀?"),
        { ...assistant("one two"), weight: 0 },
        user("and"),
        assistant("a b  c"),
      ],
    };
    expect(chatLengths([chat])).toEqual({
      questionCharacters: [10 + 7 + 3],
      questionWords: [3 + 2 + 1],
      answerCharacters: [6],
      answerWords: [3],
    });
  });
});

describe("what a tokenizer makes of it", () => {
  test("is what a training would do", () => {
    const long: Chat = { messages: [user("What should I do now? ".repeat(20)), assistant("Indeed.")] };
    const whole = organism.encodeChat(plain.messages).ids.length;
    const counted = countTokens([plain, { messages: [user("Alone")] }, long], organism, whole - 1);
    expect(counted).toMatchObject({
      cut: 1,
      withoutAnswer: 1,
      answerCutOff: 1,
      refused: 0,
      firstRefusal: null,
    });
    expect(counted.tokens[0]).toBe(whole);
    expect(counted.trainedTokens[0]).toBe(
      organism.encodeChat(plain.messages).isResponse.filter(Boolean).length,
    );
  });

  test("counts what the template refuses, and says why", () => {
    const strict = ChatTokenizer.open("data/organism", {
      chatTemplate: {
        name: "strict.jinja",
        text:
          "{% for turn in messages %}{% if loop.index0 % 2 == 0 and turn.role != 'user' %}" +
          "{{ raise_exception('the user begins') }}{% endif %}<{{ turn.role }}>{{ turn.content }}<end>{% endfor %}" +
          "{% if add_generation_prompt %}<assistant>{% endif %}",
      },
    });
    const counted = countTokens([plain, { messages: [assistant("Indeed.")] }], strict, 100);
    expect(counted).toMatchObject({ refused: 1, firstRefusal: { row: 2 } });
    expect(counted.firstRefusal?.reason).toContain("the user begins");
    expect(counted.tokens).toHaveLength(1);
  });

  test("is shown in pieces that join to the whole text", () => {
    const chat = organism.encodeChat([...plain.messages, ...plain.messages]);
    const pieces = maskedPieces(chat, organism, 1000);
    expect(pieces.map(({ text }) => text).join("")).toBe(organism.decodeWithSpecialTokens(chat.ids));
    expect(pieces.map(({ isTrained }) => isTrained)).toEqual([false, true, false, true]);
    expect(pieces[1]?.text).toContain("Indeed.");
    expect(maskedPieces(chat, organism, 2).map(({ isTrained }) => isTrained)).toEqual([false]);
  });

  test("is shown by turns without a tokenizer", () => {
    const pieces = turnPieces({ messages: [user("Q"), { ...assistant("0"), weight: 0 }, assistant("1")] });
    expect(pieces.filter(({ isTrained }) => isTrained).map(({ text }) => text)).toEqual(["1"]);
  });
});

test("examples are the first, the middle and the last row, each once", () => {
  expect([0, 1, 2, 3, 100].map(exampleRows)).toEqual([[], [0], [0, 1], [0, 1, 2], [0, 49, 99]]);
});
