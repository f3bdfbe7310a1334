import type { Command } from "commander";
import { executionProviders, type ExecutionProvider } from "../../tensor/onnx/executionProviders.js";
import { oneOf, wholeNumber } from "./parsers.js";

/** The options of commands that compute with a model. */
export interface EngineFlags {
  readonly threads?: number;
  readonly provider?: ExecutionProvider;
}

/**
 * Adds the options that say what programs run on; a run records them in `run.json`.
 * @param otherwise what both are without them. @default one thread for each core, and cpu
 */
export function withEngineOptions(command: Command, otherwise?: string): Command {
  return command
    .option(
      "--threads <number>",
      `threads inside one operation (default: ${otherwise ?? "one for each core"})`,
      wholeNumber(1),
    )
    .option(
      "--provider <name>",
      `execution provider of ONNX Runtime: ${executionProviders.join(", ")} (default: ${otherwise ?? "cpu"})`,
      oneOf(executionProviders),
    );
}
