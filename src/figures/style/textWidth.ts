/** Advance widths of the printable ASCII characters from the space on, in thousandths of the size: those of Helvetica and Arial. */
const asciiWidths = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
  556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
  500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
  556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
  278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
] as const;

const otherWidths: Readonly<Record<string, number>> = {
  "·": 333,
  "×": 584,
  "−": 584,
  "–": 556,
  "…": 1000,
  "“": 333,
  "”": 333,
  "’": 222,
};

/** Width of a letter of a script that fonts borrow from each other, and of a wide one. */
const [unknown, wide] = [700, 1050];

/** Share by which measured texts are taken to be wider than they are: fonts that stand in for Helvetica differ a little. */
const allowance = 1.02;

/** Bold letters are wider by about this factor. */
const boldFactor = 1.09;

/**
 * Width of a text set in Helvetica, Arial or Liberation Sans, in the unit of its size; a little more where letters are
 * borrowed from another font. It stands in for a browser's measure where there is none.
 */
export function textWidth(text: string, size: number, weight: "normal" | "bold" = "normal"): number {
  let sum = 0;
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    sum += asciiWidths[code - 32] ?? otherWidths[letter] ?? (code >= 0x2e80 ? wide : code < 32 ? 0 : unknown);
  }
  return (sum / 1000) * size * allowance * (weight === "bold" ? boldFactor : 1);
}

/**
 * Breaks a text into lines that are no wider than a width: at spaces, and within a word where that alone is too wide,
 * after a sign where it has one. A text without letters has no lines.
 */
export function wrappedText(
  text: string,
  width: number,
  size: number,
  weight: "normal" | "bold" = "normal",
): string[] {
  const fits = (line: string): boolean => textWidth(line, size, weight) <= width;
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((each) => each !== "")) {
    const last = lines.at(-1);
    const joined = last === undefined ? word : `${last} ${word}`;
    if (fits(joined)) {
      lines.splice(-1, 1, joined);
      continue;
    }
    lines.push(...brokenWord(word, fits));
  }
  return lines;
}

/** Parts of a word, each as long as fits; one letter fits anywhere. */
function brokenWord(word: string, fits: (line: string) => boolean): string[] {
  if (fits(word)) return [word];
  const letters = Array.from(word);
  let most = 1;
  while (most < letters.length && fits(letters.slice(0, most + 1).join(""))) most++;
  const start = letters.slice(0, most);
  const sign = start.findLastIndex((letter) => /[-_./,:;]/.test(letter));
  const end = sign > 0 ? sign + 1 : most;
  return [letters.slice(0, end).join(""), ...brokenWord(letters.slice(end).join(""), fits)];
}
