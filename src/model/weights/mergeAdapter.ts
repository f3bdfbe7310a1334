import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { TurncoatError } from "../../errors.js";
import { unwritable } from "../../tensor/systemFaults.js";
import { openModelWeights, type ModelWeights } from "../../formats/modelWeights.js";
import { isLayerPath } from "../../tensor/names/layerPath.js";
import type { LoraAdapter, LoraModule } from "../../formats/peft.js";
import { isFloatFormat } from "../../formats/safetensorsHeader.js";
import type { FloatFormat } from "../../tensor/tensorData.js";
import type { Engine } from "../../tensor/program.js";
import { ProgramCache } from "../../tensor/programCache.js";
import { tf } from "../../tensor/tfjs.js";
import { readModelConfig } from "../config/configJson.js";
import { storedName, textModulePath } from "../config/parameters.js";
import { parameter } from "../transformer.js";
import { writeModelFolder } from "./writeModelFolder.js";

/** Options for merging an adapter. */
export interface MergeOptions {
  /** Direction: `in` adds the adapter to the weights, `out` takes it out of weights that hold it. @default "in" */
  readonly direction?: "in" | "out";
  /**
   * Type of the weights written; `stored` keeps each tensor's own. Rounding to 16 bits can swallow a small update:
   * a bfloat16 changes only by 0.4% or more of itself.
   * @default "F32"
   */
  readonly dtype?: FloatFormat | "stored";
}

/**
 * Writes a Hugging Face model folder whose weights are W₀ + s·B·A (`docs/methods.md §2.2`), or W − s·B·A to take the
 * adapter out again; it has the files of the old folder, shard by shard. Weights are read and written one
 * tensor at a time.
 *
 * @param target a folder that does not exist yet; it appears when it is complete
 * @throws TurncoatError where the adapter does not fit the model, or the target is there already
 */
export async function mergeAdapter(
  engine: Engine,
  modelFolder: string,
  adapter: LoraAdapter,
  target: string,
  options: MergeOptions = {},
): Promise<void> {
  if (existsSync(target)) {
    throw new TurncoatError(`${target}: expected no such folder yet, found one`, {
      hint: "Choose another name, or delete it first.",
    });
  }
  const weights = openModelWeights(modelFolder);
  const vector = adapter.modules.find(({ modulePath }) => isLayerPath(modulePath));
  if (vector !== undefined) {
    throw new TurncoatError(
      `${vector.modulePath}: expected an adapter of weights, found a vector of the residual stream, which no weight can hold`,
    );
  }
  const modules = modulesByTensor(weights, adapter);
  const sign = options.direction === "out" ? -1 : 1;
  const partial = `${resolve(target)}.partial-${process.pid}`;
  const programs = new ProgramCache(engine);
  try {
    mkdirSync(partial, { recursive: true });
    await writeModelFolder(weights, partial, options.dtype ?? "F32", (name, stored) => {
      const module = modules.get(name);
      return module === undefined ? undefined : merged(programs, module, stored(), sign);
    });
    renameSync(partial, target);
  } catch (error) {
    throw unwritable(target, error);
  } finally {
    rmSync(partial, { recursive: true, force: true });
    await programs.dispose();
  }
}

/** The adapter's modules by the names under which the folder holds their weights. */
function modulesByTensor(weights: ModelWeights, adapter: LoraAdapter): ReadonlyMap<string, LoraModule> {
  const isStored = (name: string): boolean => weights.tensors.has(name);
  return new Map(
    adapter.modules.map((module) => {
      const own = `${module.modulePath}.weight`;
      const name = isStored(own)
        ? own
        : storedName(
            readModelConfig(weights.folder),
            `${textModulePath(module.modulePath)}.weight`,
            isStored,
          );
      const tensor = weights.tensors.get(name);
      if (tensor === undefined) {
        throw new TurncoatError(`${weights.source}: there is no tensor ${name} for the adapter's module`);
      }
      const { outFeatures, inFeatures } = module;
      if (tensor.shape.join() !== `${outFeatures},${inFeatures}` || !isFloatFormat(tensor.dtype)) {
        throw new TurncoatError(
          `${tensor.path}: ${name}: expected floats of shape [${outFeatures}, ${inFeatures}] as the adapter's, ` +
            `found ${tensor.dtype} of shape [${tensor.shape.join(", ")}]`,
        );
      }
      return [name, module];
    }),
  );
}

/** W + sign · s·B·A. */
async function merged(
  programs: ProgramCache,
  { outFeatures, inFeatures, rank, scaling, loraA, loraB }: LoraModule,
  weight: Float32Array,
  sign: 1 | -1,
): Promise<Float32Array> {
  const program = await programs.get(`${outFeatures}x${inFeatures}x${rank}`, () => ({
    name: "merge",
    inputs: {
      weight: { shape: [outFeatures, inFeatures], dtype: "float32" },
      loraA: { shape: [rank, inFeatures], dtype: "float32" },
      loraB: { shape: [outFeatures, rank], dtype: "float32" },
      scaling: { shape: [1, 1], dtype: "float32" },
    },
    body: (tensors) => {
      const product = tf.matMul(parameter(tensors, "loraB"), parameter(tensors, "loraA"));
      const update = tf.mul(product, parameter(tensors, "scaling"));
      return { merged: tf.add(parameter(tensors, "weight"), update) };
    },
  }));
  const results = await program.run({ weight, loraA, loraB, scaling: Float32Array.of(sign * scaling) });
  const values = results.merged?.data;
  if (!(values instanceof Float32Array)) throw new TypeError("mergeAdapter: no merged weights");
  return values;
}
