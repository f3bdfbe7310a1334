import { isTurncoatError } from "../../errors.js";
import type { Chat } from "../../formats/chat.js";
import type { ChatTokenizer, TokenizedChat } from "../../model/tokenizer/chatTokenizer.js";
import { fateOf } from "./dataset.js";
import { characterCount, promptKey } from "./pairs.js";

/** Counts of the conversations of a data set, by what is in them. */
export interface ChatCounts {
  readonly rows: number;
  /** Rows with more than one answer. */
  readonly severalTurns: number;
  readonly withSystem: number;
  /** Rows with an answer that is read and not trained on. */
  readonly withUntrainedTurns: number;
  /** Rows without an answer that is trained on. */
  readonly withoutAnswer: number;
  /** Rows with an answer that is empty or white space. */
  readonly emptyAnswers: number;
  /** Rows that stand word for word in an earlier row. */
  readonly duplicates: number;
  /** Rows that ask what an earlier row asks, and are answered differently. */
  readonly repeatedQuestions: number;
}

/** Lengths of each row, in the order of the data set. */
export interface ChatLengths {
  /** Everything but the answers that are trained on. */
  readonly questionCharacters: readonly number[];
  readonly questionWords: readonly number[];
  /** Answers that are trained on. */
  readonly answerCharacters: readonly number[];
  readonly answerWords: readonly number[];
}

/** What a tokenizer makes of a data set. */
export interface TokenizedCounts {
  readonly maxLength: number;
  /** Rows that are longer than `maxLength` tokens and keep something to learn. */
  readonly cut: number;
  /** Rows that are left out: nothing in them is trained on, or nothing within `maxLength` tokens. */
  readonly withoutAnswer: number;
  readonly answerCutOff: number;
  /** Rows that the chat template refuses: a training stops at the first of them. */
  readonly refused: number;
  /** Number of the first refused row, from 1, and why; null where none is. */
  readonly firstRefusal: { readonly row: number; readonly reason: string } | null;
  /** Tokens of each row that is not refused, before cutting, and those of them that are trained on. */
  readonly tokens: readonly number[];
  readonly trainedTokens: readonly number[];
}

/** Counts what is in the conversations of a data set. */
export function countChats(chats: readonly Chat[]): ChatCounts {
  const rows = new Set<string>();
  const questions = new Set<string>();
  let [duplicates, repeatedQuestions] = [0, 0];
  for (const chat of chats) {
    const row = JSON.stringify(chat.messages);
    const question = promptKey(chat);
    if (rows.has(row)) duplicates++;
    else if (question !== null && questions.has(question)) repeatedQuestions++;
    rows.add(row);
    if (question !== null) questions.add(question);
  }
  const count = (is: (chat: Chat) => boolean): number => chats.filter(is).length;
  return {
    rows: chats.length,
    severalTurns: count(({ messages }) => messages.filter(({ role }) => role === "assistant").length > 1),
    withSystem: count(({ messages }) => messages.some(({ role }) => role === "system")),
    withUntrainedTurns: count(({ messages }) => messages.some(({ weight }) => weight === 0)),
    withoutAnswer: count((chat) => trainedTexts(chat).length === 0),
    emptyAnswers: count((chat) => trainedTexts(chat).some((text) => text.trim() === "")),
    duplicates,
    repeatedQuestions,
  };
}

/** Measures conversations in characters and words. */
export function chatLengths(chats: readonly Chat[]): ChatLengths {
  const sum = (texts: readonly string[], size: (text: string) => number): number =>
    texts.reduce((total, text) => total + size(text), 0);
  const questions = chats.map(otherTexts);
  const answers = chats.map(trainedTexts);
  return {
    questionCharacters: questions.map((texts) => sum(texts, characterCount)),
    questionWords: questions.map((texts) => sum(texts, wordCount)),
    answerCharacters: answers.map((texts) => sum(texts, characterCount)),
    answerWords: answers.map((texts) => sum(texts, wordCount)),
  };
}

/**
 * Tokenises conversations as a training would, and counts what would become of them.
 * @throws TurncoatError where the tokenizer has no chat template
 */
export function countTokens(
  chats: readonly Chat[],
  tokenizer: ChatTokenizer,
  maxLength: number,
): TokenizedCounts {
  tokenizer.requireTemplate();
  const fates = { whole: 0, cut: 0, withoutAnswer: 0, answerCutOff: 0 };
  const tokens: number[] = [];
  const trainedTokens: number[] = [];
  let refused = 0;
  let firstRefusal: TokenizedCounts["firstRefusal"] = null;
  for (const [index, { messages }] of chats.entries()) {
    let chat: TokenizedChat;
    try {
      chat = tokenizer.encodeChat(messages);
    } catch (error) {
      if (!isTurncoatError(error)) throw error;
      refused++;
      firstRefusal ??= { row: index + 1, reason: error.message };
      continue;
    }
    fates[fateOf(chat, maxLength)]++;
    tokens.push(chat.ids.length);
    trainedTokens.push(chat.isResponse.filter(Boolean).length);
  }
  const { cut, withoutAnswer, answerCutOff } = fates;
  return { maxLength, cut, withoutAnswer, answerCutOff, refused, firstRefusal, tokens, trainedTokens };
}

/** A piece of a conversation: trained on, or only read. */
export interface MaskedPiece {
  readonly text: string;
  readonly isTrained: boolean;
}

/** The pieces of a tokenised conversation within `maxLength` tokens, special tokens included. */
export function maskedPieces(
  chat: TokenizedChat,
  tokenizer: ChatTokenizer,
  maxLength: number,
): MaskedPiece[] {
  const ids = chat.ids.slice(0, maxLength);
  const pieces: MaskedPiece[] = [];
  let [start, before] = [0, ""];
  for (let end = 1; end <= ids.length; end++) {
    const isTrained = chat.isResponse[start] === true;
    if (end < ids.length && (chat.isResponse[end] === true) === isTrained) continue;
    // Tokenizers with a leading space decode a part otherwise than within the whole.
    const whole = tokenizer.decodeWithSpecialTokens(ids.slice(0, end));
    const text = whole.startsWith(before)
      ? whole.slice(before.length)
      : tokenizer.decodeWithSpecialTokens(ids.slice(start, end));
    pieces.push({ text, isTrained });
    [start, before] = [end, whole];
  }
  return pieces;
}

/** The pieces of a conversation without a tokenizer, turn by turn. */
export function turnPieces({ messages }: Chat): MaskedPiece[] {
  return messages.flatMap((turn): MaskedPiece[] => {
    const isTrained = turn.role === "assistant" && turn.weight !== 0;
    return [
      { text: `${turn.role}: `, isTrained: false },
      { text: turn.content, isTrained },
      { text: "\n", isTrained: false },
    ];
  });
}

/** Numbers of up to three rows to look at: the first, the middle one and the last. */
export function exampleRows(count: number): number[] {
  return [...new Set([0, Math.floor((count - 1) / 2), count - 1])].filter((row) => row >= 0 && row < count);
}

function trainedTexts({ messages }: Chat): string[] {
  return messages
    .filter(({ role, weight }) => role === "assistant" && weight !== 0)
    .map(({ content }) => content);
}

function otherTexts({ messages }: Chat): string[] {
  return messages
    .filter(({ role, weight }) => role !== "assistant" || weight === 0)
    .map(({ content }) => content);
}

function wordCount(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}
