import { Command } from "commander";
import { withEngineOptions } from "../../flags/engineFlags.js";
import { jsonOption } from "../../flags/jsonOption.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat audit score`: what signs and people said of sealed runs, against the truth. */
export function scoreAuditCommand(): Command {
  return withEngineOptions(new Command("score"))
    .summary("score signs and predictions against the sealed truth")
    .description(
      "Reads every mechanistic sign from the sealed runs, opens the truth, and says what each is worth: area under the ROC\n" +
        "curve, Brier and logarithmic score, calibration, and of which kinds of runs it warns. A prediction file is a JSON\n" +
        'object with a probability for each run, such as {"sealed-01": 0.9}.',
    )
    .argument("[predictions...]", "files of predictions of people or programs")
    .option("--audit <folder>", "folder of the sealed runs", "runs/audit")
    .addOption(jsonOption("print one JSON object, with ROC curves and calibration"))
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat audit score --audit runs/audit\n  $ turncoat audit score mine.json --audit runs/audit --json\n",
    )
    .action(lazily(async () => (await import("../../actions/audit/score.js")).scoreAuditAction));
}
