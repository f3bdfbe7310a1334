import { Command } from "commander";
import { wholeNumber } from "../../flags/parsers.js";
import { lazily } from "../../flags/lazily.js";
import { jsonOption } from "../../flags/jsonOption.js";

/** `turncoat direction export`: the vectors as a safetensors file, for other programs and other runs. */
export function exportDirectionCommand(): Command {
  return new Command("export")
    .summary("write a direction as a safetensors file, a tensor layer.<number> for each layer")
    .argument("<run>", "run directory")
    .argument("<name>", "name of the direction")
    .argument("<file>", "safetensors file to write")
    .option("--step <number>", "step of the direction (default: the last)", wholeNumber(0))
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat direction export runs/demo personas personas.safetensors\n" +
        "  $ turncoat direction find runs/other --from file --file personas.safetensors\n",
    )
    .action(
      lazily(async () => (await import("../../actions/direction/exportDirection.js")).exportDirectionAction),
    );
}
