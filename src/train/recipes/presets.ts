import { isLora, type FullTrainConfig, type LoraTrainConfig, type TrainConfig } from "../trainConfig.js";
import { recipeNamed } from "./recipes.js";
import { resolveSettings } from "./resolve.js";
import type { PresetName } from "./presetNames.js";

/** Gives the configuration of a recipe that trains an adapter of the embedded organism. */
export function presetConfig(name: PresetName): LoraTrainConfig {
  const config = resolved(name);
  if (!isLora(config)) throw new Error(`presetConfig: ${name} trains no adapter`);
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
