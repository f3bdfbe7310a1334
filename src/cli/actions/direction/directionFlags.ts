import { readModelConfig } from "../../../model/config/configJson.js";
import { baseModelOf } from "../../../pipeline/catalog/baseModelOf.js";
import { directionSet, type DirectionSet } from "../../../pipeline/directions/directionSets.js";
import { openRun } from "../../../runs/openRun.js";

/** Flags that choose a direction of a run. */
export interface DirectionFlags {
  readonly model?: string;
  readonly step?: number;
  readonly json?: boolean;
}

/** The direction of a run that is meant. @throws TurncoatError where it has none of the name */
export function chosenDirection(
  directory: string,
  name: string,
  { model, step }: DirectionFlags,
): DirectionSet {
  const run = openRun(directory);
  const { hiddenSize } = readModelConfig(baseModelOf(run, model).folder);
  return directionSet(run, hiddenSize, { direction: name, step });
}
