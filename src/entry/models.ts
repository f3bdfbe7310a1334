/* Models: opening, generating, merging adapters, and reading and changing the residual stream. */
export { chooseTemplate, type ChosenTemplate } from "../model/tokenizer/chosenTemplate.js";
export { openModel, type Model, type OpenModelOptions } from "../model/model.js";
export { openCheckpoint, type CheckpointModel } from "../model/checkpointModel.js";
export { generate, type GenerationOptions, type GenerationRow } from "../model/generation/generate.js";
export { mergeAdapter, type MergeOptions } from "../model/weights/mergeAdapter.js";
export {
  captureActivations,
  responseRequest,
  type CapturedActivations,
  type CaptureOptions,
  type CaptureRequest,
} from "../model/hooks/captureActivations.js";
export type { ResidualEdit } from "../model/hooks/residualEdits.js";
