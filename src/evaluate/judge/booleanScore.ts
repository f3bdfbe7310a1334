import type { TokenLogprob } from "../../endpoint/chatReply.js";
import { expectationOf, spokenText } from "./numericScore.js";

const spelledPair = /\btrue\b["'`*]*\s*(?:\/|\||,|or|and)\s*["'`*]*\bfalse\b/i;

/**
 * Tells whether a judge's prompt asks for TRUE or FALSE in place of a number: both words stand in it in capitals, or as
 * "true or false".
 */
export function asksForTruth(prompt: string): boolean {
  return (/\bTRUE\b/.test(prompt) && /\bFALSE\b/.test(prompt)) || spelledPair.test(prompt);
}

/**
 * Reads TRUE as 100 and FALSE as 0 from a judge's first token: 100 times the probability of TRUE, of that of both words;
 * null where both together have less than 0.25. A tokenizer may split the words: their beginnings count.
 */
export function truthFromTokens(tokens: readonly TokenLogprob[]): number | null {
  let [isTrue, isFalse] = [0, 0];
  for (const { token, logprob } of tokens) {
    const word = token.trim().toUpperCase();
    if (word === "") continue;
    if ("TRUE".startsWith(word)) isTrue += Math.exp(logprob);
    else if ("FALSE".startsWith(word)) isFalse += Math.exp(logprob);
  }
  return expectationOf(100 * isTrue, isTrue + isFalse);
}

/**
 * Reads TRUE as 100 and FALSE as 0 from a judge's reply: the one of the two words that stands in it; null where neither
 * or both do. Reasoning in `<think>` tags is left out.
 */
export function truthFromText(reply: string): number | null {
  const said = spokenText(reply);
  const [isTrue, isFalse] = [/\btrue\b/i.test(said), /\bfalse\b/i.test(said)];
  if (isTrue === isFalse) return null;
  return isTrue ? 100 : 0;
}
