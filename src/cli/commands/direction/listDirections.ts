import { Command } from "commander";
import { lazily } from "../../flags/lazily.js";

/** `turncoat direction list`: the directions that a run has. */
export function listDirectionsCommand(): Command {
  return new Command("list")
    .summary("the directions that a run has, kept ones and those of its adapters")
    .argument("<run>", "run directory")
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  $ turncoat direction list runs/demo\n")
    .action(
      lazily(async () => (await import("../../actions/direction/listDirections.js")).listDirectionsAction),
    );
}
