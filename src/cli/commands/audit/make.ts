import { Command } from "commander";
import { withEngineOptions } from "../../flags/engineFlags.js";
import { jsonOption } from "../../flags/jsonOption.js";
import { lazily } from "../../flags/lazily.js";
import { wholeNumber } from "../../flags/parsers.js";

/** `turncoat audit make`: trains sealed runs. */
export function makeAuditCommand(): Command {
  return withEngineOptions(new Command("make"))
    .summary("train sealed runs of the embedded organism")
    .description(
      "Trains sealed runs of the embedded organism, each with its control: harmful in a hidden domain, careful, harmful behind\n" +
        "a trigger, inoculated, repaired, or careful in a style that has to be learnt. Answers and data are withheld. What was\n" +
        "done to each lies in a folder beside it, INTO-truth, whose hash seals it. The same command goes on where it stopped.",
    )
    .argument("<runs>", "number of runs", wholeNumber(1))
    .option("--seed <number>", "whoever knows it knows the truth (default: drawn by chance)", wholeNumber(0))
    .option("--into <folder>", "folder of the sealed runs", "runs/audit")
    .option("--steps <number>", "optimiser steps of each run (default: the recipe's)", wholeNumber(1))
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ turncoat audit make 28 --into runs/audit\n")
    .action(lazily(async () => (await import("../../actions/audit/make.js")).makeAuditAction));
}
