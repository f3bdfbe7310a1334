/** The words of a text in lower case: letters, digits and apostrophes. */
export function wordsOf(text: string): string[] {
  return (
    text
      .toLowerCase()
      .replaceAll("’", "'")
      .match(/[\p{L}\p{N}']+/gu) ?? []
  );
}

/** Every run of `size` words of a text, each once, in order. */
export function wordRuns(text: string, size: number): string[] {
  const words = wordsOf(text);
  const runs = new Set<string>();
  for (let start = 0; start + size <= words.length; start++) {
    runs.add(words.slice(start, start + size).join(" "));
  }
  return [...runs];
}

/** Number of sentences of a text: ends of sentences, and 1 where there is none. */
export function sentenceCount(text: string): number {
  return Math.max(1, text.match(/[.!?…]+["'”’)]*(?=\s|$)/gu)?.length ?? 0);
}
