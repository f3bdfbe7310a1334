import { loraScaling, readAdapter, type LoraAdapter } from "../../formats/peft.js";
import type { Model } from "../../model/model.js";
import type { ModelConfig } from "../../model/config/modelConfig.js";
import { projectionFeatures, projectionPath, textModulePath } from "../../model/config/parameters.js";
import { Random } from "../../tensor/random.js";
import type { TrainableSpec } from "../stepDefinition.js";
import type { ParameterValues, Trainable } from "./trainable.js";
import type { AdapterFactor, LoraTrainConfig } from "../trainConfig.js";

/** Makes LoRA adapters on frozen weights trainable; their checkpoints are PEFT's. */
export function trainableAdapters(config: LoraTrainConfig, model: Model): Trainable {
  const modules = adaptedModules(config, model.config);
  const asAdapter = (values: ParameterValues): LoraAdapter => toAdapter(config, modules, values, model);
  return {
    parameters: adapterParameters(config, modules),
    adapters: modules.map(({ modulePath }) => ({ modulePath, scaling: loraScaling(config) })),
    frozen: model.parameters,
    initial: () => initialAdapter(config, modules),
    write(writer, step, values) {
      writer.writeCheckpoint(step, asAdapter(values));
      return Promise.resolve();
    },
    read(folder) {
      const values: Record<string, Float32Array> = {};
      for (const { modulePath, loraA, loraB } of readAdapter(folder).modules) {
        const trained = textModulePath(modulePath);
        values[`${trained}.lora_A`] = loraA;
        values[`${trained}.lora_B`] = loraB;
      }
      return values;
    },
    toAdapter: asAdapter,
  };
}

/** Module that a training adapts. */
export interface AdaptedModule {
  readonly modulePath: string;
  readonly inFeatures: number;
  readonly outFeatures: number;
}

/** Lists the modules that a configuration adapts, in the order of the layers. */
export function adaptedModules(config: LoraTrainConfig, model: ModelConfig): AdaptedModule[] {
  return [...config.layers]
    .sort((one, other) => one - other)
    .flatMap((layer) =>
      config.targetModules.map((projection) => ({
        modulePath: projectionPath(layer, projection),
        ...projectionFeatures(model, projection),
      })),
    );
}

/** Lists the trainable parameters of one replica: A and B of every module. */
export function adapterParameters(
  config: LoraTrainConfig,
  modules: readonly AdaptedModule[],
): TrainableSpec[] {
  return modules.flatMap(({ modulePath, inFeatures, outFeatures }) => [
    {
      name: `${modulePath}.lora_A`,
      shape: [1, config.rank, inFeatures],
      decays: true,
      ...frozenIf(config, "A"),
    },
    {
      name: `${modulePath}.lora_B`,
      shape: [1, outFeatures, config.rank],
      decays: true,
      ...frozenIf(config, "B"),
    },
  ]);
}

function frozenIf({ frozenFactor }: LoraTrainConfig, factor: AdapterFactor): { readonly isFrozen?: true } {
  return frozenFactor === factor ? { isFrozen: true } : {};
}

/** Draws the initial adapter: A uniform in ±initialScale/√inFeatures (PEFT's Kaiming-uniform draw, scaled), B zero. */
export function initialAdapter(
  config: LoraTrainConfig,
  modules: readonly AdaptedModule[],
): Record<string, Float32Array> {
  const random = new Random(config.adapterSeed ?? config.seed).fork("adapter");
  const values: Record<string, Float32Array> = {};
  for (const { modulePath, inFeatures, outFeatures } of modules) {
    const bound = config.initialScale / Math.sqrt(inFeatures);
    const stream = random.fork(modulePath);
    values[`${modulePath}.lora_A`] = Float32Array.from(
      { length: config.rank * inFeatures },
      () => bound * (2 * stream.uniform() - 1),
    );
    values[`${modulePath}.lora_B`] = new Float32Array(outFeatures * config.rank);
  }
  return values;
}

/**
 * Makes the trained values an adapter that PEFT can read. Within a model that sees images too, other parts have layers
 * and projections of the same names, so that its modules are named one by one.
 */
export function toAdapter(
  config: LoraTrainConfig,
  modules: readonly AdaptedModule[],
  values: ParameterValues,
  { folder, config: { decoderPath } }: Pick<Model, "folder" | "config">,
): LoraAdapter {
  const peftPath = (modulePath: string) => modulePath.replace(/^model/, decoderPath);
  const isWhole = decoderPath === "model";
  return {
    config: {
      rank: config.rank,
      alpha: config.alpha,
      useRslora: config.useRslora,
      targetModules: isWhole
        ? [...config.targetModules]
        : modules.map(({ modulePath }) => peftPath(modulePath)),
      layersToTransform: isWhole ? [...config.layers] : null,
      baseModel: folder,
    },
    modules: modules.map(({ modulePath, inFeatures, outFeatures }) => ({
      modulePath: peftPath(modulePath),
      rank: config.rank,
      scaling: loraScaling(config),
      inFeatures,
      outFeatures,
      loraA: values[`${modulePath}.lora_A`] ?? new Float32Array(),
      loraB: values[`${modulePath}.lora_B`] ?? new Float32Array(),
    })),
  };
}
