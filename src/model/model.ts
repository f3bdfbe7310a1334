import { existsSync } from "node:fs";
import { join } from "node:path";
import { TurncoatError } from "../errors.js";
import { readSafetensors } from "../formats/safetensors.js";
import { ProgramCache } from "../tensor/programCache.js";
import type { Engine, TensorData } from "../tensor/program.js";
import { ChatTokenizer } from "./chatTokenizer.js";
import { readModelConfig, type ModelConfig } from "./modelConfig.js";
import { parameterShapes, storedName } from "./parameters.js";

/** Parameters by their names in Hugging Face checkpoints. */
export type ModelParameters = Readonly<Record<string, TensorData>>;

/** A model opened on an engine. */
export interface Model {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly parameters: ModelParameters;
  readonly tokenizer: ChatTokenizer;
  readonly engine: Engine;
  /** Compiled programs over this model's parameters. */
  readonly programs: ProgramCache;
}

/**
 * Opens a Hugging Face model folder: `config.json`, `model.safetensors`, `tokenizer.json`,
 * `tokenizer_config.json`.
 * @throws TurncoatError naming the file that is missing or malformed, or the tensor that does not fit.
 */
export function openModel(folder: string, engine: Engine): Model {
  if (!existsSync(join(folder, "config.json"))) {
    throw new TurncoatError(`${folder}: expected a Hugging Face model folder, found no config.json in it`);
  }
  const config = readModelConfig(folder);
  return {
    folder,
    config,
    parameters: readParameters(join(folder, "model.safetensors"), config),
    tokenizer: ChatTokenizer.open(folder),
    engine,
    programs: new ProgramCache(engine),
  };
}

function readParameters(path: string, config: ModelConfig): ModelParameters {
  const { tensors } = readSafetensors(path);
  const parameters: Record<string, TensorData> = {};
  for (const [name, shape] of parameterShapes(config)) {
    const tensor = tensors.get(storedName(config, name, (stored) => tensors.has(stored)));
    if (tensor === undefined) throw new TurncoatError(`${path}: there is no tensor ${name}`);
    if (tensor.shape.join() !== shape.join()) {
      throw new TurncoatError(
        `${path}: ${name}: expected shape [${shape.join(", ")}] from config.json, ` +
          `found [${tensor.shape.join(", ")}]`,
      );
    }
    parameters[name] = tensor;
  }
  return parameters;
}
