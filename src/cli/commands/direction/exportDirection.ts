import { Command } from "commander";
import { encodeSafetensors } from "../../../formats/safetensors.js";
import { writeFileWhole } from "../../../runs/atomicFiles.js";
import { wholeNumber } from "../../flags/parsers.js";
import { print } from "../../output/terminal.js";
import { chosenDirection, type DirectionFlags } from "./directionFlags.js";

/** `turncoat direction export`: the vectors as a safetensors file, for other programs and other runs. */
export function exportDirectionCommand(): Command {
  return new Command("export")
    .summary("write a direction as a safetensors file, a tensor layer.<number> for each layer")
    .argument("<run>", "run directory")
    .argument("<name>", "name of the direction")
    .argument("<file>", "safetensors file to write")
    .option("--step <number>", "step of the direction (default: the last)", wholeNumber(0))
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .addHelpText(
      "after",
      "\nExample:\n  $ turncoat direction export runs/demo personas personas.safetensors\n" +
        "  $ turncoat direction find runs/other --from file --file personas.safetensors\n",
    )
    .action((directory: string, name: string, file: string, flags: DirectionFlags) => {
      const { layers, step } = chosenDirection(directory, name, flags);
      const tensors = new Map(
        layers.map(({ layer, vector }) => [`layer.${layer}`, { shape: [vector.length], data: vector }]),
      );
      const about = { name, step, madeFrom: layers[0]?.madeFrom };
      writeFileWhole(file, encodeSafetensors(tensors, { direction: JSON.stringify(about) }));
      print(
        `${file}: ${name} of step ${step} after ${layers.length} ${layers.length === 1 ? "layer" : "layers"}`,
      );
    });
}
