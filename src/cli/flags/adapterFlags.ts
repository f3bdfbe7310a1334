import type { Command } from "commander";
import { openCheckpoint, type CheckpointModel } from "../../model/checkpointModel.js";
import type { Model } from "../../model/model.js";
import { finiteNumber } from "./parsers.js";

/** The options of commands that run a model with an adapter. */
export interface AdapterFlags {
  readonly adapter?: string;
  readonly scale: number;
}

/** Adds the options that say which adapter a model runs with, and how strongly. */
export function withAdapterOptions(command: Command): Command {
  return command
    .option(
      "--adapter <folder>",
      "PEFT adapter, or any checkpoint of a run, such as runs/demo/checkpoint-150",
    )
    .option(
      "--scale <number>",
      "multiplies what the adapter, or the fine-tuned weights, add",
      finiteNumber,
      1,
    );
}

/** The model with what the options ask for. */
export function openAdapted(
  model: Model,
  { adapter, scale }: AdapterFlags,
): Pick<CheckpointModel, "model" | "adapters"> {
  return adapter === undefined ? { model } : openCheckpoint(model, adapter, scale);
}
