import { Command } from "commander";
import { toJson } from "../../../analysis/toJson.js";
import { layerCosines } from "../../../pipeline/directions/directionTables.js";
import { wholeNumber } from "../../flags/parsers.js";
import { directionText, layerCosinesText } from "../../output/directionText.js";
import { print } from "../../output/terminal.js";
import { chosenDirection, type DirectionFlags } from "./directionFlags.js";
import { described } from "./findDirection.js";

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
    .action((directory: string, name: string, flags: DirectionFlags) => {
      const set = chosenDirection(directory, name, flags);
      const between = layerCosines(set);
      if (flags.json === true) {
        print(JSON.stringify(toJson({ directions: set.layers.map(described), between: { ...between } })));
        return;
      }
      const parts = [directionText(set.layers)];
      print([...parts, ...(set.layers.length > 1 ? [layerCosinesText(between)] : [])].join("\n\n"));
    });
}
