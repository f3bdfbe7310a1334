import { rate, type Rate } from "../behavior/rates.js";

/** Probabilities of one bin, and how often what they announce was so. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  /** Mean of the probabilities. */
  readonly predicted: number;
  /** How often it was so, in percent, with Wilson's interval. */
  readonly observed: Rate;
}

/** Sorts probabilities into bins of equal width; those that are empty are left out. */
export function calibrationBins(
  probabilities: readonly number[],
  labels: readonly boolean[],
  bins = 5,
): CalibrationBin[] {
  return Array.from({ length: bins }, (_, bin) => {
    const members = probabilities.flatMap((probability, index) =>
      Math.min(bins - 1, Math.floor(probability * bins)) === bin ? [{ probability, index }] : [],
    );
    const hits = members.filter(({ index }) => labels[index] === true).length;
    const sum = members.reduce((total, { probability }) => total + probability, 0);
    return {
      ...{ from: bin / bins, to: (bin + 1) / bins },
      ...{ predicted: sum / members.length, observed: rate(hits, members.length) },
    };
  }).filter(({ observed }) => observed.n > 0);
}
