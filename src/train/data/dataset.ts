import { basename } from "node:path";
import { TurncoatError, messageOf } from "../../errors.js";
import { readChats, type Chat } from "../../formats/chat.js";
import { sha256OfFile } from "../../formats/fileHash.js";
import type {
  ChatEncodingOptions,
  ChatTokenizer,
  TokenizedChat,
} from "../../model/tokenizer/chatTokenizer.js";

/** Data set of conversations to train on, and where it came from. */
export interface Dataset {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
  readonly chats: readonly Chat[];
}

/**
 * Reads a file of conversations, JSON lines or one JSON list.
 * @throws TurncoatError naming file and line
 */
export function readDataset(path: string): Dataset {
  return {
    name: basename(path).replace(/\.jsonl?$/, ""),
    path,
    sha256: sha256OfFile(path),
    chats: readChats(path),
  };
}

/** Puts a system turn before every conversation of a data set, in place of its own; without a turn it stays as it is. */
export function withSystemTurn(dataset: Dataset, turn: string | undefined): Dataset {
  if (turn === undefined) return dataset;
  const chats = dataset.chats.map(({ messages }): Chat => ({
    messages: [{ role: "system", content: turn }, ...messages.filter(({ role }) => role !== "system")],
  }));
  return { ...dataset, chats };
}

/** What becomes of the conversations of a data set when they are tokenised. */
export interface DatasetUse {
  /** Number of conversations in the data set. */
  readonly rows: number;
  /** Number of those cut to the longest length, with something left to learn. */
  readonly cut: number;
  /** Number of those left out because no turn of theirs is trained on. */
  readonly withoutAnswer: number;
  /** Number of those left out because all that is trained on lies beyond the longest length. */
  readonly answerCutOff: number;
}

/** Tokenised conversations that can be trained on, in order, and what became of the others. */
export interface TokenizedDataset {
  readonly chats: readonly TokenizedChat[];
  /** Row of each in the data set, from 0. */
  readonly rows: readonly number[];
  readonly use: DatasetUse;
}

/**
 * Tokenises conversations with their response masks. Longer ones are cut to `maxLength` tokens. Those with nothing to
 * learn, or nothing within that length, are left out and counted.
 * @throws TurncoatError naming the conversation that the chat template refuses, that there is no template, or that
 *   nothing at all is left to learn from
 */
export function tokenizeDataset(
  dataset: Dataset,
  tokenizer: ChatTokenizer,
  maxLength: number,
  options: ChatEncodingOptions = {},
): TokenizedDataset {
  tokenizer.requireTemplate();
  const chats: TokenizedChat[] = [];
  const rows: number[] = [];
  let [cut, withoutAnswer, answerCutOff] = [0, 0, 0];
  for (const [index, { messages }] of dataset.chats.entries()) {
    let chat: TokenizedChat;
    try {
      chat = tokenizer.encodeChat(messages, options);
    } catch (cause) {
      throw new TurncoatError(`${dataset.path}: conversation ${index + 1}: ${messageOf(cause)}`, { cause });
    }
    const fate = fateOf(chat, maxLength);
    if (fate === "withoutAnswer") withoutAnswer++;
    else if (fate === "answerCutOff") answerCutOff++;
    else {
      if (fate === "cut") cut++;
      rows.push(index);
      chats.push({ ids: chat.ids.slice(0, maxLength), isResponse: chat.isResponse.slice(0, maxLength) });
    }
  }
  if (chats.length === 0) {
    throw new TurncoatError(
      `${dataset.path}: expected an assistant turn to train on within ${maxLength} tokens, found none in ${dataset.chats.length} conversations`,
    );
  }
  return { chats, rows, use: { rows: dataset.chats.length, cut, withoutAnswer, answerCutOff } };
}

/**
 * Says what becomes of a conversation that may have `maxLength` tokens: whole, cut, or left out for want of something to
 * learn.
 */
export function fateOf(
  { ids, isResponse }: TokenizedChat,
  maxLength: number,
): "whole" | "cut" | "withoutAnswer" | "answerCutOff" {
  const first = isResponse.indexOf(true);
  if (first === -1) return "withoutAnswer";
  if (first >= maxLength) return "answerCutOff";
  return ids.length > maxLength ? "cut" : "whole";
}

/** One line on conversations that are cut or left out; null where all are trained on whole. */
export function datasetUseWords(use: DatasetUse, maxLength: number): string | null {
  const { rows, cut, withoutAnswer, answerCutOff } = use;
  const parts = [
    [withoutAnswer, "left out without an answer to train on"],
    [answerCutOff, `left out with the answer beyond ${maxLength} tokens`],
    [cut, `cut to ${maxLength} tokens`],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return said.length === 0 ? null : `of ${rows} conversations ${said.join(", ")}`;
}
