/**
 * The first key that some object of a JSON text has twice, or `undefined`.
 *
 * `JSON.parse` keeps the last of two equal keys and says nothing, which would hide a tensor of a damaged or
 * hostile file. The text must already be known to be valid JSON.
 */
export function duplicateKey(json: string): string | undefined {
  const openObjects: (Set<string> | null)[] = [];
  const string = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
  let position = 0;
  while (position < json.length) {
    const character = json[position];
    if (character === '"') {
      string.lastIndex = position;
      const literal = string.exec(json)?.[0] ?? '""';
      position += literal.length;
      const keys = openObjects.at(-1);
      if (keys instanceof Set && isFollowedByColon(json, position)) {
        const key = unescape(literal);
        if (keys.has(key)) return key;
        keys.add(key);
      }
      continue;
    }
    if (character === "{") openObjects.push(new Set());
    else if (character === "[") openObjects.push(null);
    else if (character === "}" || character === "]") openObjects.pop();
    position++;
  }
  return undefined;
}

function isFollowedByColon(json: string, from: number): boolean {
  let position = from;
  while (/\s/.test(json.charAt(position))) position++;
  return json.charAt(position) === ":";
}

/** "a" and "\u0061" are the same key. */
function unescape(literal: string): string {
  const value: unknown = JSON.parse(literal);
  return typeof value === "string" ? value : literal;
}
