/**
 * Finds the known name that a mistyped one most likely means; null where none is near.
 * @returns the name at the smallest edit distance, upper and lower case and separators apart, of at most a third of its length
 */
export function nearestName(name: string, known: readonly string[]): string | null {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const wanted = plain(name);
  const [best] = known
    .map((each) => ({ each, distance: editDistance(wanted, plain(each)) }))
    .sort((one, other) => one.distance - other.distance);
  return best !== undefined && best.distance <= Math.max(1, Math.floor(best.each.length / 3))
    ? best.each
    : null;
}

/** Counts the letters to insert, delete, replace or swap with the next between two texts (optimal string alignment). */
function editDistance(one: string, other: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let index = 0; index < one.length; index++) {
    const next = [index + 1];
    for (let column = 0; column < other.length; column++) {
      const replaced = (row[column] ?? 0) + (one[index] === other[column] ? 0 : 1);
      const isSwapped = column > 0 && one[index] === other[column - 1] && one[index - 1] === other[column];
      const swapped = isSwapped ? (before[column - 1] ?? Infinity) + 1 : Infinity;
      next.push(Math.min(replaced, swapped, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** Advises the known name that a mistyped one most likely means; undefined where none is near. */
export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const near = nearestName(name, known);
  return near === null || near === name ? undefined : `Did you mean ${near}?`;
}

/** Lists known names as advice, or says that there are none; beside it what was probably meant. */
export function knownNames(name: string, known: readonly string[], none: string): string {
  if (known.length === 0) return none;
  return didYouMean(name, known) ?? `There are: ${known.join(", ")}.`;
}

/** A command line of Turncoat that can be pasted into a shell, from a checkout or a project that has it installed. */
export function commandLine(...words: readonly string[]): string {
  return ["npx turncoat", ...words.map(shellWord)].join(" ");
}

/** A word as a POSIX shell reads it: quoted where it holds more than letters, digits and harmless signs. */
function shellWord(word: string): string {
  // Placeholders such as <name> are for reading, not for pasting.
  if (/^[\w@%+=:,./~-]+$/.test(word) || /^<[a-z ]+>$/.test(word)) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
