import { existsSync } from "node:fs";
import { join } from "node:path";
import { TurncoatError } from "../errors.js";
import { isChangedTensorsFolder } from "../formats/changedTensors.js";
import { openModelWeights, weightSlice, type ModelWeights } from "../formats/modelWeights.js";
import { readFileSlice } from "../tensor/fileSlice.js";
import type { ConstantData, FileSlice } from "../tensor/tensorData.js";
import { ProgramCache } from "../tensor/programCache.js";
import { sizeOf, type Engine } from "../tensor/program.js";
import { ChatTokenizer } from "./tokenizer/chatTokenizer.js";
import type { ChosenTemplate } from "./tokenizer/chosenTemplate.js";
import type { ModelConfig } from "./config/modelConfig.js";
import { readModelConfig } from "./config/configJson.js";
import { parameterShapes, storedName } from "./config/parameters.js";

/**
 * Parameters of a model by their names in Hugging Face checkpoints. Those of a small model are in memory; the matrices
 * of a large one stay in their files, for the engine to load.
 */
export type ModelParameters = Readonly<Record<string, ConstantData>>;

/** Options for opening a model. */
export interface OpenModelOptions {
  /**
   * Bytes of float32 up to which a model's parameters are read into memory.
   * @default 256 MiB
   */
  readonly inMemoryBytes?: number;
  /**
   * Model folder to put a checkpoint of changed tensors on top of.
   * @default the one that the checkpoint names
   */
  readonly base?: string;
  /** Chat template in place of the folder's own. @default the folder's, where it has one */
  readonly chatTemplate?: ChosenTemplate | undefined;
}

const defaultInMemoryBytes = 2 ** 28;

/** Model opened on an engine. */
export interface Model {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly parameters: ModelParameters;
  readonly tokenizer: ChatTokenizer;
  /** Chat template that it was opened with in place of its own. */
  readonly chatTemplate?: ChosenTemplate | undefined;
  readonly engine: Engine;
  /** Compiled programs over this model's parameters. */
  readonly programs: ProgramCache;
}

/**
 * Opens a Hugging Face model folder: `config.json`, `model.safetensors` or its shards with their index,
 * `tokenizer.json`, `tokenizer_config.json`. Weights may be F32, F16 or BF16; programs compute in float32. A checkpoint
 * of changed tensors is opened as such a folder too.
 * @throws TurncoatError naming the file that is missing or malformed, or the tensor that does not fit.
 */
export function openModel(folder: string, engine: Engine, options: OpenModelOptions = {}): Model {
  if (!existsSync(join(folder, "config.json")) && !isChangedTensorsFolder(folder)) {
    throw new TurncoatError(`${folder}: expected a Hugging Face model folder, found no config.json in it`);
  }
  const weights = openModelWeights(folder, options);
  const config = readModelConfig(weights.folder);
  return {
    folder,
    config,
    parameters: readParameters(weights, config, options),
    tokenizer: ChatTokenizer.open(weights.folder, options),
    chatTemplate: options.chatTemplate,
    engine,
    programs: new ProgramCache(engine),
  };
}

/** Checks every tensor against `config.json` and reads what belongs in memory. */
function readParameters(
  weights: ModelWeights,
  config: ModelConfig,
  { inMemoryBytes = defaultInMemoryBytes }: OpenModelOptions,
): ModelParameters {
  const shapes = parameterShapes(config);
  const slices = [...shapes].map(([name, shape]): [string, FileSlice] => {
    const slice = weightSlice(weights, nameInFolder(weights, config, name));
    if (slice.shape.join() !== shape.join()) {
      throw new TurncoatError(
        `${slice.path}: ${name}: expected shape [${shape.join(", ")}] from config.json, ` +
          `found [${slice.shape.join(", ")}]`,
      );
    }
    return [name, slice];
  });
  const bytes = slices.reduce((sum, [, { shape }]) => sum + 4 * sizeOf(shape), 0);
  return Object.fromEntries(
    slices.map(([name, slice]) => {
      // Vectors (norms, biases) take next to no memory, and an engine can fold them into its graph.
      const isKept = bytes > inMemoryBytes && slice.shape.length > 1;
      return [name, isKept ? slice : { shape: slice.shape, data: readFileSlice(slice) }];
    }),
  );
}

/** Finds the name under which a folder holds a parameter. */
export function nameInFolder({ tensors }: ModelWeights, config: ModelConfig, parameter: string): string {
  return storedName(config, parameter, (name) => tensors.has(name));
}
