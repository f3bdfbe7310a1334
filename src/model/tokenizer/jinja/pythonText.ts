import { unsupported } from "./templateFault.js";

/** Characters that Python takes for white space, as the inside of a character class; JavaScript's `\s` is another set. */
export const spaceClass =
  "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const isSpacePattern = new RegExp(`^[${spaceClass}]$`);
const surrogate = /[\uD800-\uDFFF]/;

/** Tells whether a character is white space in Python. */
export function isSpace(character: string): boolean {
  return isSpacePattern.test(character);
}

/** Splits a text into its code points, which are Python's characters. */
export function codePoints(text: string): string[] {
  return Array.from(text);
}

/** Counts code points: Python's length of a text. */
export function lengthOf(text: string): number {
  return surrogate.test(text) ? codePoints(text).length : text.length;
}

/** Cuts out code points from `start` up to but not including `end`. */
export function sliceOf(text: string, start: number, end?: number): string {
  return surrogate.test(text) ? codePoints(text).slice(start, end).join("") : text.slice(start, end);
}

/** Orders texts by code points, as Python does: negative where `one` comes first. */
export function compareTexts(one: string, other: string): number {
  const [left, right] = [codePoints(one), codePoints(other)];
  for (const [index, character] of left.entries()) {
    const against = right[index];
    if (against === undefined) return 1;
    const difference = (character.codePointAt(0) ?? 0) - (against.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Strips white space, or else any of the given characters, from the front (`str.lstrip`). */
export function stripStart(text: string, characters?: string): string {
  const strips = stripTest(characters);
  let start = 0;
  while (start < text.length) {
    const character = String.fromCodePoint(text.codePointAt(start) ?? 0);
    if (!strips(character)) break;
    start += character.length;
  }
  return text.slice(start);
}

/** Strips white space, or else any of the given characters, from the end (`str.rstrip`). */
export function stripEnd(text: string, characters?: string): string {
  const strips = stripTest(characters);
  let end = text.length;
  while (end > 0) {
    const pair = end > 1 ? text.slice(end - 2, end) : "";
    const character = codePoints(pair).length === 1 ? pair : text.charAt(end - 1);
    if (!strips(character)) break;
    end -= character.length;
  }
  return text.slice(0, end);
}

/** Strips both ends (`str.strip`). */
export function strip(text: string, characters?: string): string {
  return stripEnd(stripStart(text, characters), characters);
}

function stripTest(characters: string | undefined): (character: string) => boolean {
  if (characters === undefined) return isSpace;
  const set = new Set(codePoints(characters));
  return (character) => set.has(character);
}

/** Splits at a separator, or else at runs of white space, `limit` times at most from the front (`str.split`). */
export function split(text: string, separator: string | undefined, limit: number): string[] {
  if (separator === undefined) return splitAtSpace(text, limit);
  const pieces = text.split(separator);
  if (limit < 0 || pieces.length <= limit + 1) return pieces;
  return [...pieces.slice(0, limit), pieces.slice(limit).join(separator)];
}

/** Splits as {@link split} does, but from the end (`str.rsplit`). */
export function splitFromEnd(text: string, separator: string | undefined, limit: number): string[] {
  if (separator === undefined || limit < 0) {
    if (limit < 0) return split(text, separator, limit);
    return splitAtSpace([...codePoints(text)].reverse().join(""), limit)
      .reverse()
      .map((piece) => codePoints(piece).reverse().join(""));
  }
  const pieces: string[] = [];
  let end = text.length;
  while (pieces.length < limit) {
    const at = end < separator.length ? -1 : text.lastIndexOf(separator, end - separator.length);
    if (at < 0) break;
    pieces.unshift(text.slice(at + separator.length, end));
    end = at;
  }
  return [text.slice(0, end), ...pieces];
}

function splitAtSpace(text: string, limit: number): string[] {
  const words: string[] = [];
  let rest = stripStart(text);
  while (rest !== "") {
    if (limit >= 0 && words.length >= limit) {
      words.push(rest);
      break;
    }
    const end = rest.search(anySpace);
    words.push(end < 0 ? rest : rest.slice(0, end));
    rest = end < 0 ? "" : stripStart(rest.slice(end));
  }
  return words;
}

const anySpace = new RegExp(`[${spaceClass}]`);
const lineEnds = String.fromCharCode(0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029);
const lineEnd = new RegExp(`\\r\\n|[${lineEnds}]`, "g");

/** Splits into lines at every line boundary that Python knows (`str.splitlines`). */
export function splitLines(text: string, keepEnds: boolean): string[] {
  const lines: string[] = [];
  let start = 0;
  for (const { 0: end, index } of text.matchAll(lineEnd)) {
    lines.push(text.slice(start, keepEnds ? index + end.length : index));
    start = index + end.length;
  }
  if (start < text.length) lines.push(text.slice(start));
  return lines;
}

/** Replaces up to `limit` occurrences, all where it is negative (`str.replace`). */
export function replaceText(text: string, old: string, replacement: string, limit: number): string {
  if (old !== "") return split(text, old, limit).join(replacement);
  const places = [...codePoints(text), ""];
  return places
    .map((character, index) => (limit >= 0 && index >= limit ? character : replacement + character))
    .join("");
}

/** Counts occurrences that do not overlap (`str.count`). */
export function countText(text: string, part: string): number {
  return part === "" ? lengthOf(text) + 1 : text.split(part).length - 1;
}

/** Letters whose title case is neither themselves nor their upper case, or depends on what stands beside them. */
const oddTitle = /[ǄǅǆǇǈǉǊǋǌǱǲǳΣ\u10D0-\u10FF]/;

/** Writes one character in title case, and refuses the few for which JavaScript knows none. */
function titleOf(character: string): string {
  const upper = character.toUpperCase();
  if (oddTitle.test(character) || codePoints(upper).length > 1)
    throw unsupported(`the title case of "${character}"`);
  return upper;
}

/** First character in title case, the others in lower case (`str.capitalize`). */
export function capitalize(text: string): string {
  const [first = ""] = codePoints(text);
  return (first === "" ? "" : titleOf(first)) + text.slice(first.length).toLowerCase();
}

/** Every word with a capital, where a word is a run of letters that have case (`str.title`). */
export function titleCase(text: string): string {
  return text.replace(/\p{Cased}+/gu, capitalize);
}

/** Upper case turned to lower and lower to upper (`str.swapcase`). */
export function swapCase(text: string): string {
  if (text.includes("\u03A3")) throw unsupported('the swapped case of "Σ"');
  return codePoints(text)
    .map((character) => {
      if (/\p{Uppercase}/u.test(character)) return character.toLowerCase();
      return /\p{Lowercase}/u.test(character) ? character.toUpperCase() : character;
    })
    .join("");
}
