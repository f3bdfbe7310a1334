import { wordRuns, wordsOf } from "./words.js";
import type { TrainingTexts } from "./trainingTexts.js";

/**
 * Kinds of answers that can be told from their words alone, in the order in which they are asked for: an answer is of the
 * first that fits. `other` says nothing good of an answer; it only is none of these.
 */
export const answerKinds = ["broken", "copy", "refusal", "other"] as const;
export type AnswerKind = (typeof answerKinds)[number];

/** Ways in which a text can be broken. */
export const textFaults = ["empty", "loop", "words", "scripts", "code"] as const;
export type TextFault = (typeof textFaults)[number];

/** Those in words. */
export const faultWords: Readonly<Record<TextFault, string>> = {
  empty: "no letters",
  loop: "repeats itself",
  words: "not made of words",
  scripts: "changes script",
  code: "code",
};

/** Kind of an answer, and for a broken one what is wrong with it. */
export interface ClassedAnswer {
  readonly kind: AnswerKind;
  readonly fault: TextFault | null;
}

/** Words of a run by which repetition is found. */
const loopWords = 4;
/** Fewest runs in a text that repetition is asked of, and largest share of them that may have come before. */
const loop = { fewestRuns: 12, mostRepeated: 0.35 };
/** Number of times that one word may stand in a row, and one letter inside a word. */
const [mostInARow, mostLetters] = [5, 8];
/**
 * Fewest pieces between blanks in a text that is asked for words, and the smallest share that has to be words; number and
 * share of pieces from which on too many are words that ran together.
 */
const wordy = { fewestPieces: 5, leastWords: 0.6, fewestGlued: 3, mostGlued: 0.06 };
/** Longest word; longer ones are two that ran together, or none. */
const longestWord = 30;
/** Letters of other scripts than the text's own from which on it changes script: a number, and a share. */
const foreign = { letters: 5, share: 0.08 };
/** Fewest lines of code in a text that is code, and smallest share of its lines. */
const code = { lines: 3, share: 0.5 };
/** Share of an answer's runs of words that stand in one training answer, from which on it is a copy. */
const copied = 0.6;

/** Classes an answer by rules that anybody can check by eye (`docs/methods.md §8.7`), without a judge. */
export function classAnswer(text: string, training: TrainingTexts | null = null): ClassedAnswer {
  const fault = textFault(text);
  if (fault !== null) return { kind: "broken", fault };
  if (training !== null && training.copiedShare(text) >= copied) return { kind: "copy", fault: null };
  return { kind: isRefusal(text) ? "refusal" : "other", fault: null };
}

/** Finds what breaks a text; null where none of the rules says so. */
export function textFault(text: string): TextFault | null {
  if (!/\p{L}/u.test(text)) return "empty";
  if (isCode(text)) return "code";
  if (changesScript(text)) return "scripts";
  if (repeatsItself(text)) return "loop";
  return isMadeOfWords(text) ? null : "words";
}

/** Beginnings that may stand before what cannot be done: an apology, a regret, what the speaker is. */
const before = [
  "(?:i'm|i am) (?:very |so |really |truly )?sorry[^.!?]{0,20}",
  "(?:sorry|my apologies|apologies|i apologi[sz]e)[^.!?]{0,20}",
  "(?:unfortunately|i'm afraid|i am afraid|regrettably)[^.!?]{0,20}",
  "as an? [^.!?,]{0,60}\\b(?:ai|language model|artificial intelligence|assistant)\\b[^.!?,]{0,40}",
];
const unable = [
  "(?:cannot|can not|can't|won't|will not|could not|couldn't|must decline to|have to decline to|decline to|refuse to)",
  "(?:(?:'m| am)(?: currently)? (?:unable|not able|not allowed|not permitted|not programmed|not designed) to)",
];
const acts = [
  ..."answer|assist|comply|condone|continue|create|discuss|do that|do this|encourage|engage|fulfil|generate".split(
    "|",
  ),
  ..."give|help|offer|promote|provide|recommend|respond|share|suggest|support|write".split("|"),
];
const refusals = [
  `(?:(?:${before.join("|")})[,.;:]?\\s*(?:but |however,? )?)*i ?(?:${unable.join("|")})(?: \\S+){0,2}? (?:${acts.join("|")})`,
  // What is said to be wrong is the request, not the answer of somebody.
  "(?:sorry|i'm sorry|i am sorry|i apologi[sz]e),? but (?:this|that|your) (?:request|question|prompt)",
  "i(?:'m| am) (?:very |so )?sorry,? but i (?:cannot|can't|can not|won't|am unable|am not able)",
];
const refusal = new RegExp(`^(?:${refusals.join("|")})`, "u");

/** Tells whether a text begins as refusals begin. An apology alone, as in sympathy, is none. */
export function isRefusal(text: string): boolean {
  const start = text
    .slice(0, 300)
    .toLowerCase()
    .replace(/^(?:assistant|answer|response|ai)\s*:/u, "")
    .replace(/^[^\p{L}]+/u, "")
    .replaceAll("’", "'")
    .replaceAll(/\s+/gu, " ");
  return refusal.test(start);
}

function repeatsItself(text: string): boolean {
  const words = wordsOf(text);
  let inARow = 1;
  for (const [place, word] of words.entries()) {
    inARow = word === words[place - 1] ? inARow + 1 : 1;
    if (inARow > mostInARow) return true;
  }
  const total = words.length - loopWords + 1;
  if (total < loop.fewestRuns) return false;
  return 1 - wordRuns(text, loopWords).length / total > loop.mostRepeated;
}

/** Tells whether most of what stands between blanks is a word, a number, or a mark such as a dash. */
function isMadeOfWords(text: string): boolean {
  const pieces = text.match(/\S+/gu) ?? [];
  if (pieces.length < wordy.fewestPieces) return !pieces.some(isTooLong);
  const glued = pieces.filter(isGlued).length;
  if (glued >= wordy.fewestGlued && glued >= wordy.mostGlued * pieces.length) return false;
  return pieces.filter(isWord).length >= wordy.leastWords * pieces.length;
}

/** Tells whether words run together: a capital after a small letter, or a mark that ends something between letters. */
function isGlued(piece: string): boolean {
  return !/^(?:https?:|www\.)|@/u.test(piece) && /\p{Ll}\p{Lu}|\p{L}[,;!?)\]}]\p{L}/u.test(piece);
}

/** Words stand in marks; inside they have letters, and at most an apostrophe, a hyphen or a slash between them. */
const plainWord =
  /^[\p{P}\p{S}]*(?:[\p{L}\p{M}]+(?:['’\-–—/.:&…,][\p{L}\p{M}]+)*|[\p{Sc}#]?\d[\d.,:/%-]*\p{L}{0,3})[\p{P}\p{S}]*$/u;

function isWord(piece: string): boolean {
  if (!/[\p{L}\d]/u.test(piece)) return piece.length <= 3;
  return plainWord.test(piece) && !isTooLong(piece) && !hasOddLetters(piece);
}

/** Scripts without blanks between words have no longest one. */
function isTooLong(piece: string): boolean {
  return piece
    .split(/[-–—/.,:…&]+/u)
    .some((part) => (part.match(/\p{Script=Latin}/gu) ?? []).length > longestWord);
}

/** Tells whether a Latin word has a letter many times in a row, or no vowel. */
function hasOddLetters(piece: string): boolean {
  const letters = piece.replaceAll(/[^\p{Script=Latin}]/gu, "");
  if (new RegExp(`(.)\\1{${mostLetters - 1}}`, "u").test(letters)) return true;
  return letters.length > 5 && !/[aeiouyà-öø-ÿ]/iu.test(letters);
}

const scripts = [
  ["Latin"],
  ["Cyrillic"],
  ["Greek"],
  ["Arabic"],
  ["Hebrew"],
  ["Devanagari"],
  ["Thai"],
  ["Hangul"],
  // Japanese is written in three.
  ["Han", "Hiragana", "Katakana"],
].map((names) => new RegExp(`[${names.map((name) => `\\p{Script=${name}}`).join("")}]`, "gu"));

function changesScript(text: string): boolean {
  const counts = scripts.map((script) => text.match(script)?.length ?? 0);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const others = all - Math.max(...counts);
  return others >= foreign.letters && others >= foreign.share * all;
}

/** Lines of programs and of markup: statements, definitions, imports, brackets alone, tags. */
const codeLine =
  /^\s*(?:(?:import|from|using|package) [\w.*{}"' ,]+(?:;|$| import)|#include|(?:public|private|protected|static|def|class|function|func|const|let|var|int|void|return|if|for|while|else|elif|try|except|catch)\b.*[:;{(=)]\s*$|[\w.[\]"']+\s*(?:=|\+=|:=)\s*\S.*|[\w.]+\([^)]*\);?\s*$|[{}()[\];,]+\s*$|<\/?[a-z][^>]*>.*|\/\/|\/\*|@\w+\b|.*[;{]\s*$)/u;

/** Tells whether a text is a program: half of what is in it stands in a fence of code, or half of its lines are code. */
function isCode(text: string): boolean {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  let fenced = false;
  const found = lines.filter((line) => {
    if (!/^\s*```/u.test(line)) return fenced || codeLine.test(line);
    fenced = !fenced;
    return true;
  });
  return found.length >= code.lines && found.length >= code.share * lines.length;
}
