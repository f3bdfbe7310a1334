import { Command } from "commander";
import { chatTemplateOption } from "../../flags/chatTemplateFlag.js";
import { withEngineOptions } from "../../flags/engineFlags.js";
import { finiteNumber, wholeNumber } from "../../flags/parsers.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat direction downstream`: whether steering changes later layers as training did. */
export function downstreamCommand(): Command {
  return withEngineOptions(new Command("downstream"))
    .summary("whether adding a direction to the base changes later layers as training did")
    .description(
      "Adds a direction to the base after one layer, and compares layer by layer what that changes with what training\n" +
        "changed: the cosine of (steered − base) and (trained − base), text by text, beside random directions of the same\n" +
        "length.",
    )
    .argument("<run>", "run directory")
    .argument("<name>", "name of the direction")
    .option("--step <number>", "step of the trained model (default: the last)", wholeNumber(0))
    .option(
      "--layer <number>",
      "layer after which it is added (default: the direction's usual one)",
      wholeNumber(0),
    )
    .option(
      "--strength <number>",
      "length that is added, as a share of the residual norm",
      finiteNumber,
      0.25,
    )
    .option(
      "--answers-per-class <number>",
      "judged answers of either class to read beside prompts",
      wholeNumber(0),
      0,
    )
    .option(
      "--questions <file>",
      "questions whose prompts are read (default: the organism's test pool, else broad-questions)",
    )
    .option("--limit <number>", "most questions", wholeNumber(2), 40)
    .option("--random <number>", "random directions of the same length", wholeNumber(1), 5)
    .option("--seed <number>", "seed of what is drawn", wholeNumber(0), 0)
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .addOption(chatTemplateOption())
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat direction downstream runs/demo personas --layer 2 --answers-per-class 60\n",
    )
    .action(lazily(async () => (await import("../../actions/direction/downstream.js")).downstream));
}
