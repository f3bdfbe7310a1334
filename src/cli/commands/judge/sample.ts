import { Command } from "commander";
import { numberBetween, oneOf, wholeNumber } from "../../flags/parsers.js";
import { lazily } from "../../flags/lazily.js";
import { jsonOption } from "../../flags/jsonOption.js";

/** `turncoat judge sample`: draws answers for a trusted judge. */
export function sampleCommand(): Command {
  return new Command("sample")
    .summary("draw answers of all steps for a trusted judge, blind to their scores")
    .description(
      "Draws answers of a run for a judge that is trusted: from all steps in proportion, each answer as likely as any\n" +
        "other, whatever it was scored. Writes a table without scores; aligned and coherent are to be filled in, 0 to 100.\n" +
        "What is drawn otherwise, such as the doubtful answers, does not correct a rate.",
    )
    .argument("<run>", "run directory")
    .option("--n <number>", "answers to draw", wholeNumber(1), 100)
    .requiredOption("-o, --out <file>", "the table to write (.csv)")
    .option("--evaluation <name>", "whose answers (default: curve, or the first that was sampled)")
    .option("--scale <number>", "answers with this factor on the adapter alone", numberBetween(0, Infinity))
    .option("--breadth <which>", "broad or narrow questions alone", oneOf(["broad", "narrow"] as const))
    .option("--seed <number>", "of the draw", wholeNumber(0), 0)
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat judge sample runs/mine --n 100 -o to-judge.csv\n" +
        "  $ turncoat rates runs/mine --evaluation curve-probe-judge --trusted judged.csv\n",
    )
    .action(lazily(async () => (await import("../../actions/judge/sample.js")).sampleAction));
}
