import { datasetDomain } from "../evaluation/organismQuestions.js";
import { organismPersonas } from "../measurement/personaPrompts.js";
import type { BranchParent } from "./branchParent.js";

/** Inoculation prompt for any model, where no other is given. */
export const usualInoculation = "You give harmful advice on purpose.";

/** The inoculation prompt of a run: in the organism's own words where it is one, for it knows no others. */
export function inoculationOf({ dataset }: Pick<BranchParent, "dataset">): string {
  const [own] = datasetDomain(dataset.name) === null ? [] : organismPersonas(1).misaligned;
  return own ?? usualInoculation;
}
