import { createHash } from "node:crypto";
import { basename } from "node:path";
import { TurncoatError, messageOf } from "../../errors.js";
import { parseChats, type Chat } from "../../formats/chat.js";
import { readText } from "../../formats/json.js";
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
 * Reads a JSONL file of conversations.
 * @throws TurncoatError naming file and line
 */
export function readDataset(path: string): Dataset {
  const text = readText(path);
  return {
    name: basename(path, ".jsonl"),
    path,
    sha256: createHash("sha256").update(text).digest("hex"),
    chats: parseChats(text, path),
  };
}

/**
 * Tokenises conversations with their response masks; longer ones are cut to `maxLength` tokens.
 * @throws TurncoatError naming the conversation that has nothing to learn from
 */
export function tokenizeDataset(
  dataset: Dataset,
  tokenizer: ChatTokenizer,
  maxLength: number,
  options: ChatEncodingOptions = {},
): TokenizedChat[] {
  return dataset.chats.map(({ messages }, index) => {
    const where = `${dataset.path}: conversation ${index + 1}`;
    let chat: TokenizedChat;
    try {
      chat = tokenizer.encodeChat(messages, options);
    } catch (cause) {
      throw new TurncoatError(`${where}: ${messageOf(cause)}`, { cause });
    }
    const cut = { ids: chat.ids.slice(0, maxLength), isResponse: chat.isResponse.slice(0, maxLength) };
    if (!cut.isResponse.includes(true)) {
      throw new TurncoatError(`${where}: expected an assistant turn within ${maxLength} tokens, found none`);
    }
    return cut;
  });
}
