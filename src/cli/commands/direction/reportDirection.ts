import { Command } from "commander";
import { chatTemplateOption } from "../../flags/chatTemplateFlag.js";
import { withEngineOptions } from "../../flags/engineFlags.js";
import { addJudgeOptions } from "../../flags/judgeFlags.js";
import { wholeNumber } from "../../flags/parsers.js";
import { addQuestionOptions } from "../../flags/questionFlags.js";
import { numbers } from "../../flags/parsers.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat direction report`: the tables of the paper about directions, of one run and others of the same base. */
export function reportDirectionCommand(): Command {
  const command = withEngineOptions(new Command("report"))
    .summary(
      "the paper's tables about a run: mean difference, steering, ablation, transfer, scalars, adapters",
    )
    .description(
      "Measures what Convergent Linear Representations of Emergent Misalignment tabulates, in its order, of a run with\n" +
        "judged answers: its mean difference and cosines with other runs', steering of the base, ablation of the run and of\n" +
        "the others, classification by adapter scalars, single adapters. What the runs keep is taken; what is missing is\n" +
        "measured and kept: after an interruption the same command continues.",
    )
    .argument("<run>", "run directory")
    .option("--others <runs...>", "other runs of the same base, with judged answers too", [])
    .option("--strengths <list>", "of steering, shares of the residual norm", numbers, [0.25, 0.5, 1])
    .option("--random <number>", "random directions of the same length beside each", wholeNumber(0), 3)
    .option("--random-seed <number>", "of what is random", wholeNumber(0), 0)
    .option("--repeats <number>", "of the classification by scalars", wholeNumber(1), 100)
    .option("--model <folder>", "base model's folder (default: the one in run.json)")
    .addOption(chatTemplateOption());
  return addJudgeOptions(addQuestionOptions(command).option("--json", "print one JSON object"))
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat direction report runs/medical --others runs/sport runs/finance --random 1\n",
    )
    .action(lazily(async () => (await import("../../actions/direction/reportDirection.js")).report));
}
