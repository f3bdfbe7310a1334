import { Command } from "commander";
import { wholeNumber } from "../../flags/parsers.js";
import { lazily } from "../../flags/lazily.js";

/** `turncoat direction show`: what made a direction, how stable it is, and how its layers agree. */
export function showDirectionCommand(): Command {
  return new Command("show")
    .summary("what made a direction, how stable it is, and how its layers agree")
    .argument("<run>", "run directory")
    .argument("<name>", "name of the direction")
    .option("--step <number>", "step of the direction (default: the last)", wholeNumber(0))
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  $ turncoat direction show runs/demo personas\n")
    .action(
      lazily(async () => (await import("../../actions/direction/showDirection.js")).showDirectionAction),
    );
}
