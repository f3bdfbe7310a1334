import { euclideanNorm } from "../../analysis/linalg/innerProduct.js";
import { twinOf } from "../../analysis/interventions/randomTwin.js";
import type { Direction } from "../../analysis/directions/direction.js";
import { TurncoatError } from "../../errors.js";
import type { EvaluationQuestion } from "../../evaluate/question.js";
import type { Model } from "../../model/model.js";
import { type Run, runOf, type RunSource } from "../../runs/openRun.js";
import { Random } from "../../tensor/random.js";
import type { DirectionSet } from "../directions/directionSets.js";
import {
  baselineConditions,
  untouchedModel,
  withTwins,
  type PlannedCondition,
  type UntouchedChoice,
} from "./plannedConditions.js";
import { residualNorms } from "./residualNorms.js";

/** Request to steer a model along directions, one layer at a time. */
export interface SteerRequest {
  readonly run: RunSource;
  readonly model: Model;
  readonly questions: readonly EvaluationQuestion[];
  readonly set: DirectionSet;
  /** @default every layer of the set */
  readonly layers?: readonly number[] | undefined;
  /** Lengths that are added, in shares of the residual norm at the layer; below 0 against the direction. */
  readonly strengths: readonly number[];
  readonly on: UntouchedChoice;
  /** Random directions beside each. */
  readonly draws: number;
  readonly seed: number;
}

/** Lengths at a layer, in the units of the residual stream. */
export interface LayerLengths {
  readonly layer: number;
  /** Mean norm of the residual stream at the questions' last prompt tokens. */
  readonly residual: number;
  /** Norm of the direction's own vector. */
  readonly direction: number;
}

/**
 * Plans steering: x' = x + λ·v after one layer, with λ so that λ·v is `strength` times as long as the residual stream is
 * there (2506.11618, section 3.2; `docs/methods.md §5.2`). Each has twins g/‖g‖·‖v‖ with the same λ.
 *
 * @throws TurncoatError where the set has no direction at a layer, or it is zero there
 */
export async function steerConditions({
  run: source,
  model,
  questions,
  set,
  layers = set.layers.map(({ layer }) => layer),
  strengths,
  on,
  draws,
  seed,
}: SteerRequest): Promise<{
  readonly conditions: readonly PlannedCondition[];
  readonly lengths: readonly LayerLengths[];
}> {
  const run = runOf(source);
  const untouched = untouchedModel(run, on);
  const directions = layers.map((layer) => directionAt(run, set, layer));
  const norms = await residualNorms(model, untouched, questions, layers);
  const random = new Random(seed);
  const lengths = directions.map(({ layer, vector }, place): LayerLengths => ({
    layer,
    residual: norms[place] ?? NaN,
    direction: euclideanNorm(vector),
  }));
  const steered = directions.flatMap(({ layer, vector }, place) =>
    strengths.flatMap((strength) => {
      const { residual = NaN, direction = NaN } = lengths[place] ?? {};
      const lambda = (strength * residual) / direction;
      const condition = { name: `layer ${layer} ×${strength}`, layer, strength, lambda };
      return withTwins(condition, draws, (draw) => ({
        ...untouched,
        edits: [
          {
            kind: "add",
            layer,
            vector: draw === null ? vector : twinOf(vector, random, { draw, layer }),
            factor: lambda,
          },
        ],
      }));
    }),
  );
  return { conditions: [...baselineConditions(run, on), ...steered], lengths };
}

/**
 * Finds the direction of a set after a layer.
 * @throws TurncoatError where there is none, or it is zero
 */
export function directionAt(
  { directory }: Run,
  { name, step, layers }: DirectionSet,
  layer: number,
): Direction {
  const found = layers.find((each) => each.layer === layer);
  if (found === undefined) {
    throw new TurncoatError(`${directory}: direction ${name} at step ${step}: none after layer ${layer}`, {
      hint: `It is known after ${layers.map((each) => each.layer).join(", ")}.`,
    });
  }
  if (euclideanNorm(found.vector) > 0) return found;
  throw new TurncoatError(`${directory}: direction ${name} at step ${step}: zero after layer ${layer}`);
}
