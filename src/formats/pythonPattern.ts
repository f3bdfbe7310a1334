import { TurncoatError } from "../errors.js";

/**
 * A regular expression as Python's `re` writes it, for JavaScript.
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

/** Python allows escapes, such as `\_`, that the stricter Unicode mode does not. */
function withoutUnicode(pattern: string, translated: string, source: string): RegExp {
  try {
    return new RegExp(translated);
  } catch {
    throw new TurncoatError(`${source}: ${JSON.stringify(pattern)} is not a regular expression`);
  }
}
