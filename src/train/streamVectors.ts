import { TurncoatError } from "../errors.js";
import { layerOf } from "../formats/modulePath.js";
import type { ModelConfig } from "../model/config/modelConfig.js";
import { arrangeEdits, type ArrangedEdit } from "../model/hooks/residualEdits.js";
import type { Model } from "../model/model.js";
import type { UnitVector } from "./stepDefinition.js";
import type { Trainable } from "./trainables/trainable.js";
import { isLora, type TrainConfig } from "./trainConfig.js";

/** Vectors of the residual stream that a training is given, by layer. */
type VectorsByLayer = ReadonlyMap<number, Float32Array>;

/**
 * Makes the edits of the residual stream that a training is steered by.
 * @throws TurncoatError where the layer has no vector, or one that does not fit
 */
export function trainingEdits(
  { steering }: TrainConfig,
  { model, steering: vectors }: { readonly model: Model; readonly steering?: VectorsByLayer },
): readonly ArrangedEdit[] {
  if (steering === undefined) return [];
  const { file, layer, strength } = steering;
  const vector = vectorOf(vectors, layer, file, model.config);
  return arrangeEdits(model.config, [{ kind: "add", layer, vector, factor: strength }]);
}

/** Projections whose output is added to the residual stream. */
const writers = /\.(?:o_proj|down_proj)$/;

/**
 * Finds the directions that the gradients of a training lose: of B in every module that writes into the residual stream,
 * the one of its layer.
 * @throws TurncoatError where no module writes there, or a layer has no direction
 */
export function gradientProjections(
  config: TrainConfig,
  { adapters, parameters }: Trainable,
  { model, projectedOut: vectors }: { readonly model: Model; readonly projectedOut?: VectorsByLayer },
): ReadonlyMap<string, UnitVector> {
  if (!isLora(config) || config.projectedOut === undefined) return new Map();
  const { file } = config.projectedOut;
  const moved = adapters.filter(
    ({ modulePath }) =>
      writers.test(modulePath) && parameters.some(({ name }) => name === `${modulePath}.lora_B`),
  );
  if (moved.length === 0) {
    throw new TurncoatError(
      "training configuration: projectedOut: expected adapters that write into the residual stream, on o_proj or down_proj, found none",
    );
  }
  return new Map(
    moved.map(({ modulePath }) => {
      const vector = vectorOf(vectors, layerOf(modulePath) ?? 0, file, model.config);
      const length = Math.hypot(...vector);
      if (!(length > 0)) throw new TurncoatError(`${file}: expected a direction, found a vector of zeros`);
      return [`${modulePath}.lora_B`, vector.map((value) => value / length)];
    }),
  );
}

function vectorOf(
  vectors: VectorsByLayer | undefined,
  layer: number,
  file: string,
  { hiddenSize }: ModelConfig,
): Float32Array {
  const vector = vectors?.get(layer);
  if (vector === undefined) {
    const found = [...(vectors?.keys() ?? [])];
    throw new TurncoatError(
      `${file}: expected a vector for layer ${layer}, found ${found.length === 0 ? "none" : `those of ${found.join(", ")}`}`,
    );
  }
  if (vector.length === hiddenSize) return vector;
  throw new TurncoatError(
    `${file}: layer ${layer}: expected a vector of ${hiddenSize} numbers, found ${vector.length}`,
  );
}
