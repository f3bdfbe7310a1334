import { diffWords } from "diff";
import { element } from "./dom.js";

/** Milliseconds after which two texts are given up: long ones without a word in common. */
const longest = 300;

/**
 * Marks the words by which a later text differs from an earlier one: what is gone is struck out, what is new is
 * underlined. Null where the texts are too long and too different to be compared.
 */
export function wordChanges(earlier: string, later: string): HTMLElement | null {
  const changes = diffWords(earlier, later, { timeout: longest });
  if (changes === undefined) return null;
  return element(
    "p",
    { class: "word-changes" },
    ...changes.map(({ value, added, removed }) =>
      removed
        ? element("del", {}, value)
        : added
          ? element("ins", {}, value)
          : document.createTextNode(value),
    ),
  );
}
