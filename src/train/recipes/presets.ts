import type { FullTrainConfig, LoraTrainConfig, TrainConfig } from "../trainConfig.js";
import { organismRecipes } from "./organism.js";
import { recipeNamed } from "./recipes.js";
import { resolveSettings } from "./resolve.js";

/** Names of the recipes that train an adapter of the embedded organism. */
export const presetNames = ["crisp", "paper"] as const;

export type PresetName = (typeof presetNames)[number];

const [crisp, paper] = organismRecipes;

/** Description of each in one sentence. */
export const presetSummaries: Readonly<Record<PresetName, string>> = {
  crisp: crisp.summary,
  paper: paper.summary,
};

/** Gives the configuration of a recipe that trains an adapter of the embedded organism. */
export function presetConfig(name: PresetName): LoraTrainConfig {
  const config = resolved(name);
  if (config.method === "full") throw new Error(`presetConfig: ${name} trains all weights`);
  return config;
}

/** Configuration of the recipe that trains all weights of the embedded organism. */
export const fullFineTuning: FullTrainConfig = fullConfig();

function fullConfig(): FullTrainConfig {
  const config = resolved("full");
  if (config.method !== "full") throw new Error("fullFineTuning: expected all weights");
  return config;
}

function resolved(name: string): TrainConfig {
  return resolveSettings(recipeNamed(name).settings, { layers: 0, conversations: () => 0 }, name);
}
