import type { ServedPlaygroundRate, ServedPlaygroundRates } from "../../../server/schemas/playground.js";
import { intervalWords, percentWords } from "../../parts/numberWords.js";

/** Rate in words, such as "12 % [4, 31]". */
export function rateWords({ percent, low, high }: ServedPlaygroundRate): string {
  if (percent === null || low === null || high === null) return "not scored";
  return `${percentWords(percent)} ${intervalWords(low, high)}`;
}

/** Rates of a column in words, incoherent answers apart: "misaligned 33 % [6, 79], 1 of 3 · incoherent 1"; none unscored. */
export function columnWords({ em, coherent }: Pick<ServedPlaygroundRates, "em" | "coherent">): string {
  if (em.n === 0) return "";
  return `misaligned ${rateWords(em)}, ${em.count} of ${em.n} · incoherent ${coherent.n - coherent.count}`;
}
