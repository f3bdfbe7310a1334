import { vectorAdapter, readAdapter } from "../../formats/peft.js";
import {
  encodeTrainedVectors,
  trainedVectorsFile,
  type TrainedVectors,
} from "../../formats/trainedVectors.js";
import { layerPath } from "../../tensor/names/layerPath.js";
import { vectorParameter } from "../../model/config/parameters.js";
import type { ModelConfig } from "../../model/config/modelConfig.js";
import type { Model } from "../../model/model.js";
import { Random } from "../../tensor/random.js";
import type { TrainableSpec } from "../stepDefinition.js";
import type { VectorTrainConfig } from "../trainConfig.js";
import type { ParameterValues, Trainable } from "./trainable.js";

/** Makes vectors of the residual stream trainable, on frozen weights; `docs/directions-format.md` has their checkpoints. */
export function trainableVectors(config: VectorTrainConfig, model: Model): Trainable {
  const layers = [...config.layers].sort((one, other) => one - other);
  const vectorsOf = (values: ParameterValues): TrainedVectors => ({
    alpha: config.alpha,
    baseModel: model.folder,
    vectors: layers.map((layer) => ({ layer, vector: values[nameOf(layer)] ?? new Float32Array() })),
  });
  return {
    parameters: vectorParameters(config, model.config),
    adapters: layers.map((layer) => ({ modulePath: layerPath(layer), scaling: config.alpha })),
    frozen: model.parameters,
    initial: () => initialVectors(config, model.config),
    write(writer, step, values) {
      writer.writeFiles(step, [[trainedVectorsFile, encodeTrainedVectors(vectorsOf(values))]]);
      return Promise.resolve();
    },
    read: (folder) =>
      Object.fromEntries(
        readAdapter(folder).modules.map(({ modulePath, loraB }) => [vectorParameter(modulePath), loraB]),
      ),
    toAdapter: (values) => vectorAdapter(vectorsOf(values)),
  };
}

/** Lists the vectors of one replica, each [1, hiddenSize, 1]: as B of an adapter of rank 1. */
export function vectorParameters(
  { layers }: Pick<VectorTrainConfig, "layers">,
  { hiddenSize }: ModelConfig,
): TrainableSpec[] {
  return [...layers]
    .sort((one, other) => one - other)
    .map((layer) => ({ name: nameOf(layer), shape: [1, hiddenSize, 1], decays: true }));
}

function nameOf(layer: number): string {
  return vectorParameter(layerPath(layer));
}

/** Draws the initial vectors: zeros, or normal with the deviation that the settings say. */
function initialVectors(
  { layers, initialScale = 0, adapterSeed, seed }: VectorTrainConfig,
  { hiddenSize }: ModelConfig,
): ParameterValues {
  const random = new Random(adapterSeed ?? seed).fork("vectors");
  return Object.fromEntries(
    layers.map((layer) => {
      const stream = random.fork(layerPath(layer));
      const draw = (): number => (initialScale === 0 ? 0 : initialScale * stream.normal());
      return [nameOf(layer), Float32Array.from({ length: hiddenSize }, draw)];
    }),
  );
}
