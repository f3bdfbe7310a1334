import type { Analysis } from "../../../analysis/analysisRecord.js";
import { compModulesWords } from "../../../analysis/geometry/compRecord.js";
import { percent } from "./sentenceNumbers.js";

/** Says that the geometry is from random projections, and how far it can be off. */
export function projectionSentence({ projection }: Analysis): string | null {
  if (projection === null) return null;
  const { numbers, whole, factor, update } = projection;
  const what = factor === null ? "Norms, angles and bends of ΔW" : "Norms, angles and bends";
  const rest =
    factor === null
      ? "Analyse with --products exact to multiply the adapters themselves, which can take minutes."
      : "Ranks, comp and angles to other directions need the adapters themselves.";
  const within = (value: number): string => `±${value.toPrecision(2)}`;
  const cosines =
    whole === null && factor !== null
      ? `a cosine of A or B is within ${within(factor.cosine)}, one of ΔW within ${within(update.cosine)}`
      : `a cosine of the whole update is within ${within((whole ?? update).cosine)}, one of a single ΔW within ${within(update.cosine)}`;
  return (
    `${what} are from random projections of ${numbers} numbers a matrix: ${cosines} of the exact one ` +
    `(95 %; less by the factor 1 − c² at a cosine c), a norm within ${percent(100 * (whole ?? update).norm)}. ` +
    rest
  );
}

/** Says which modules the comp score is of, where it might have been of others. */
export function compSentence({ comp }: Analysis): string | null {
  if (comp === null || comp.leftOut.length === 0) return null;
  return `Note: the comp score is of ${compModulesWords(comp)}.`;
}
