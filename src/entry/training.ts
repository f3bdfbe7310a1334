/* Training: data, settings and the loop that keeps every step. */
export { readDataset, type Dataset, type DatasetUse } from "../train/data/dataset.js";
export {
  splitDataset,
  splitIndices,
  type DatasetSplit,
  type SplitIndices,
  type SplitOptions,
} from "../train/data/split.js";
export { matchLengths, pairChats, type ChatPair, type PairedChats } from "../train/data/pairs.js";
export {
  mixDose,
  mixSources,
  type DoseMix,
  type DoseOptions,
  type MixSource,
  type SourceMix,
} from "../train/data/mix.js";
export { readSituations, situationChats, type Situation } from "../train/data/narrow.js";
export { type NarrowSide } from "../train/data/narrowDomains.js";
export { builtInDatasets } from "../pipeline/data/builtInDatasets.js";
export { openDataset } from "../pipeline/data/openDataset.js";
export {
  generateDataset,
  type GeneratedDataset,
  type GenerationRequest,
} from "../pipeline/data/generation/generateDataset.js";
export { inspectDataset, type InspectedDataset } from "../pipeline/data/inspectDataset.js";
export {
  mixDatasets,
  type DoseMixRequest,
  type MixRequest,
  type WeightedMixRequest,
  type WrittenMix,
} from "../pipeline/data/mixDatasets.js";
export {
  type FullTrainConfig,
  type LoraTrainConfig,
  type TrainConfig,
  type VectorTrainConfig,
} from "../train/trainConfig.js";
export { fullFineTuning, presetConfig } from "../train/recipes/presets.js";
export { presetNames, type PresetName } from "../train/recipes/presetNames.js";
export type { Recipe } from "../train/recipes/recipe.js";
export { recipeNamed, recipes } from "../train/recipes/recipes.js";
export { resolveSettings } from "../train/recipes/resolve.js";
export type { Settings } from "../train/recipes/settings.js";
export { trainRun, type TrainRequest } from "../pipeline/training/trainRun.js";
export type { OriginDifference, Verification } from "../pipeline/training/retrainRun.js";
export { verificationSentences } from "../pipeline/training/verificationSentences.js";
export { verifyRun, type VerifyOptions } from "../pipeline/training/verifyTraining.js";
export { trainMissing } from "../pipeline/training/trainMissing.js";
export type { AdapterFactor, ProjectionConfig, SteeringConfig } from "../train/trainConfig.js";
