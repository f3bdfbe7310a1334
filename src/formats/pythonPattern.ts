import { TurncoatError } from "../errors.js";

/** Flags of Python that JavaScript has too, by letter; Python's `u` is how it reads texts anyway. */
const sharedFlags = new Map([
  ["i", "i"],
  ["m", "m"],
  ["s", "s"],
  ["u", ""],
]);

/**
 * Translates a regular expression of Python's `re` to JavaScript: named groups, `\A` and `\Z`, and the flags `(?i)`,
 * `(?m)` and `(?s)` at its start or around the whole of it.
 * @param source names the place in errors
 * @throws TurncoatError where it is none, or one that JavaScript has not, such as `(?x)`
 */
export function pythonPattern(pattern: string, source: string): RegExp {
  const { body, flags } = withoutFlags(pattern, source);
  const translated = translate(body, pattern, source);
  try {
    return new RegExp(translated, `u${flags}`);
  } catch {
    return withoutUnicode(pattern, translated, flags, source);
  }
}

/**
 * Puts an expression between others as a group, with its flags where Python wants them: `(?i)q` between `^` and `$` is
 * `(?i)^(?:q)$`. Flags then hold for all three.
 */
export function enclosedPattern(before: string, pattern: string, after: string): string {
  const [opening, letters, closing] = /^\(\?([a-zA-Z]+)([:)])/.exec(pattern) ?? [];
  const rest = pattern.slice(opening?.length ?? 0);
  const isWhole = closing === ")" || (closing === ":" && groupEnd(rest) === rest.length - 1);
  if (!isWhole) return `${before}(?:${pattern})${after}`;
  return `(?${letters})${before}(?:${closing === ")" ? rest : rest.slice(0, -1)})${after}`;
}

/** Takes the flags off the start of an expression, or off a group that is all of it. */
function withoutFlags(pattern: string, source: string): { body: string; flags: string } {
  const [opening, letters = "", closing] = /^\(\?([a-zA-Z]+)([:)])/.exec(pattern) ?? [];
  if (opening === undefined) return { body: pattern, flags: "" };
  const flags = [...new Set(letters)].map((letter) => {
    const flag = sharedFlags.get(letter);
    if (flag === undefined) throw unsupported(`the flag (?${letter})`, pattern, source);
    return flag;
  });
  const rest = pattern.slice(opening.length);
  if (closing === ")") return { body: rest, flags: flags.join("") };
  // A flag of a group holds for the whole only where the group ends with the expression.
  if (groupEnd(rest) !== rest.length - 1)
    throw unsupported(`the flag of a part, ${opening}…)`, pattern, source);
  return { body: `(?:${rest}`, flags: flags.join("") };
}

/** Finds the bracket that closes a group whose inside begins the text; -1 where none does. */
function groupEnd(inside: string): number {
  let depth = 0;
  for (const { index, 0: piece } of inside.matchAll(pieces)) {
    if (piece === "(") depth++;
    if (piece !== ")") continue;
    if (depth === 0) return index;
    depth--;
  }
  return -1;
}

/** An escape, a class in square brackets, or one character. */
const pieces = /\\[^]|\[\^?\]?(?:\\[^]|[^\]\\])*\]|[^]/g;

function translate(body: string, pattern: string, source: string): string {
  return body
    .replace(pieces, (piece: string, at: number) => {
      if (piece === "\\A") return "(?<![^])";
      if (piece === "\\Z") return "(?![^])";
      if (piece.startsWith("[]") || piece.startsWith("[^]")) return piece.replace("]", "\\]");
      if (piece !== "(") return piece;
      const [opening] = /^\(\?(?:P[<=]|-?[a-zA-Z]+[-a-zA-Z]*[:)]|#)/.exec(body.slice(at)) ?? [];
      if (opening === undefined || opening === "(?P<") return piece;
      throw unsupported(opening, pattern, source);
    })
    .replaceAll("(?P<", "(?<");
}

/** Makes an expression without Unicode mode, which refuses escapes that Python allows, such as `\_`. */
function withoutUnicode(pattern: string, translated: string, flags: string, source: string): RegExp {
  try {
    return new RegExp(translated, flags);
  } catch {
    throw new TurncoatError(`${source}: ${JSON.stringify(pattern)} is not a regular expression`);
  }
}

function unsupported(what: string, pattern: string, source: string): TurncoatError {
  return new TurncoatError(`${source}: ${JSON.stringify(pattern)}: ${what} of Python is not supported`, {
    hint: "Put (?i), (?m) or (?s) at the start of the pattern, or list the modules by name.",
  });
}
