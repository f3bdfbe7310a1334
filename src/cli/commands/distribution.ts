import { Command } from "commander";
import { changeFile } from "../../runs/layout.js";
import { chatTemplateOption } from "../flags/chatTemplateFlag.js";
import { withEngineOptions } from "../flags/engineFlags.js";
import { numberBetween, positiveNumber, wholeNumber } from "../flags/parsers.js";
import { lazily } from "../flags/lazily.js";

/** `turncoat distribution`: how the distribution of answers changes along a run, and what of that a judge sees. */
export function distributionCommand(): Command {
  return withEngineOptions(new Command("distribution"))
    .summary("how much the distribution of answers changes along training, and how much of it a judge sees")
    .description(
      "Compares the answers of neighbouring windows of checkpoints by how probable the checkpoints find them (total\n" +
        "variation and Jensen–Shannon divergence, 2508.20015), says where they change most, and what share of the change\n" +
        "each judged property explains. Uses the answers that `turncoat evaluate` sampled; samples none itself. The\n" +
        `result is kept in <run>/${changeFile}, where analyses and pages find it.`,
    )
    .argument("<run>", "run directory")
    .option("--evaluation <name>", "whose answers to compare (default: those behaviour is taken from)")
    .option("--scale <number>", "factor on the adapter (default: 1)", numberBetween(0, Infinity))
    .option(
      "--window <steps>",
      "length of a window (default: twice the widest distance of checkpoints)",
      positiveNumber,
    )
    .addOption(chatTemplateOption())
    .option("--every <number>", "use checkpoints at steps divisible by this, and the last", wholeNumber(1), 1)
    .option("--questions <file>", "the questions asked, where they have system turns or paraphrases")
    .option("--model <folder>", "base model (default: the one in run.json)")
    .option("--resamples <number>", "resamples of the questions", wholeNumber(100), 1000)
    .option("--seed <number>", "seed of the resamples", wholeNumber(0), 0)
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  $ turncoat distribution runs/demo\n  $ turncoat analyze runs/demo\n")
    .action(lazily(async () => (await import("../actions/distribution.js")).distributionAction));
}
