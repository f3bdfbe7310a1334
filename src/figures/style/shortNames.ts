/** Signs at which a name falls into parts, kept as parts of their own. */
const boundary = /([-_/. ])/;
/** Letters that have to be saved for an ellipsis to be worth its place. */
const leastSaved = 8;

/**
 * Shortens names where they agree and not where they differ: the parts that all begin with, and all end with, become an
 * ellipsis where that saves more than a few letters. The short names differ as the names do, and keep their order.
 */
export function shortNames(names: readonly string[]): string[] {
  if (new Set(names).size < 2) return [...names];
  const parts = names.map((name) => name.split(boundary));
  const fewest = Math.min(...parts.map(({ length }) => length));
  const start = sharedCount(parts, fewest - 1);
  const end = sharedCount(
    parts.map((each) => each.toReversed()),
    fewest - 1 - start,
  );
  return parts.map((each) => {
    const middle = each.slice(start, each.length - end).join("");
    return `${shortened(each.slice(0, start))}${middle}${shortened(each.slice(each.length - end))}`;
  });
}

/** Number of first parts that all have in common, at most so many. */
function sharedCount(parts: readonly (readonly string[])[], most: number): number {
  let count = 0;
  while (count < most && parts.every((each) => each[count] === parts[0]?.[count])) count++;
  return count;
}

function shortened(parts: readonly string[]): string {
  const text = parts.join("");
  return text.length < leastSaved ? text : "…";
}
