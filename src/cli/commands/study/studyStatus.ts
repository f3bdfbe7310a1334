import { Command } from "commander";
import { withStudyOptions } from "./studyFlags.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat study status`: what exists of a study. */
export function studyStatusCommand(): Command {
  return withStudyOptions(new Command("status"))
    .description("Lists the runs of a study with what exists of each: steps, measurements and answers.")
    .addHelpText("after", "\nExample:\n  $ turncoat study status configs/real.yaml\n")
    .action(lazily(async () => (await import("../../actions/study/studyStatus.js")).studyStatusAction));
}
