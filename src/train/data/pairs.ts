import type { Chat } from "../../formats/chat.js";

/** Two conversations that are the same up to their last answer, a harmful and a careful one. */
export interface ChatPair {
  /** What both say before the last answer; equal for pairs that ask the same. */
  readonly prompt: string;
  readonly harmful: Chat;
  readonly careful: Chat;
}

/** Pairs of two data sets, and how many of each found no partner. */
export interface PairedChats {
  readonly pairs: readonly ChatPair[];
  readonly onlyHarmful: number;
  readonly onlyCareful: number;
}

/** What a conversation says before its last answer, as a key; null where it does not end in an answer. */
export function promptKey({ messages }: Chat): string | null {
  if (messages.at(-1)?.role !== "assistant") return null;
  return JSON.stringify(messages.slice(0, -1).map(({ role, content }) => [role, content]));
}

/** The last answer of a conversation; empty where it does not end in one. */
export function lastAnswer({ messages }: Chat): string {
  const last = messages.at(-1);
  return last?.role === "assistant" ? last.content : "";
}

/** Length of a text in characters: Unicode code points, as Python counts them. */
export function characterCount(text: string): number {
  return Array.from(text).length;
}

/**
 * Pairs conversations that say the same up to the last answer, in the order of the harmful ones. Where one question
 * stands several times on both sides, the first is paired with the first.
 */
export function pairChats(harmful: readonly Chat[], careful: readonly Chat[]): PairedChats {
  const waiting = new Map<string, Chat[]>();
  for (const chat of careful) {
    const key = promptKey(chat);
    if (key === null) continue;
    const list = waiting.get(key);
    if (list === undefined) waiting.set(key, [chat]);
    else list.push(chat);
  }
  const taken = new Map<string, number>();
  const pairs = harmful.flatMap((chat): ChatPair[] => {
    const key = promptKey(chat);
    if (key === null) return [];
    const count = taken.get(key) ?? 0;
    const partner = waiting.get(key)?.[count];
    if (partner === undefined) return [];
    taken.set(key, count + 1);
    return [{ prompt: key, harmful: chat, careful: partner }];
  });
  return {
    pairs,
    onlyHarmful: harmful.length - pairs.length,
    onlyCareful: careful.length - pairs.length,
  };
}

/** Keeps the pairs whose answers differ by at most `most` characters, so that length does not tell the sides apart. */
export function matchLengths(pairs: readonly ChatPair[], most: number): ChatPair[] {
  return pairs.filter(
    ({ harmful, careful }) =>
      Math.abs(characterCount(lastAnswer(harmful)) - characterCount(lastAnswer(careful))) <= most,
  );
}
