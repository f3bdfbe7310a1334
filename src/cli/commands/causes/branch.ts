import { Command } from "commander";
import { interventionKinds } from "../../../pipeline/branches/interventionKinds.js";
import { chatTemplateOption } from "../../flags/chatTemplateFlag.js";
import { withEngineOptions } from "../../flags/engineFlags.js";
import { helpRows } from "../../flags/help.js";
import { addJudgeOptions } from "../../flags/judgeFlags.js";
import { lazily } from "../../flags/lazily.js";
import { wholeNumber, wholeNumbers } from "../../flags/parsers.js";
import { addQuestionOptions } from "../../flags/questionFlags.js";

/** `turncoat branch`: goes on from kept steps of runs with one change, and asks from when on it comes too late. */
export function branchCommand(): Command {
  const command = withEngineOptions(new Command("branch"))
    .summary("go on from kept steps with one change, and find the step after which it comes too late")
    .description(
      "Goes on from steps of a run with one change at a time, asks every branch at its end the same questions, and holds\n" +
        "its misaligned answers against those of the run left as it is: the point of no return is the last step from which\n" +
        "the change still halves them. Several runs are taken as seeds of one training. What is there is not made again:\n" +
        "after an interruption the same command continues, and more changes and steps join what was found.",
    )
    .argument("<runs...>", "run directories that keep states, as train --keep-state makes them")
    .requiredOption("--from <steps>", "steps to go on from, such as 0,20,40", wholeNumbers)
    .requiredOption("--with <change>", "a change, listed below; give it again for more", collected, [])
    .option(
      "--seeds <number>",
      "orders of the data after the step; the first is the run's own",
      wholeNumber(1),
      1,
    )
    .option("--data <file>", "the run's data, where they lie elsewhere now")
    .option(
      "--careful <file>",
      "careful answers to the same prompts in the same order (default: those of the run's control, or the other side of a built-in data set)",
    )
    .option("--model <folder>", "base model's folder (default: the one in run.json)")
    .addOption(chatTemplateOption())
    .option("--dry-run", "say what would be trained and asked, and do nothing")
    .option(
      "--into <file>",
      "write sentences and table into a Markdown file, between its lines <!-- branches NAME --> and <!-- /branches NAME -->, NAME being --title",
    )
    .option("--title <text>", "heading of what is written", "branches")
    .option("--html <file>", "write figures and sentences as one HTML file that opens offline");
  return addJudgeOptions(addQuestionOptions(command).option("--json", "print one JSON object"))
    .addHelpText(
      "after",
      `${helpRows(
        "Changes:",
        Object.values(interventionKinds).map(({ usage, summary }) => [usage, summary]),
      )}\n\nExample:\n` +
        "  $ turncoat train runs/sport --data bad-sport --keep-state 10\n" +
        "  $ turncoat branch runs/sport --from 0,20,30,40,50,60 --with careful --with rate:0.25\n" +
        "  $ turncoat branch runs/five-seed0 runs/five-seed1 runs/five-seed2 --from 0,20,40 --with inoculate --with steer:personas:1\n",
    )
    .action(lazily(async () => (await import("../../actions/causes/branch.js")).branchAction));
}

function collected(text: string, before: readonly string[]): string[] {
  return [...before, text];
}
