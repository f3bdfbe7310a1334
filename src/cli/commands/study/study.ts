import { Command } from "commander";
import { reportStudyCommand } from "./reportStudy.js";
import { runStudyCommand } from "./runStudy.js";
import { studyTaskCommand } from "./studyTask.js";
import { studyStatusCommand } from "./studyStatus.js";

/** `turncoat study`: many trainings, each with its control and what is measured after it, from one file. */
export function studyCommand(): Command {
  return new Command("study")
    .summary("train and measure many runs from one file, and put their results in tables")
    .description(
      "A study is a YAML file: base models, pairs of harmful and careful data, recipes, seeds, and what is measured after\n" +
        "each training. Without a subcommand it is run.",
    )
    .addCommand(runStudyCommand(), { isDefault: true })
    .addCommand(studyStatusCommand())
    .addCommand(reportStudyCommand())
    .addCommand(studyTaskCommand());
}
