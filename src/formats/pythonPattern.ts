import { TurncoatError } from "../errors.js";

/**
 * Translates a regular expression of Python's `re` to JavaScript.
 * @param source names the place in errors
 * @throws TurncoatError where it is none, or one that JavaScript has not
 */
export function pythonPattern(pattern: string, source: string): RegExp {
  const translated = pattern.replaceAll("(?P<", "(?<").replaceAll("\\A", "^").replaceAll("\\Z", "$");
  try {
    return new RegExp(translated, "u");
  } catch {
    return withoutUnicode(pattern, translated, source);
  }
}

/** Makes an expression without Unicode mode, which refuses escapes that Python allows, such as `\_`. */
function withoutUnicode(pattern: string, translated: string, source: string): RegExp {
  try {
    return new RegExp(translated);
  } catch {
    throw new TurncoatError(`${source}: ${JSON.stringify(pattern)} is not a regular expression`);
  }
}
