import type { Direction } from "../../analysis/directions/direction.js";
import { nearestStep } from "../../analysis/series/stepSeries.js";
import { TurncoatError } from "../../errors.js";
import { runDirections } from "./runDirections.js";
import { commandLine, knownNames } from "../../hints.js";
import { runOf, type RunSource } from "../../runs/openRun.js";

/** Directions that one construction made at one step, one for each layer. */
export interface DirectionSet {
  readonly name: string;
  /** Step of the checkpoint whose activations they were read from; 0 is the base. */
  readonly step: number;
  /** The layer that is taken unless another is named. */
  readonly layer: number;
  /** One a layer, in increasing order of the layers; never empty. */
  readonly layers: readonly Direction[];
}

/** A reader's choice of a direction. */
export interface DirectionChoice {
  readonly direction: string;
  /** Step of the direction; the nearest at which it is known is taken. @default the last */
  readonly step?: number | undefined;
}

/**
 * Reads a direction of a run at every layer where it is known, chosen by its name and step.
 *
 * @param hiddenSize of the model
 * @throws TurncoatError where the run has no such direction
 */
export function directionSet(source: RunSource, hiddenSize: number, choice: DirectionChoice): DirectionSet {
  const run = runOf(source);
  const known = runDirections(run, hiddenSize);
  const wanted = known.find(({ id }) => id === choice.direction);
  if (wanted === undefined) {
    const ids = known.map(({ id }) => id);
    throw new TurncoatError(`${run.directory}: it has no direction ${JSON.stringify(choice.direction)}`, {
      hint: knownNames(
        choice.direction,
        ids,
        `Find directions with ${commandLine("direction", "find", run.directory)} or ${commandLine("probe", run.directory)}.`,
      ),
    });
  }
  const step = nearestStep(wanted.steps, choice.step ?? Infinity);
  return {
    name: wanted.id,
    step,
    layer: wanted.layer,
    layers: wanted.layers.map((layer) => wanted.at(step, layer)),
  };
}
