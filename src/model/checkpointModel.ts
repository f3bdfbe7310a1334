import { existsSync } from "node:fs";
import { TurncoatError } from "../errors.js";
import { checkpointKind } from "../formats/checkpointKind.js";
import { readAdapter, type LoraModule } from "../formats/peft.js";
import { inMemory, isFileSlice } from "../tensor/fileSlice.js";
import type { ConstantData } from "../tensor/tensorData.js";
import { textModulePath } from "./config/parameters.js";
import { ProgramCache } from "../tensor/programCache.js";
import { stackAdapters, type AdapterBank } from "./weights/adapterBank.js";
import { openModel, type Model, type ModelParameters } from "./model.js";
import { didYouMeanPath } from "../tensor/nearestPath.js";

/** Model with the weights of a checkpoint. */
export interface CheckpointModel {
  /** Base model, or a model of its own where the checkpoint holds weights. */
  readonly model: Model;
  /** Adapters, a replica for each checkpoint; absent where the checkpoint holds weights. */
  readonly adapters?: AdapterBank;
  /** Frees what was compiled for the checkpoint alone. */
  readonly dispose: () => Promise<void>;
}

/** Folder of a checkpoint, and a factor on its update: W₀ + factor · ΔW. */
export interface ScaledCheckpoint {
  readonly path: string;
  readonly factor: number;
  /** Adapter in place of the one in the folder. @default the one in the folder */
  readonly modules?: readonly LoraModule[] | undefined;
}

/**
 * Opens checkpoints on top of their base: several that hold adapters as replicas of one model, or one that holds
 * weights.
 * @throws TurncoatError where a checkpoint is damaged or does not fit the base
 */
export function openCheckpoints(base: Model, checkpoints: readonly ScaledCheckpoint[]): CheckpointModel {
  const missing = checkpoints.find(({ path }) => !existsSync(path));
  if (missing !== undefined) {
    const near = didYouMeanPath(missing.path);
    throw new TurncoatError(
      `${missing.path}: expected the folder of a checkpoint, found none`,
      near === undefined ? {} : { hint: near },
    );
  }
  const [first] = checkpoints;
  if (first !== undefined && checkpointKind(first.path) === "weights") {
    if (checkpoints.length > 1) throw new RangeError("openCheckpoints: weights cannot share a model");
    const model = withWeights(base, first);
    return { model, dispose: () => model.programs.dispose() };
  }
  const adapters = stackAdapters(
    base.config,
    checkpoints.map(({ path, factor, modules }) => ({
      modules: modules ?? readAdapter(path, { base: parametersOf(base) }).modules,
      factor,
    })),
  );
  return { model: base, adapters, dispose: () => Promise.resolve() };
}

/** Opens one checkpoint on top of its base, with a factor on its update. */
export function openCheckpoint(base: Model, path: string, factor = 1): CheckpointModel {
  return openCheckpoints(base, [{ path, factor }]);
}

/** The base's parameters by the names that an adapter may have for them; tied, the output projection is the embedding. */
function parametersOf({ config, parameters }: Model): (name: string) => ConstantData | undefined {
  return (name) => {
    const own = textModulePath(name.replace(/^language_model\.lm_head\./, "lm_head."));
    return parameters[config.tiedEmbeddings && own === "lm_head.weight" ? "model.embed_tokens.weight" : own];
  };
}

function withWeights(base: Model, { path, factor }: ScaledCheckpoint): Model {
  const { parameters, config } = openModel(path, base.engine, { base: base.folder });
  const fits = Object.entries(base.parameters).every(
    ([name, { shape }]) => parameters[name]?.shape.join() === shape.join(),
  );
  if (!fits || config.modelType !== base.config.modelType) {
    throw new TurncoatError(`${path}: expected weights of the same architecture as ${base.folder}`);
  }
  return {
    ...base,
    folder: path,
    parameters: factor === 1 ? parameters : scaledParameters(base, parameters, { path, factor }),
    programs: new ProgramCache(base.engine),
  };
}

/** Computes W₀ + factor · (W − W₀); a parameter that did not change stays where it is. */
function scaledParameters(
  base: Model,
  parameters: ModelParameters,
  { path, factor }: ScaledCheckpoint,
): ModelParameters {
  if (Object.values(parameters).some(isFileSlice)) {
    throw new TurncoatError(
      `${path}: weights of this size cannot be scaled; expected scale 1, found ${factor}`,
    );
  }
  return Object.fromEntries(
    Object.entries(base.parameters).map(([name, value]) => {
      const start = inMemory(value);
      const end = parameters[name];
      if (end === undefined) throw new Error(`scaledParameters: no ${name}`);
      const { data } = inMemory(end);
      const scaled = Float32Array.from(data, (last, index) => {
        const first = start.data[index] ?? NaN;
        return last === first ? first : first + factor * (last - first);
      });
      return [name, { shape: start.shape, data: scaled }];
    }),
  );
}
