import { openCheckpoint, type CheckpointModel } from "../../model/checkpointModel.js";
import type { Model } from "../../model/model.js";
import type { AdapterFlags } from "../flags/adapterFlags.js";

/** The model with what the options ask for. */
export function openAdapted(
  model: Model,
  { adapter, scale }: AdapterFlags,
): Pick<CheckpointModel, "model" | "adapters"> {
  return adapter === undefined ? { model } : openCheckpoint(model, adapter, scale);
}
