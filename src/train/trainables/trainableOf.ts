import type { Model } from "../../model/model.js";
import type { TrainConfig } from "../trainConfig.js";
import { trainableAdapters } from "./loraAdapters.js";
import { trainableWeights } from "./modelWeights.js";
import { trainableVectors } from "./trainedVectors.js";
import type { Trainable } from "./trainable.js";

/** Makes what a configuration trains of a model. */
export function trainableOf(config: TrainConfig, model: Model): Trainable {
  if (config.method === "full") return trainableWeights(config, model);
  return config.method === "vector" ? trainableVectors(config, model) : trainableAdapters(config, model);
}
