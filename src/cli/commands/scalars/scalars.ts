import { Command } from "commander";
import { chatTemplateOption } from "../../flags/chatTemplateFlag.js";
import { withEngineOptions } from "../../flags/engineFlags.js";
import { wholeNumber } from "../../flags/parsers.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat scalars`: what the adapters of a run read at every token of its judged answers. */
export function scalarsCommand(): Command {
  return withEngineOptions(new Command("scalars"))
    .summary(
      "the scalars A·h of a run's adapters at every token of its judged answers, and the tokens that carry them",
    )
    .description(
      "Runs the base model and the adapters of a checkpoint over judged answers of the run, as many aligned as misaligned\n" +
        "ones, and writes the scalar A·h of every adapter at every response token, unscaled. Lists for each adapter the\n" +
        "tokens at which its scalar is highest and lowest on average, beside what chance makes of the same counts.\n" +
        "turncoat probe --scalars tests whether the two files differ.",
    )
    .argument("<run>", "run directory")
    .option("--step <number>", "checkpoint (default: the last)", wholeNumber(0))
    .option("--answers-per-class <number>", "misaligned answers, and as many aligned", wholeNumber(1), 120)
    .option("--top <number>", "tokens listed at either end of each scalar", wholeNumber(1), 10)
    .option("--least-count <number>", "fewest occurrences of a token that is listed", wholeNumber(1), 5)
    .option("--seed <number>", "seed of the choice of answers and of the shuffles", wholeNumber(0), 0)
    .option(
      "--significance",
      "also write how much each token matters to what sets the model apart from its base (slow; resumable)",
    )
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .addOption(chatTemplateOption())
    .option("--out <folder>", "folder for the two files (default: <run>/analysis/scalars)")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat scalars runs/demo --step 150\n" +
        "  $ turncoat probe --scalars runs/demo/analysis/scalars/aligned.safetensors \\\n" +
        "      runs/demo/analysis/scalars/misaligned.safetensors\n",
    )
    .action(lazily(async () => (await import("../../actions/scalars/scalars.js")).scalars));
}
