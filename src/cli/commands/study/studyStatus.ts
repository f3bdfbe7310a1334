import { Command } from "commander";
import { toJson } from "../../../analysis/toJson.js";
import { readStudy } from "../../../pipeline/study/studyFile.js";
import { studyStatus } from "../../../pipeline/study/studyStatus.js";
import { studyStatusText } from "../../output/studyText.js";
import { print } from "../../output/terminal.js";
import { withStudyOptions, type OnlyFlags } from "./studyFlags.js";

/** `turncoat study status`: what exists of a study. */
export function studyStatusCommand(): Command {
  return withStudyOptions(new Command("status"))
    .description("Lists the runs of a study with what exists of each: steps, measurements and answers.")
    .addHelpText("after", "\nExample:\n  $ turncoat study status configs/real.yaml\n")
    .action((file: string, { only, json }: OnlyFlags) => {
      const runs = studyStatus(readStudy(file), only);
      print(json === true ? JSON.stringify(toJson({ runs })) : studyStatusText(runs));
    });
}
