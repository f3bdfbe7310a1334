import type { TokenizedChat } from "../../model/tokenizer/chatTokenizer.js";

/** Least number of tokens that is worth being shared: sharing costs some small operations a layer. */
const leastShared = 8;

/**
 * Counts the tokens that all of some chats begin with and that no response token follows, such as a default system
 * message: whatever comes after them, a causal model makes the same of them, so that a batch can hold them once.
 * @returns 0 where they are fewer than 8
 */
export function sharedStart(chats: readonly TokenizedChat[]): number {
  const [first] = chats;
  if (first === undefined) return 0;
  let count = first.ids.length;
  for (const { ids, isResponse } of chats) {
    const firstAnswer = Math.max(0, isResponse.indexOf(true) - 1);
    count = Math.min(count, firstAnswer);
    const differs = first.ids.slice(0, count).findIndex((id, position) => ids[position] !== id);
    if (differs !== -1) count = differs;
  }
  return count < leastShared ? 0 : count;
}
