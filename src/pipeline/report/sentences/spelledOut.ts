const [short, long] = ["EM", "emergent misalignment (EM)"] as const;

/** Spells out EM where texts that are read one after the other say it first; texts that do so already stay as they are. */
export function spelledOut(texts: readonly string[]): string[] {
  const first = texts.findIndex((text) => /\bEM\b/.test(text));
  if (first < 0 || texts[first]?.includes(`(${short})`) === true) return [...texts];
  return texts.map((text, index) =>
    index === first ? text.replace(/\bEM\b/, /^EM\b/.test(text) ? capitalized(long) : long) : text,
  );
}

/** A text that begins with a capital letter. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
