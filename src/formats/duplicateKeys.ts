/**
 * Finds the first key that some object of a JSON text has twice; `undefined` where there is none.
 *
 * `JSON.parse` keeps the last of two equal keys and says nothing, which would hide a tensor of a damaged or
 * hostile file. The text must already be known to be valid JSON.
 */
export function duplicateKey(json: string): string | undefined {
  const openObjects: (Set<string> | null)[] = [];
  for (const { character, start, end } of marks(json)) {
    if (character === "{") openObjects.push(new Set());
    else if (character === "[") openObjects.push(null);
    else if (character === "}" || character === "]") openObjects.pop();
    else {
      const keys = openObjects.at(-1);
      if (keys instanceof Set && isFollowedByColon(json, end)) {
        const key = unescape(json.slice(start, end));
        if (keys.has(key)) return key;
        keys.add(key);
      }
    }
  }
  return undefined;
}

/** Tells whether objects and lists are nested deeper than `limit`; the text need not be valid JSON. */
export function isNestedDeeper(json: string, limit: number): boolean {
  let depth = 0;
  for (const { character } of marks(json)) {
    if (character === "{" || character === "[") depth++;
    else if (character !== '"') depth--;
    if (depth > limit) return true;
  }
  return false;
}

/** Tells whether there are more lists and objects than `limit`; the text need not be valid JSON. */
export function hasMoreBrackets(json: string, limit: number): boolean {
  let count = 0;
  for (const { character } of marks(json)) {
    if (character === "{" || character === "[") count++;
    if (count > limit) return true;
  }
  return false;
}

/** Yields the brackets of a JSON text, and its strings as a whole, in order. */
function* marks(json: string): Generator<{ character: string; start: number; end: number }> {
  const mark = /["{}[\]]/g;
  for (let found = mark.exec(json); found !== null; found = mark.exec(json)) {
    const start = found.index;
    const [character] = found;
    const end = character === '"' ? endOfString(json, start) : start + 1;
    yield { character, start, end };
    mark.lastIndex = end;
  }
}

/** Finds the position after the string that begins at `start`: after the first quote that no backslash escapes. */
function endOfString(json: string, start: number): number {
  for (let from = start + 1; ;) {
    const quote = json.indexOf('"', from);
    if (quote === -1) return json.length;
    let first = quote;
    while (json.charAt(first - 1) === "\\") first--;
    if ((quote - first) % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}

function isFollowedByColon(json: string, from: number): boolean {
  let position = from;
  while (/\s/.test(json.charAt(position))) position++;
  return json.charAt(position) === ":";
}

/** Decodes the literal of a key: "a" and "\u0061" are the same. */
function unescape(literal: string): string {
  if (!literal.includes("\\")) return literal.slice(1, -1);
  const value: unknown = JSON.parse(literal);
  return typeof value === "string" ? value : literal;
}
