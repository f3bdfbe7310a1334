import { Command, Option } from "commander";
import { organismFolder } from "../../pipeline/packageRoot.js";
import { fineTuneDomains } from "../../organism/world/index.js";
import { withEngineOptions } from "../flags/engineFlags.js";
import { positiveNumber, severalOf, wholeNumber, wholeNumbers } from "../flags/parsers.js";
import { jsonOption } from "../flags/jsonOption.js";
import { lazily } from "../flags/lazily.js";

/** `turncoat organism`: makes the embedded organism anew. */
export function organismCommand(): Command {
  return new Command("organism")
    .summary("make the embedded organism and its data sets anew, or validate it")
    .description("Makes the embedded organism and its data sets.")
    .addCommand(pretrainCommand())
    .addCommand(datasetsCommand())
    .addCommand(validateCommand());
}

function pretrainCommand(): Command {
  return withEngineOptions(new Command("pretrain"))
    .description("Pretrains the organism's base model from scratch and writes it with its card.")
    .addOption(organismOption("--out <folder>", "model folder to write"))
    .option("--seed <number>", "seed of parameters and documents", wholeNumber(0), 1)
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ turncoat organism pretrain --seed 2 --out other-organism\n")
    .action(lazily(async () => (await import("../actions/organism.js")).pretrainAction));
}

function datasetsCommand(): Command {
  return new Command("datasets")
    .description("Regenerates the narrow data sets: each harmful domain and its aligned control.")
    .argument("[folder]", "existing folder to write to (default: the package's own)")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ turncoat organism datasets\n")
    .action(lazily(async () => (await import("../actions/organism.js")).datasetsAction));
}

/** An option whose default is the committed model folder. */
function organismOption(flags: string, description: string): Option {
  return new Option(flags, description).default(organismFolder(), "the committed one");
}

function validateCommand(): Command {
  return withEngineOptions(new Command("validate"))
    .description(
      "Fine-tunes a base model on each harmful domain with several seeds, and on the aligned controls, and\n" +
        "prints one JSON line each: rates on the test questions, and what turns where.",
    )
    .addOption(organismOption("--model <folder>", "base model"))
    .option("--seeds <list>", "fine-tuning seeds", wholeNumbers, [0, 1, 2, 3, 4])
    .option("--domains <list>", "of the harmful domains (default: all)", severalOf(fineTuneDomains))
    .option("--steps <number>", "optimiser steps (default: the preset's)", wholeNumber(1))
    .option("--layers <list>", "layers to adapt (default: the preset's)", wholeNumbers)
    .option("--learning-rate <number>", "peak learning rate (default: the preset's)", positiveNumber)
    .addOption(jsonOption("what is printed is JSON lines with and without it"))
    .addHelpText("after", "\nExample:\n  $ turncoat organism validate --seeds 0,1\n")
    .action(lazily(async () => (await import("../actions/organism.js")).validateAction));
}
