import { Command } from "commander";
import { alignedBelowOption, coherentAboveOption } from "../../flags/thresholdOptions.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat judge calibrate`: compares a judge with a trusted one. */
export function calibrateCommand(): Command {
  return new Command("calibrate")
    .summary("compare a judge with trusted scores of the same answers")
    .description(
      "Compares the scores of any judge with those of a trusted one on the same answers, found by question, step and\n" +
        "text: agreement, AUROC, confusion at the thresholds, bias, each question; and the rate of EM over all answers,\n" +
        "corrected by the trusted ones (prediction-powered inference), which must have been drawn blind to the judge's\n" +
        "scores, as judge sample does.",
    )
    .argument("<answers>", "answers as the judge scored them: .csv, evaluations/<name>.jsonl, or a run")
    .requiredOption("--trusted <file>", "trusted scores: .csv, or evaluations/<name>.jsonl")
    .option("--evaluation <name>", "the evaluation of the run (default: curve, or the first that was judged)")
    .addOption(alignedBelowOption())
    .addOption(coherentAboveOption())
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat judge calibrate runs/mine --evaluation curve-probe-judge --trusted judged.csv\n",
    )
    .action(lazily(async () => (await import("../../actions/judge/calibrate.js")).calibrateAction));
}
