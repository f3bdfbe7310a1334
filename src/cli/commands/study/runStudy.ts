import { Command } from "commander";
import { withEngineOptions } from "../../flags/engineFlags.js";
import { withStudyOptions } from "./studyFlags.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat study run`: does what is missing of a study. */
export function runStudyCommand(): Command {
  return withEngineOptions(withStudyOptions(new Command("run")))
    .description(
      "Does what is missing of a study: each pair of run and control is trained, then measured, then asked. What is\n" +
        "finished is never done again, and after an interruption the same command goes on.",
    )
    .option("--files <folder>", "folder of models, questions and probes that are not beside the study")
    .option("--dry-run", "list the runs and what exists of each, and do nothing")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat study run configs/real.yaml --dry-run\n" +
        "  $ turncoat study run configs/real.yaml --files models --only smollm2 medical\n",
    )
    .action(lazily(async () => (await import("../../actions/study/runStudy.js")).runStudyAction));
}
