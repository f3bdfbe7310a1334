import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { TurncoatError } from "../../errors.js";
import {
  changedTensorsFile,
  changedTensorsRecordFile,
  encodeChangedTensorsRecord,
  isChangedTensorsFolder,
  type ChangedTensorsRecord,
} from "../../formats/changedTensors.js";
import { layerOf } from "../../formats/modulePath.js";
import {
  openModelWeights,
  sha256OfModelWeights,
  weightSlice,
  type ModelWeights,
} from "../../formats/modelWeights.js";
import { SafetensorsWriter } from "../../formats/safetensorsWriter.js";
import { nameInFolder, type Model } from "../../model/model.js";
import type { ModelConfig } from "../../model/config/modelConfig.js";
import { parameterShapes, projectionNames } from "../../model/config/parameters.js";
import { writeModelFolder } from "../../model/weights/writeModelFolder.js";
import { encodeFloats, readFileSlice } from "../../tensor/fileSlice.js";
import type { TrainableSpec } from "../stepDefinition.js";
import type { ParameterValues, Trainable } from "./trainable.js";
import type { FullTrainConfig } from "../trainConfig.js";

/** Lists the parameters of a model that full fine-tuning changes; biases and norms do not decay. */
export function weightParameters(
  model: ModelConfig,
  { layers, targetModules }: Pick<FullTrainConfig, "layers" | "targetModules">,
): TrainableSpec[] {
  return [...parameterShapes(model)]
    .filter(([name]) => {
      const projection = projectionNames.find((each) => name.includes(`.${each}.`));
      return (
        (layers?.includes(layerOf(name) ?? -1) ?? true) &&
        (targetModules === null || (projection !== undefined && targetModules.includes(projection)))
      );
    })
    .map(([name, shape]) => ({ name, shape, decays: shape.length > 1 }));
}

/**
 * Makes the weights themselves trainable, in float32. Their checkpoints are model folders that transformers opens, or
 * the tensors that differ from the base's with a record of that base.
 */
export function trainableWeights(config: FullTrainConfig, model: Model): Trainable {
  if (config.savedWeights === "changed" && isChangedTensorsFolder(model.folder)) {
    throw new TurncoatError(
      `${model.folder}: expected a whole model to save changed tensors of, found changed tensors`,
      { hint: "Save whole weights instead." },
    );
  }
  const parameters = weightParameters(model.config, config);
  const trained = new Set(parameters.map(({ name }) => name));
  const weights = openModelWeights(model.folder);
  let knownHash: string | undefined;
  const base = (): ChangedTensorsRecord["baseModel"] => ({
    path: resolve(model.folder),
    sha256: (knownHash ??= sha256OfModelWeights(model.folder)),
  });
  const start = (name: string): Float32Array => readParameter(weights, model.config, name);
  return {
    parameters,
    adapters: [],
    frozen: Object.fromEntries(Object.entries(model.parameters).filter(([name]) => !trained.has(name))),
    initial: () => valuesOf(parameters, start),
    write: (writer, step, values) =>
      writer.writeWeights(step, async (folder) => {
        if (config.savedWeights === "whole") return writeWhole(folder, weights, model.config, values);
        const changed = parameters.filter(({ name }) => !isSame(values[name], start(name)));
        writeChanged(
          folder,
          base(),
          changed.map(({ name, shape }) => ({
            name: nameInFolder(weights, model.config, name),
            shape,
            data: values[name] ?? new Float32Array(),
          })),
        );
      }),
    read(folder) {
      const written = openModelWeights(folder, { base: model.folder });
      return valuesOf(parameters, (name) => readParameter(written, model.config, name));
    },
    toAdapter: () => null,
  };
}

function readParameter(weights: ModelWeights, config: ModelConfig, name: string): Float32Array {
  return readFileSlice(weightSlice(weights, nameInFolder(weights, config, name)));
}

function valuesOf(
  parameters: readonly TrainableSpec[],
  value: (name: string) => Float32Array,
): ParameterValues {
  return Object.fromEntries(parameters.map(({ name }) => [name, value(name)]));
}

/** Tells whether values are those at the start, bit for bit. */
function isSame(values: Float32Array | undefined, start: Float32Array): boolean {
  return (
    values === undefined || Buffer.compare(encodeFloats(values, "F32"), encodeFloats(start, "F32")) === 0
  );
}

/** Writes a model folder with the trained values in place of the base's, all in float32: nothing is rounded. */
function writeWhole(
  folder: string,
  weights: ModelWeights,
  config: ModelConfig,
  values: ParameterValues,
): Promise<void> {
  const stored = new Map(
    Object.entries(values).map(([name, data]) => [nameInFolder(weights, config, name), data]),
  );
  return writeModelFolder(weights, folder, "F32", (name) => stored.get(name));
}

function writeChanged(
  folder: string,
  baseModel: ChangedTensorsRecord["baseModel"],
  tensors: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly data: Float32Array;
  }[],
): void {
  const header = new Map(tensors.map(({ name, shape }) => [name, { dtype: "F32" as const, shape }]));
  const writer = new SafetensorsWriter(join(folder, changedTensorsFile), header, { format: "pt" });
  for (const { data } of tensors) writer.write(encodeFloats(data, "F32"));
  writer.close();
  const record = encodeChangedTensorsRecord({ formatVersion: 1, baseModel });
  writeFileSync(join(folder, changedTensorsRecordFile), record);
}
