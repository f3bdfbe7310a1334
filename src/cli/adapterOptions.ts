import type { Command } from "commander";
import { readAdapter } from "../formats/peft.js";
import { stackAdapters, type AdapterBank } from "../model/adapterBank.js";
import type { Model } from "../model/model.js";
import { finiteNumber } from "./parsers.js";

/** The options of commands that run a model with an adapter. */
export interface AdapterFlags {
  readonly adapter?: string;
  readonly scale: number;
}

/** Adds the options that say which adapter a model runs with, and how strongly. */
export function withAdapterOptions(command: Command): Command {
  return command
    .option("--adapter <folder>", "PEFT adapter, such as runs/demo/checkpoint-150")
    .option("--scale <number>", "multiplies what the adapter adds", finiteNumber, 1);
}

/** The adapter that the options ask for. */
export function openAdapter(model: Model, { adapter, scale }: AdapterFlags): AdapterBank | undefined {
  if (adapter === undefined) return undefined;
  return stackAdapters(model.config, [{ modules: readAdapter(adapter).modules, factor: scale }]);
}
