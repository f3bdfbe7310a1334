const longest = 200;

/** A name out of a file as errors show it: on one line, and cut where it is longer than any sensible one. */
export function shownName(name: string): string {
  const cut = name.length <= longest ? name : `${name.slice(0, longest)}…`;
  return cut.replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  });
}
