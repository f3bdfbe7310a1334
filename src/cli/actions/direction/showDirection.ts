import { toJson } from "../../../analysis/toJson.js";
import { layerCosines } from "../../../pipeline/directions/directionTables.js";
import { directionText, layerCosinesText } from "../../output/directionText.js";
import { print } from "../../output/terminal.js";
import { chosenDirection, type DirectionFlags } from "./directionFlags.js";
import { described } from "./findDirection.js";

/** Runs `turncoat direction show`. */
export function showDirectionAction(directory: string, name: string, flags: DirectionFlags): void {
  const set = chosenDirection(directory, name, flags);
  const between = layerCosines(set);
  if (flags.json === true) {
    print(JSON.stringify(toJson({ directions: set.layers.map(described), between: { ...between } })));
    return;
  }
  const parts = [directionText(set.layers)];
  print([...parts, ...(set.layers.length > 1 ? [layerCosinesText(between)] : [])].join("\n\n"));
}
