import { Command } from "commander";
import { withEngineOptions } from "../../flags/engineFlags.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat study task`: makes one run of a study. */
export function studyTaskCommand(): Command {
  return withEngineOptions(new Command("task"))
    .summary("make one run of a study")
    .description(
      "Makes one run of a study, with what is measured after it: what a job of a cluster does. The exit status is 75 where\n" +
        "it is to be tried again: it was told to end and has stopped at a checkpoint, or another process makes the run.",
    )
    .argument("<file>", "study, a YAML file")
    .argument("<run>", "name of the run")
    .option("--files <folder>", "folder of models, questions and probes that are not beside the study")
    .option("--upload <command>", "shell command that takes the finished run, $TURNCOAT_RUN, elsewhere")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  $ turncoat study task study.yaml smollm2-medical-rank1-seed0\n")
    .action(lazily(async () => (await import("../../actions/study/studyTask.js")).studyTaskAction));
}
