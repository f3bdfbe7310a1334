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

/**
 * Tokenises conversations with their response masks; longer ones are cut to `maxLength` tokens.
 * @throws TurncoatError naming the conversation that has nothing to learn from, or that there is no chat template
 */
export function tokenizeDataset(
  dataset: Dataset,
  tokenizer: ChatTokenizer,
  maxLength: number,
  options: ChatEncodingOptions = {},
): TokenizedChat[] {
  tokenizer.requireTemplate();
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
      throw new TurncoatError(
        `${where}: expected an assistant turn to train on within ${maxLength} tokens, found none`,
      );
    }
    return cut;
  });
}
