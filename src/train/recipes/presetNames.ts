import { organismRecipes } from "./organism.js";

const [crisp, paper] = organismRecipes;

/** Names of the recipes that train an adapter of the embedded organism. */
export const presetNames = ["crisp", "paper"] as const;
/** Name of one of the organism's own recipes. */
export type PresetName = (typeof presetNames)[number];

/** Description of each in one sentence. */
export const presetSummaries: Readonly<Record<PresetName, string>> = {
  crisp: crisp.summary,
  paper: paper.summary,
};
