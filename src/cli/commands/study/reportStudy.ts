import { Command } from "commander";
import { withStudyOptions } from "./studyFlags.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat study report`: tables of what a study has found so far. */
export function reportStudyCommand(): Command {
  return withStudyOptions(new Command("report"))
    .description(
      "Puts what a study has found so far in tables: the turn of the direction in harmful runs and their controls, the\n" +
        "log-likelihood gap, and the answers. It reads the runs alone; no model is opened.",
    )
    .option(
      "--into <file>",
      "write the tables into a Markdown file, between its lines <!-- study --> and <!-- /study -->",
    )
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat study report configs/real.yaml\n" +
        "  $ turncoat study report configs/real.yaml --into docs/real-models.md\n",
    )
    .action(lazily(async () => (await import("../../actions/study/reportStudy.js")).reportStudyAction));
}
