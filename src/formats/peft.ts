import { existsSync } from "node:fs";
import { join } from "node:path";
import { TurncoatError } from "../errors.js";
import {
  type AdapterConfig,
  type AdapterUse,
  encodeAdapterConfig,
  loraRank,
  loraScaling,
  readAdapterConfig,
} from "./adapterConfig.js";
import { readTrainedVectors, trainedVectorsFile, type TrainedVectors } from "./trainedVectors.js";
import { compareModulePaths } from "./modulePath.js";
import { isLayerPath, layerPath } from "../tensor/names/layerPath.js";
import { checkCopy, copiedParameter } from "./embeddingCopy.js";
import { areFinite } from "../tensor/finiteNumbers.js";
import type { ConstantData } from "../tensor/tensorData.js";
import {
  encodeSafetensors,
  readSafetensors,
  readSafetensorsHeader,
  type SafetensorsTensor,
} from "./safetensors.js";
import { isFloatFormat, shownName } from "./safetensorsHeader.js";
import { isTargeted } from "./targetModules.js";

export type { AdapterConfig, AdapterUse } from "./adapterConfig.js";
export { loraScaling } from "./adapterConfig.js";

/** Names of the two files of an adapter folder. */
export const adapterConfigFile = "adapter_config.json";
export const adapterWeightsFile = "adapter_model.safetensors";

/**
 * LoRA matrices of one module: its weight is W₀ + scaling · loraB · loraA. A trained vector of the residual stream is one
 * whose path is the layer itself: it reads the constant 1, so that A is [1] and was not trained, and B is the vector.
 */
export interface LoraModule {
  /** Path such as `model.layers.24.mlp.down_proj`, without PEFT's `base_model.model.`; of a vector `model.layers.24`. */
  readonly modulePath: string;
  readonly rank: number;
  /** Factor s of the update: α/r, or α/√r with rank-stabilised scaling. */
  readonly scaling: number;
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** Matrix A, which reads: [rank, inFeatures], row-major. */
  readonly loraA: Float32Array;
  /** Matrix B, which writes: [outFeatures, rank], row-major. */
  readonly loraB: Float32Array;
}

/** LoRA adapter as PEFT defines it. */
export interface LoraAdapter {
  readonly config: AdapterConfig;
  /** Adapted modules in the order of the layers. */
  readonly modules: readonly LoraModule[];
  /**
   * Names of the tensors that are no LoRA matrices, such as copies of embeddings or a DoRA magnitude. An adapter that is
   * read to run the model can have copies of the base alone. @default []
   */
  readonly otherTensors?: readonly string[];
}

/** Options for reading an adapter: its parts, and the purpose. */
export interface AdapterReading {
  /** Modules to read; a choice keeps large adapters cheap. @default all */
  readonly modulePaths?: readonly string[];
  /** Purpose of the reading. @default "forward" */
  readonly use?: AdapterUse;
  /**
   * Parameters of the base by name. Copies of embeddings that equal them play no part in running the model.
   * @default none, so that an adapter with copies is refused
   */
  readonly base?: (parameter: string) => ConstantData | undefined;
}

/** Contents of the files of an adapter folder, by name. */
export interface AdapterFiles {
  readonly [adapterConfigFile]: string;
  readonly [adapterWeightsFile]: Uint8Array;
}

const peftPrefix = "base_model.model.";
/** Key of a LoRA matrix, with or without the adapter's name ("default"), which PEFT leaves out on saving. */
const loraKey = /^(.+)\.lora_(A|B)(?:\.[^.]+)?\.weight$/;

/**
 * Reads an adapter folder written by PEFT or by Turncoat: `adapter_config.json` and
 * `adapter_model.safetensors` (F32, F16 or BF16); or one with vectors of the residual stream.
 *
 * @throws TurncoatError naming the file and the tensor or option: damaged, inconsistent, or, to run the model with
 *   it, not plain LoRA
 */
export function readAdapter(
  folder: string,
  { modulePaths, use = "forward", base }: AdapterReading = {},
): LoraAdapter {
  const path = join(folder, adapterWeightsFile);
  const vectorsPath = join(folder, trainedVectorsFile);
  if (!existsSync(path) && existsSync(vectorsPath)) return readVectors(vectorsPath, { use, modulePaths });
  if (!existsSync(path) && existsSync(join(folder, "adapter_model.bin"))) {
    throw new TurncoatError(
      `${folder}: expected ${adapterWeightsFile}, found adapter_model.bin, a Python pickle`,
      {
        hint: "Load it in PEFT and save it again; save_pretrained writes safetensors.",
      },
    );
  }
  const config = readAdapterConfig(join(folder, adapterConfigFile), use);
  const wanted = modulePaths === undefined ? undefined : new Set(modulePaths);
  const otherTensors: string[] = [];
  const { tensors } = readSafetensors(path, (name) => {
    const key = splitKey(name);
    if (key === null) {
      if (use === "forward" && !isBaseCopy(name, base)) throw otherTensor(path, name);
      otherTensors.push(name);
      return false;
    }
    return wanted === undefined || wanted.has(key.modulePath);
  });

  if (use === "forward" && base !== undefined) checkCopies(path, otherTensors, base);

  const pairs = new Map<string, { A?: SafetensorsTensor; B?: SafetensorsTensor }>();
  for (const [name, tensor] of tensors) {
    const key = splitKey(name);
    if (key === null) continue;
    const { modulePath, matrix } = key;
    const pair = pairs.get(modulePath) ?? {};
    if (pair[matrix] !== undefined) {
      throw new TurncoatError(
        `${path}: tensor ${shownName(name)}: lora_${matrix} of ${modulePath} occurs twice`,
      );
    }
    pair[matrix] = tensor;
    pairs.set(modulePath, pair);
  }
  if (pairs.size === 0 && wanted === undefined) throw new TurncoatError(`${path}: no LoRA tensors in it`);
  const modules = [...pairs].map(([modulePath, { A, B }]) => loraModule(path, config, modulePath, A, B));
  modules.sort((one, other) => compareModulePaths(one.modulePath, other.modulePath));
  if (use === "forward") checkNumbers(path, modules);
  return { config, modules, ...(otherTensors.length === 0 ? {} : { otherTensors }) };
}

function readVectors(path: string, { modulePaths, use }: AdapterReading): LoraAdapter {
  const { config, modules } = vectorAdapter(readTrainedVectors(path));
  if (use === "forward") checkNumbers(path, modules);
  return { config, modules: modules.filter((each) => modulePaths?.includes(each.modulePath) ?? true) };
}

/** Makes an adapter of trained vectors: of each layer's a module of rank 1 that reads the constant 1. */
export function vectorAdapter({ alpha, baseModel, vectors }: TrainedVectors): LoraAdapter {
  const layers = vectors.map(({ layer }) => layer);
  const useRslora = false;
  return {
    config: { rank: 1, alpha, useRslora, targetModules: [], layersToTransform: layers, baseModel },
    modules: vectors.map(({ layer, vector }) => ({
      modulePath: layerPath(layer),
      rank: 1,
      scaling: alpha,
      inFeatures: 1,
      outFeatures: vector.length,
      loraA: Float32Array.of(1),
      loraB: vector,
    })),
  };
}

function checkNumbers(path: string, modules: readonly LoraModule[]): void {
  for (const module of modules) {
    const fault = nonFiniteNumber(module);
    if (fault !== undefined) throw new TurncoatError(`${path}: ${fault}`);
  }
}

/**
 * Names the first number of a module's matrices that is NaN or infinite, and how many there are; `undefined` where
 * all are numbers. One such number spreads through everything that is computed from it.
 */
export function nonFiniteNumber({ modulePath, loraA, loraB }: LoraModule): string | undefined {
  for (const [matrix, values] of [
    ["A", loraA],
    ["B", loraB],
  ] as const) {
    if (areFinite(values)) continue;
    const first = values.findIndex((value) => !Number.isFinite(value));
    const count = values.filter((value) => !Number.isFinite(value)).length;
    const name = isLayerPath(modulePath) ? "the vector after" : `lora_${matrix} of`;
    return `${name} ${shownName(modulePath)}: ${count} of ${values.length} numbers are not finite, the first is ${values[first] ?? NaN} at ${first}`;
  }
  return undefined;
}

/** Tells whether a tensor is named as a copy of a parameter that the base has. */
function isBaseCopy(name: string, base: AdapterReading["base"]): boolean {
  const parameter = copiedParameter(name);
  return parameter !== null && base?.(parameter) !== undefined;
}

/** Makes sure that the copies of the base's parameters are what they seem. */
function checkCopies(path: string, names: readonly string[], base: Required<AdapterReading>["base"]): void {
  if (names.length === 0) return;
  const { tensors } = readSafetensorsHeader(path);
  for (const name of names) {
    const info = tensors.get(name);
    const original = base(copiedParameter(name) ?? "");
    if (info === undefined || original === undefined || !isFloatFormat(info.dtype)) {
      throw otherTensor(path, name);
    }
    const { dtype, shape, byteOffset: offset, byteLength } = info;
    checkCopy(name, { path, dtype, shape, offset, byteLength }, original);
  }
}

function otherTensor(path: string, name: string): TurncoatError {
  return new TurncoatError(
    `${path}: tensor ${shownName(name)}: expected a name ending in lora_A.weight or lora_B.weight; other trained weights are not supported`,
    {
      hint: /(embed_tokens|lm_head|wte)\b/.test(name)
        ? "PEFT keeps copies of embeddings unless an adapter is saved with save_embedding_layers=False."
        : "The geometry of A and B can be analysed all the same; running the model with it cannot.",
    },
  );
}

/** The module and the matrix that a tensor's name means; null where it is no LoRA matrix. */
function splitKey(name: string): { modulePath: string; matrix: "A" | "B" } | null {
  const match = loraKey.exec(name);
  const modulePath = match?.[1];
  if (modulePath === undefined) return null;
  return {
    modulePath: modulePath.startsWith(peftPrefix) ? modulePath.slice(peftPrefix.length) : modulePath,
    matrix: match?.[2] === "A" ? "A" : "B",
  };
}

function loraModule(
  path: string,
  config: AdapterConfig,
  modulePath: string,
  loraA: SafetensorsTensor | undefined,
  loraB: SafetensorsTensor | undefined,
): LoraModule {
  const source = `${path}: module ${shownName(modulePath)}`;
  if (loraA === undefined || loraB === undefined) {
    throw new TurncoatError(`${source}: lora_${loraA === undefined ? "A" : "B"} is missing`);
  }
  const [rank, inFeatures] = matrixShape(`${source}: lora_A`, "[rank, inFeatures]", loraA.shape);
  const [outFeatures, rankOfB] = matrixShape(`${source}: lora_B`, "[outFeatures, rank]", loraB.shape);
  const expected = loraRank(config, modulePath);
  if (rank !== rankOfB || rank !== expected) {
    throw new TurncoatError(
      `${source}: expected rank ${expected} as in ${adapterConfigFile}, found lora_A of shape [${loraA.shape.join(", ")}] and lora_B of shape [${loraB.shape.join(", ")}]`,
    );
  }
  const { targetModules } = config;
  if (targetModules.length > 0 && !isTargeted(config, modulePath)) {
    throw new TurncoatError(
      `${source}: expected a module that ${adapterConfigFile} targets, found one that PEFT would leave out`,
      { hint: "target_modules, exclude_modules and layers_to_transform have to name every module." },
    );
  }
  const scaling = loraScaling(config, modulePath);
  return { modulePath, rank, scaling, inFeatures, outFeatures, loraA: loraA.data, loraB: loraB.data };
}

function matrixShape(source: string, expected: string, shape: readonly number[]): [number, number] {
  const [rows, columns] = shape;
  if (rows === undefined || columns === undefined || shape.length !== 2) {
    throw new TurncoatError(`${source}: expected shape ${expected}, found [${shape.join(", ")}]`);
  }
  return [rows, columns];
}

/**
 * Writes the files of an adapter folder as PEFT writes and reads them; equal adapters give equal bytes.
 *
 * The rank and the scaling of every module must be what the config says, because the files hold only the
 * config's; to scale an adapter, scale B.
 */
export function encodeAdapter(adapter: LoraAdapter): AdapterFiles {
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const { modulePath, rank, scaling, inFeatures, outFeatures, loraA, loraB } of adapter.modules) {
    if (
      rank !== loraRank(adapter.config, modulePath) ||
      scaling !== loraScaling(adapter.config, modulePath)
    ) {
      throw new RangeError(
        `encodeAdapter: ${modulePath}: rank ${rank} and scaling ${scaling} are not the config's`,
      );
    }
    const key = `${peftPrefix}${modulePath}`;
    tensors.set(`${key}.lora_A.weight`, { shape: [rank, inFeatures], data: loraA });
    tensors.set(`${key}.lora_B.weight`, { shape: [outFeatures, rank], data: loraB });
  }
  return {
    [adapterConfigFile]: encodeAdapterConfig(adapter.config),
    [adapterWeightsFile]: encodeSafetensors(tensors, { format: "pt" }),
  };
}
