import { Command } from "commander";
import { wholeNumber } from "../../flags/parsers.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat direction compare`: cosines of directions layer by layer, or what the updates of two runs share. */
export function compareDirectionsCommand(): Command {
  return new Command("compare")
    .summary("cosines of directions layer by layer, of one run or of several, with the random floor")
    .argument("<runs...>", "run directories")
    .option(
      "--names <list>",
      "directions of each run, separated by commas",
      (text) => text.split(",").map((name) => name.trim()),
      ["personas"],
    )
    .option("--updates", "compare the subspaces of ΔW of two runs, module by module, in place of directions")
    .option("--step <number>", "step of both (default: the last)", wholeNumber(0))
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .option("--json", "print one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  $ turncoat direction compare runs/demo --names personas,answers,mean\n" +
        "  $ turncoat direction compare runs/medical runs/finance --names answers\n" +
        "  $ turncoat direction compare runs/medical runs/finance --updates\n",
    )
    .action(
      lazily(
        async () => (await import("../../actions/direction/compareDirections.js")).compareDirectionsAction,
      ),
    );
}
