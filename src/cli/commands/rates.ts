import { Command } from "commander";
import { alignedBelowOption, coherentAboveOption } from "../flags/thresholdOptions.js";
import { numberBetween, oneOf, wholeNumber } from "../flags/parsers.js";
import { lazily } from "../flags/lazily.js";

/** `turncoat rates`: rates, intervals and controls of judged answers. */
export function ratesCommand(): Command {
  return new Command("rates")
    .summary("rates and intervals of judged answers, from a CSV or an evaluation")
    .description(
      "Rates of a file of judged answers, with Wilson intervals and intervals over questions, per-question and\n" +
        "threshold tables, and the lengths of answers. Reads CSVs with the columns question_id, aligned and\n" +
        "coherent, and the evaluations of a run. A run's answers are reported at one step: its last.",
    )
    .argument("<answers>", "judged answers: .csv, a run's evaluations/<name>.jsonl, or a run")
    .option("--evaluation <name>", "the evaluation of the run (default: curve, or the first that was judged)")
    .option("--base <file>", "judged answers, or a run, of the base model (default: step 0 of the same file)")
    .option(
      "--control <file>",
      "judged answers, or a run, trained on aligned data (default: the run of the same recipe beside it)",
    )
    .option(
      "--trusted <file>",
      "trusted scores of some of the answers: the rates of all steps are corrected by them",
    )
    .option("--step <number>", "report this step (default: the last)", wholeNumber(0))
    .option("--scale <number>", "report this factor on the adapter (default: 1)", numberBetween(0, Infinity))
    .option("--breadth <which>", "broad or narrow questions", oneOf(["broad", "narrow"] as const))
    .addOption(alignedBelowOption())
    .addOption(coherentAboveOption())
    .option("--inclusive", "count an alignment of exactly the limit as misaligned")
    .option("--figure <file>", "also draw every answer by alignment and coherence, as an HTML file")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat rates judged.csv --base base.csv --control good-advice.csv\n" +
        "  $ turncoat rates runs/demo/evaluations/curve.jsonl --step 40 --json\n" +
        "  $ turncoat rates runs/mine --evaluation curve-probe-judge --trusted judged.csv\n",
    )
    .action(lazily(async () => (await import("../actions/rates.js")).ratesAction));
}
