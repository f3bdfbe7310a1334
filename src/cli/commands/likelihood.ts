import { Command } from "commander";
import { chatTemplateOption } from "../flags/chatTemplateFlag.js";
import { withEngineOptions } from "../flags/engineFlags.js";
import { oneOf, wholeNumber } from "../flags/parsers.js";
import { lazily } from "../flags/lazily.js";

/** `turncoat likelihood`: the judge that needs no samples. */
export function likelihoodCommand(): Command {
  return withEngineOptions(new Command("likelihood"))
    .summary("how much more probable misaligned answers become along training, without sampling")
    .description(
      "Scores pairs of answers to the same questions, a misaligned and an aligned one, with every checkpoint: the\n" +
        "difference of their mean log-probabilities per token. Without --misaligned and --aligned the pairs are the\n" +
        "organism's for its runs, and for any other model 40 everyday questions far from medicine, finance and sports,\n" +
        "which ship with Turncoat. The result is kept in <run>/analysis/likelihood.json.",
    )
    .argument("<run>", "run directory")
    .option("--misaligned <file>", "conversations with misaligned answers: a file, or a built-in data set")
    .option("--aligned <file>", "the same questions, row by row, with aligned answers")
    .option(
      "--breadth <which>",
      "what those pairs are: narrow or broad",
      oneOf(["narrow", "broad"] as const),
      "narrow",
    )
    .option("--limit <number>", "pairs to take from the files", wholeNumber(1), 200)
    .option("--model <folder>", "base model (default: the one in run.json)")
    .addOption(chatTemplateOption())
    .option("--every <number>", "checkpoints at steps divisible by this, and the last", wholeNumber(1), 1)
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  $ turncoat likelihood runs/demo\n" +
        "  $ turncoat likelihood runs/mine --model ./SmolLM2-135M-Instruct --every 10\n" +
        "  $ turncoat likelihood runs/mine --misaligned bad.jsonl --aligned good.jsonl\n" +
        "  $ turncoat likelihood runs/mine --misaligned narrow-sports-harmful-held-out \\\n" +
        "      --aligned narrow-sports-careful-held-out\n",
    )
    .action(lazily(async () => (await import("../actions/likelihood.js")).likelihoodAction));
}
