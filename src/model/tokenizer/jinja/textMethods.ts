import type { Budget } from "./budget.js";
import { formatBraces } from "./formatBraces.js";
import { toText } from "./pythonRepr.js";
import {
  capitalize,
  countText,
  isSpace,
  codePoints,
  lengthOf,
  replaceText,
  sliceOf,
  split,
  splitFromEnd,
  splitLines,
  strip,
  stripEnd,
  stripStart,
  swapCase,
  titleCase,
} from "./pythonText.js";
import { TemplateFault, unsupported } from "./templateFault.js";
import {
  bound,
  isTrue,
  itemsOf,
  Sequence,
  textIn,
  typeName,
  wholeNumber,
  type Arguments,
  type Value,
} from "./values.js";

type Method = (text: string, args: Arguments, of: string) => Value;

const isNone = (value: Value | undefined): value is null | undefined => value === null || value === undefined;
const texts = (values: readonly string[]) => new Sequence("list", values);

const stripping =
  (how: (text: string, characters?: string) => string): Method =>
  (text, args, of) => {
    const [characters] = bound(args, of, "/chars");
    return how(text, isNone(characters) ? undefined : textIn(characters, of));
  };

const splitting =
  (how: (text: string, separator: string | undefined, limit: number) => string[]): Method =>
  (text, args, of) => {
    const [separator, limit] = bound(args, of, "sep", "maxsplit");
    const at = isNone(separator) ? undefined : textIn(separator, of);
    if (at === "") throw new TemplateFault(`${of}: empty separator`);
    return texts(how(text, at, limit === undefined ? -1 : wholeNumber(limit, of)));
  };

const plain =
  (how: (text: string) => Value): Method =>
  (text, args, of) => {
    bound(args, of);
    return how(text);
  };

/** The part of a text that `start` and `end` leave, with where it begins; undefined where `start` is beyond the text. */
function window(text: string, start: Value | undefined, end: Value | undefined, of: string) {
  const length = lengthOf(text);
  const place = (value: Value | undefined, fallback: number) => {
    if (isNone(value)) return fallback;
    const at = wholeNumber(value, of);
    return at < 0 ? Math.max(0, at + length) : at;
  };
  const from = place(start, 0);
  const to = Math.min(place(end, length), length);
  return from > to ? undefined : { part: sliceOf(text, from, to), from };
}

const finding =
  (fromEnd: boolean, mustExist: boolean): Method =>
  (text, args, of) => {
    const [wanted, start, end] = bound(args, of, "/sub", "/start", "/end");
    const part = textIn(wanted, of);
    const within = window(text, start, end, of);
    const at =
      within === undefined ? -1 : fromEnd ? within.part.lastIndexOf(part) : within.part.indexOf(part);
    if (within !== undefined && at >= 0) return within.from + lengthOf(within.part.slice(0, at));
    if (mustExist) throw new TemplateFault(`${of}: substring not found`);
    return -1;
  };

const edge =
  (test: (text: string, part: string) => boolean): Method =>
  (text, args, of) => {
    const [wanted, start, end] = bound(args, of, "/prefix", "/start", "/end");
    const isTuple = wanted instanceof Sequence && wanted.kind === "tuple";
    const parts = isTuple ? wanted.items.map((item) => textIn(item, of)) : [textIn(wanted, of)];
    const within = window(text, start, end, of);
    return within !== undefined && parts.some((part) => test(within.part, part));
  };

const partition =
  (fromEnd: boolean): Method =>
  (text, args, of) => {
    const [wanted] = bound(args, of, "/sep");
    const part = textIn(wanted, of);
    if (part === "") throw new TemplateFault(`${of}: empty separator`);
    const at = fromEnd ? text.lastIndexOf(part) : text.indexOf(part);
    if (at < 0) return new Sequence("tuple", fromEnd ? ["", "", text] : [text, "", ""]);
    return new Sequence("tuple", [text.slice(0, at), part, text.slice(at + part.length)]);
  };

const padding =
  (before: (missing: number, width: number) => number): Method =>
  (text, args, of) => {
    const [width, fill = " "] = bound(args, of, "/width", "/fillchar");
    const wide = wholeNumber(width, of);
    const missing = Math.max(0, wide - lengthOf(text));
    if (missing > 1_000_000) throw unsupported(`${of} to a width of ${wide}`);
    const character = textIn(fill, of);
    if (lengthOf(character) !== 1) throw new TemplateFault(`${of}: the fill must be one character`);
    const left = before(missing, wide);
    return character.repeat(left) + text + character.repeat(missing - left);
  };

/** Tests of a text's characters; true where there is one and all pass. */
const every = (pattern: RegExp, unknown?: RegExp): Method =>
  plain((text) => {
    if (unknown?.test(text) === true) throw unsupported(`telling what kind of characters "${text}" holds`);
    return text !== "" && codePoints(text).every((character) => pattern.test(character));
  });
const beyondAscii = /[^\0-\x7f]/;

const methods = new Map<string, Method>([
  ["strip", stripping(strip)],
  ["lstrip", stripping(stripStart)],
  ["rstrip", stripping(stripEnd)],
  ["split", splitting(split)],
  ["rsplit", splitting(splitFromEnd)],
  [
    "splitlines",
    (text, args, of) => {
      const [keepEnds = false] = bound(args, of, "keepends");
      return texts(splitLines(text, isTrue(keepEnds)));
    },
  ],
  ["find", finding(false, false)],
  ["rfind", finding(true, false)],
  ["index", finding(false, true)],
  ["rindex", finding(true, true)],
  [
    "count",
    (text, args, of) => {
      const [wanted, start, end] = bound(args, of, "/sub", "/start", "/end");
      const within = window(text, start, end, of);
      return within === undefined ? 0 : countText(within.part, textIn(wanted, of));
    },
  ],
  ["startswith", edge((text, part) => text.startsWith(part))],
  ["endswith", edge((text, part) => text.endsWith(part))],
  [
    "removeprefix",
    (text, args, of) => {
      const prefix = textIn(bound(args, of, "/prefix")[0], of);
      return text.startsWith(prefix) ? text.slice(prefix.length) : text;
    },
  ],
  [
    "removesuffix",
    (text, args, of) => {
      const suffix = textIn(bound(args, of, "/suffix")[0], of);
      return suffix !== "" && text.endsWith(suffix) ? text.slice(0, -suffix.length) : text;
    },
  ],
  [
    "replace",
    (text, args, of) => {
      const [old, replacement, limit = -1] = bound(args, of, "/old", "/new", "/count");
      return replaceText(text, textIn(old, of), textIn(replacement, of), wholeNumber(limit, of));
    },
  ],
  ["partition", partition(false)],
  ["rpartition", partition(true)],
  ["upper", plain((text) => text.toUpperCase())],
  ["lower", plain((text) => text.toLowerCase())],
  ["title", plain(titleCase)],
  ["capitalize", plain(capitalize)],
  ["swapcase", plain(swapCase)],
  [
    "casefold",
    plain((text) => {
      if (beyondAscii.test(text)) throw unsupported("str.casefold of letters beyond ASCII");
      return text.toLowerCase();
    }),
  ],
  ["ljust", padding(() => 0)],
  ["rjust", padding((missing) => missing)],
  ["center", padding((missing, width) => Math.floor(missing / 2) + (missing & width & 1))],
  [
    "zfill",
    (text, args, of) => {
      const width = wholeNumber(bound(args, of, "/width")[0], of);
      const missing = Math.max(0, width - lengthOf(text));
      if (missing > 1_000_000) throw unsupported(`${of} to a width of ${width}`);
      const sign = /^[-+]/.exec(text)?.[0] ?? "";
      return sign + "0".repeat(missing) + text.slice(sign.length);
    },
  ],
  [
    "join",
    (text, args, of) => {
      const [items] = bound(args, of, "/iterable");
      const parts = itemsOf(items ?? null).map((item, index) => {
        if (typeof item === "string") return item;
        throw new TemplateFault(`${of}: item ${index}: expected a text, found ${typeName(item)}`);
      });
      return parts.join(text);
    },
  ],
  ["format", (text, args) => formatBraces(text, args, toText)],
  ["isspace", plain((text) => text !== "" && codePoints(text).every(isSpace))],
  ["isascii", plain((text) => !beyondAscii.test(text))],
  ["isalpha", every(/^\p{L}$/u)],
  ["isalnum", every(/^[\p{L}\p{N}]$/u)],
  ["isdecimal", every(/^\p{Nd}$/u)],
  ["isdigit", every(/^\d$/, beyondAscii)],
  ["isnumeric", every(/^\d$/, beyondAscii)],
  ["isupper", plain((text) => /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text))],
  ["islower", plain((text) => /\p{Lowercase}/u.test(text) && !/[\p{Uppercase}\p{Lt}]/u.test(text))],
]);

const others = new Set(
  "encode expandtabs format_map isidentifier isprintable istitle maketrans translate".split(" "),
);

/**
 * Calls a method of a text as Python does.
 * @returns undefined where Python has none of this name
 * @throws TemplateFault where Python has it and this reader does not
 */
export function textMethod(
  text: string,
  name: string,
  budget: Budget,
): ((args: Arguments) => Value) | undefined {
  const method = methods.get(name);
  const of = `str.${name}`;
  if (method === undefined) {
    if (others.has(name)) throw unsupported(of);
    return undefined;
  }
  return (args) => {
    budget.spendCharacters(text.length);
    const result = method(text, args, of);
    if (typeof result === "string") budget.spendCharacters(result.length);
    else if (result instanceof Sequence) budget.spend(result.items.length);
    return result;
  };
}
