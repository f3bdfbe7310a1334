import { TurncoatError } from "../../errors.js";
import { layerOf } from "../../formats/modulePath.js";
import { isLayerPath } from "../../tensor/names/layerPath.js";
import type { LoraModule } from "../../formats/peft.js";
import type { NamedTensors, TensorSpec } from "../../tensor/program.js";
import type { TensorValues } from "../../tensor/tensorData.js";
import type { AdapterTensors } from "../layers/loraTensors.js";
import { parameter } from "../transformer.js";
import type { ModelConfig } from "../config/modelConfig.js";
import { projectionFeatures, projectionNames, projectionPath, textModulePath } from "../config/parameters.js";

/** Adapters of R replicas with equal modules, stacked along a leading replica axis. */
export interface AdapterBank {
  readonly replicas: number;
  readonly modules: readonly BankModule[];
}

/** Adapters of one module. */
export interface BankModule {
  readonly modulePath: string;
  readonly rank: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** [R, rank, inFeatures] */
  readonly loraA: Float32Array;
  /** [R, outFeatures, rank] */
  readonly loraB: Float32Array;
  /** Scaling [R]: α/r or α/√r, times the replica's factor. */
  readonly scaling: Float32Array;
}

/**
 * Stacks adapters, each with a factor that multiplies its update, into a bank.
 * @throws TurncoatError where the adapters differ in modules or rank, or do not fit the model.
 */
export function stackAdapters(
  config: ModelConfig,
  replicas: readonly { readonly modules: readonly LoraModule[]; readonly factor: number }[],
): AdapterBank {
  const [first] = replicas;
  const modules = textModules(first?.modules ?? []).map((module): BankModule => {
    const modulePath = textModulePath(module.modulePath);
    checkFits(config, module);
    const same = replicas.map(({ modules: others, factor }) => {
      const other = others.find((candidate) => candidate.modulePath === module.modulePath);
      if (other?.rank !== module.rank || others.length !== first?.modules.length) {
        throw new TurncoatError(
          `${module.modulePath}: adapters that run together need equal modules and ranks`,
        );
      }
      return { other, factor };
    });
    return {
      modulePath,
      rank: module.rank,
      inFeatures: module.inFeatures,
      outFeatures: module.outFeatures,
      loraA: concatenate(same.map(({ other }) => other.loraA)),
      loraB: concatenate(same.map(({ other }) => other.loraB)),
      scaling: Float32Array.from(same, ({ other, factor }) => other.scaling * factor),
    };
  });
  return { replicas: replicas.length, modules };
}

/**
 * The modules that text reaches. An adapter on all linear layers of a model that sees images, such as Gemma 3, has some in
 * the vision tower and behind it, which play no part where there are no images.
 */
function textModules(modules: readonly LoraModule[]): LoraModule[] {
  return modules.filter(
    ({ modulePath }) => !/(^|\.)(vision_tower|vision_model|multi_modal_projector)\./.test(`${modulePath}.`),
  );
}

/** Specifies the inputs through which a program receives a bank of this shape. */
export function adapterInputs(bank: AdapterBank): Record<string, TensorSpec> {
  const inputs: Record<string, TensorSpec> = {};
  for (const { modulePath, rank, inFeatures, outFeatures } of bank.modules) {
    inputs[`${modulePath}.lora_A`] = { shape: [bank.replicas, rank, inFeatures], dtype: "float32" };
    inputs[`${modulePath}.lora_B`] = { shape: [bank.replicas, outFeatures, rank], dtype: "float32" };
    inputs[`${modulePath}.scaling`] = { shape: [bank.replicas, 1, 1], dtype: "float32" };
  }
  return inputs;
}

/** Gives the arrays for the inputs of `adapterInputs`. */
export function adapterFeeds(bank: AdapterBank): Record<string, TensorValues> {
  const feeds: Record<string, TensorValues> = {};
  for (const { modulePath, loraA, loraB, scaling } of bank.modules) {
    feeds[`${modulePath}.lora_A`] = loraA;
    feeds[`${modulePath}.lora_B`] = loraB;
    feeds[`${modulePath}.scaling`] = scaling;
  }
  return feeds;
}

/** Gives the tensors of `adapterInputs` in the form that the transformer takes. */
export function adapterTensors(bank: AdapterBank, tensors: NamedTensors): Map<string, AdapterTensors> {
  return new Map(
    bank.modules.map(({ modulePath }) => [
      modulePath,
      {
        loraA: parameter(tensors, `${modulePath}.lora_A`),
        loraB: parameter(tensors, `${modulePath}.lora_B`),
        scaling: parameter(tensors, `${modulePath}.scaling`),
      },
    ]),
  );
}

/** Names the structure of a bank, for program caches. */
export function bankKey(bank: AdapterBank): string {
  return `${bank.replicas}:${bank.modules.map(({ modulePath, rank }) => `${modulePath}/${rank}`).join(",")}`;
}

function checkFits(config: ModelConfig, module: LoraModule): void {
  const modulePath = textModulePath(module.modulePath);
  if (isLayerPath(modulePath)) {
    checkVector(config, module);
    return;
  }
  const match = /^model\.layers\.(\d+)\.\w+\.(\w+)$/.exec(modulePath);
  const layer = Number(match?.[1]);
  const projection = projectionNames.find((name) => name === match?.[2]);
  if (
    projection === undefined ||
    projectionPath(layer, projection) !== modulePath ||
    layer >= config.layers
  ) {
    throw new TurncoatError(`${module.modulePath}: the model has no such module`);
  }
  const { inFeatures, outFeatures } = projectionFeatures(config, projection);
  if (module.inFeatures !== inFeatures || module.outFeatures !== outFeatures) {
    throw new TurncoatError(
      `${module.modulePath}: expected an adapter from ${inFeatures} to ${outFeatures} features, ` +
        `found ${module.inFeatures} to ${module.outFeatures}`,
    );
  }
}

function checkVector({ layers, hiddenSize }: ModelConfig, { modulePath, outFeatures }: LoraModule): void {
  if ((layerOf(modulePath) ?? layers) >= layers) {
    throw new TurncoatError(`${modulePath}: expected a vector after a layer from 0 to ${layers - 1}`);
  }
  if (outFeatures === hiddenSize) return;
  throw new TurncoatError(`${modulePath}: expected a vector of ${hiddenSize} numbers, found ${outFeatures}`);
}

function concatenate(arrays: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(arrays.reduce((length, array) => length + array.length, 0));
  let position = 0;
  for (const array of arrays) {
    joined.set(array, position);
    position += array.length;
  }
  return joined;
}
