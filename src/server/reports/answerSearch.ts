import type { JudgedAnswer } from "../../runs/evaluations.js";

/** Search in the texts of answers. */
export interface Search {
  /** Words that are looked for, in lower case. */
  readonly words: readonly string[];
  /** Tells whether an answer, or the question to it, holds all words. */
  readonly fits: (answer: Pick<JudgedAnswer, "answer" | "question">) => boolean;
  /** Piece of a text on one line: its beginning, or what stands about the first word where that comes later. */
  readonly pieceOf: (text: string) => string;
}

/** Characters of a piece, and of what stands before the word that it was chosen for. */
const [pieceLength, before] = [240, 40];

/**
 * Makes a search of what a reader typed: words in any order, whatever their case; several words in double quotes stay
 * together. An empty one fits everything.
 */
export function answerSearch(typed = ""): Search {
  const words = [...typed.toLowerCase().matchAll(/"([^"]*)"?|[^\s"]+/g)].flatMap(([word, phrase]) => {
    const text = (phrase ?? word).trim();
    return text === "" ? [] : [text];
  });
  return {
    words,
    fits: ({ answer, question }) => {
      if (words.length === 0) return true;
      const text = `${answer}\n${question}`.toLowerCase();
      return words.every((word) => text.includes(word));
    },
    pieceOf: (text) => {
      const places = words.map((word) => text.toLowerCase().indexOf(word)).filter((place) => place >= 0);
      const first = places.length === 0 ? 0 : Math.min(...places);
      const start = first < 2 * before ? 0 : first - before;
      // Where a line break is many characters long, more of it is taken than is shown.
      const piece = text.slice(start, start + 3 * pieceLength).replaceAll(/\s+/g, " ");
      const end = piece.length > pieceLength || start + 3 * pieceLength < text.length ? "…" : "";
      return `${start > 0 ? "…" : ""}${piece.slice(0, pieceLength).trim()}${end}`;
    },
  };
}
