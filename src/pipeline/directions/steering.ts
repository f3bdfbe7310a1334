import type { Direction } from "../../analysis/directions/direction.js";
import { euclideanNorm } from "../../analysis/linalg/innerProduct.js";
import { TurncoatError } from "../../errors.js";
import type { ResidualEdit } from "../../model/hooks/residualEdits.js";
import { runOf, type RunSource } from "../../runs/openRun.js";
import { directionSet, type DirectionChoice } from "./directionSets.js";

/** A reader's choice of how to steer. */
export interface SteeringChoice extends DirectionChoice {
  /** Kind of edit: a vector along it is added, or whatever lies along it is taken out. @default "add" */
  readonly kind?: ResidualEdit["kind"] | undefined;
  /**
   * Layer after which the edit is made. A vector that is added is the layer's own where the direction has one.
   * @default the direction's own to add it; every layer to take it out
   */
  readonly layer?: number | undefined;
  /** Amount that is added, in units of `Steering.unit`; taking out knows no more or less. @default 1 */
  readonly strength?: number | undefined;
}

/** A change of the residual stream, with the numbers that describe it. */
export interface Steering {
  readonly kind: ResidualEdit["kind"];
  readonly edits: readonly ResidualEdit[];
  readonly step: number;
  /** Layer after which it is made; null for every layer. */
  readonly layer: number | null;
  /** Length of the vector at strength 1. */
  readonly unit: number;
}

/**
 * Changes the residual stream along a direction of a run, chosen by its name and step.
 *
 * @param model sizes of the model that is steered
 * @throws TurncoatError where the run has no such direction, or it is zero there
 */
export function steer(
  source: RunSource,
  { hiddenSize, layers }: { readonly hiddenSize: number; readonly layers: number },
  choice: SteeringChoice,
): Steering {
  const run = runOf(source);
  const set = directionSet(run, hiddenSize, choice);
  const own = choice.kind === "projectOut" ? set.layer : (choice.layer ?? set.layer);
  const direction =
    set.layers.find(({ layer }) => layer === own) ?? set.layers.find(({ layer }) => layer === set.layer);
  if (direction === undefined) throw new RangeError("steer: a direction without its own layer");
  if (!(euclideanNorm(direction.vector) > 0)) {
    throw new TurncoatError(`${run.directory}: step ${direction.step}: the direction is zero there`);
  }
  return steerAlong(direction, layers, choice);
}

/**
 * Changes the residual stream along any direction at every position. A vector is added (`docs/methods.md §5.2`), or
 * what lies along the direction is taken out, x − v̂(v̂ᵀx) with v̂ = v/‖v‖ (`docs/methods.md §5.3`). What is taken
 * out after one layer alone may be written anew by the next ones, so that it is taken out after every layer unless
 * one is named. At strength 1 an added vector is as long as the direction's unit.
 *
 * @param direction not of length zero
 * @param layers of the model
 */
export function steerAlong(
  { vector, unit, step, layer: own }: Omit<Direction, "name" | "madeFrom">,
  layers: number,
  choice: Omit<SteeringChoice, "direction" | "step"> = {},
): Steering {
  const { kind = "add", strength = 1 } = choice;
  if (kind === "projectOut") {
    const where = choice.layer === undefined ? [...Array(layers).keys()] : [choice.layer];
    const edits = where.map((layer) => ({ kind, layer, vector }));
    return { kind, edits, step, layer: choice.layer ?? null, unit };
  }
  const layer = choice.layer ?? own;
  const factor = (strength * unit) / euclideanNorm(vector);
  return { kind, edits: [{ kind, layer, vector, factor }], step, layer, unit };
}
