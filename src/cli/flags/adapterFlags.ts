import type { Command } from "commander";
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
