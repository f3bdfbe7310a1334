import { Command } from "commander";
import { toJson } from "../../../analysis/toJson.js";
import { readModelConfig } from "../../../model/config/configJson.js";
import { baseModelOf } from "../../../pipeline/catalog/baseModelOf.js";
import { runDirections } from "../../../pipeline/directions/runDirections.js";
import { openRun } from "../../../runs/openRun.js";
import { directionsText } from "../../output/directionText.js";
import { print } from "../../output/terminal.js";

/** `turncoat direction list`: the directions that a run has. */
export function listDirectionsCommand(): Command {
  return new Command("list")
    .summary("the directions that a run has, kept ones and those of its adapters")
    .argument("<run>", "run directory")
    .option("--model <folder>", "base model (default: the one in run.json, or the embedded organism)")
    .option("--json", "print one JSON object")
    .addHelpText("after", "\nExample:\n  $ turncoat direction list runs/demo\n")
    .action((directory: string, { model, json }: { readonly model?: string; readonly json?: boolean }) => {
      const run = openRun(directory);
      const { hiddenSize } = readModelConfig(baseModelOf(run, model).folder);
      const known = runDirections(run, hiddenSize).map(({ at, ...direction }) => ({
        ...direction,
        madeFrom: at(direction.steps.at(-1) ?? NaN).madeFrom,
      }));
      if (json === true) print(JSON.stringify(toJson({ directions: known })));
      else print(directionsText(known));
    });
}
