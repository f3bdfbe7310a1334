/**
 * Characters that a terminal obeys instead of showing them, and those that turn the direction of writing: names of files
 * and messages of servers may hold them, to hide what is written or to write what is not.
 */
const obeyed = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Makes characters that a terminal would obey visible as `\u001b`; line breaks and tabs stay what they are. */
export function visible(text: string): string {
  return text.replace(obeyed, (character) =>
    character === "\n" || character === "\t" ? character : escaped(character),
  );
}

/** Makes a text one line: line breaks and tabs are made visible too. */
export function oneLine(text: string): string {
  return text.replace(obeyed, escaped);
}

/** Prints a text and a line break on standard output, with nothing in it that a terminal obeys. */
export function print(text: string): void {
  process.stdout.write(`${visible(text)}\n`);
}

/** Prints a piece of a text that goes on, as `print` does. */
export function printPart(text: string): void {
  process.stdout.write(visible(text));
}

/** Prints one line on standard error, with nothing in it that a terminal obeys. */
export function tell(line: string): void {
  process.stderr.write(`${oneLine(line)}\n`);
}

/** Prints a text of several lines on standard error, as `print` does. */
export function tellAll(text: string): void {
  process.stderr.write(`${visible(text)}\n`);
}

/** A character as JSON escapes it, so that printed JSON stays what it is. */
function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
}
