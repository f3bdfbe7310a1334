/** Narrow no-break space, between groups of three digits. */
const thinSpace = "\u202f";

/** Digits of a whole number that is not a part of a name, of a decimal fraction or of a seed. */
const longNumber = /(?<![\w.\-/]|\bseed,? |\bcommit )\d{5,}(?![\w/]|-\w|\.\d)/g;

/** Writes the whole numbers from 10 000 on in a text with thin spaces; seeds, fractions and parts of names stay as they are. */
export function groupedDigits(text: string): string {
  return text.replaceAll(longNumber, (digits) => digits.replaceAll(/\B(?=(\d{3})+$)/g, thinSpace));
}
