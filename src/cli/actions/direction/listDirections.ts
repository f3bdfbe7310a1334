import { toJson } from "../../../analysis/toJson.js";
import { readModelConfig } from "../../../model/config/configJson.js";
import { baseModelOf } from "../../../pipeline/catalog/baseModelOf.js";
import { runDirections } from "../../../pipeline/directions/runDirections.js";
import { openRun } from "../../../runs/openRun.js";
import { directionsText } from "../../output/directionText.js";
import { print } from "../../output/terminal.js";

/** Runs `turncoat direction list`. */
export function listDirectionsAction(
  directory: string,
  { model, json }: { readonly model?: string; readonly json?: boolean },
): void {
  const run = openRun(directory);
  const { hiddenSize } = readModelConfig(baseModelOf(run, model).folder);
  const known = runDirections(run, hiddenSize).map(({ at, ...direction }) => ({
    ...direction,
    madeFrom: at(direction.steps.at(-1) ?? NaN).madeFrom,
  }));
  if (json === true) print(JSON.stringify(toJson({ directions: known })));
  else print(directionsText(known));
}
