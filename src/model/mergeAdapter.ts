import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative, resolve } from "node:path";
import { z } from "zod";
import { TurncoatError } from "../errors.js";
import { readJson } from "../formats/json.js";
import { modelIndexFile, openModelWeights, type ModelWeights } from "../formats/modelWeights.js";
import type { LoraAdapter, LoraModule } from "../formats/peft.js";
import { isFloatFormat, readSafetensorsHeader } from "../formats/safetensorsHeader.js";
import { SafetensorsWriter, type WrittenTensor } from "../formats/safetensorsWriter.js";
import { encodeFloats, floatBytes, readFileSlice, type FloatFormat } from "../tensor/fileSlice.js";
import { readBytes, withOpenFile } from "../tensor/openFile.js";
import { sizeOf, type Engine } from "../tensor/program.js";
import { ProgramCache } from "../tensor/programCache.js";
import { tf } from "../tensor/tfjs.js";
import { readModelConfig } from "./modelConfig.js";
import { storedName, textModulePath } from "./parameters.js";
import { parameter } from "./transformer.js";

/** How to merge an adapter. */
export interface MergeOptions {
  /** `in` adds the adapter to the weights, `out` takes it out of weights that it was merged into. @default "in" */
  readonly direction?: "in" | "out";
  /**
   * The type of the weights written; `stored` keeps each tensor's own. Rounding to 16 bits can swallow a small update:
   * a bfloat16 changes only by 0.4% or more of itself.
   * @default "F32"
   */
  readonly dtype?: FloatFormat | "stored";
}

/** Files of a model folder, beside its weights, that go along. */
const companions = new Set([".json", ".jinja", ".model", ".txt"]);
/** Numbers of an unchanged tensor that are copied at a time. */
const numbersAtOnce = 2 ** 22;

/**
 * Writes a Hugging Face model folder whose weights are W₀ + s·B·A (methods §2.2), or W − s·B·A to take the
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
  const modules = modulesByTensor(modelFolder, weights, adapter);
  const dtype = options.dtype ?? "F32";
  const partial = `${resolve(target)}.partial-${process.pid}`;
  const programs = new ProgramCache(engine);
  try {
    mkdirSync(partial, { recursive: true });
    copyCompanions(modelFolder, partial, dtype);
    for (const path of weights.files) {
      const copy = join(partial, relative(modelFolder, path));
      mkdirSync(dirname(copy), { recursive: true });
      await writeMerged(path, copy, dtype, (name, values) => {
        const module = modules.get(name);
        return module === undefined
          ? undefined
          : merged(programs, module, values(), options.direction === "out" ? -1 : 1);
      });
    }
    if (weights.source.endsWith(modelIndexFile)) writeIndex(modelFolder, partial, weights);
    renameSync(partial, target);
  } finally {
    rmSync(partial, { recursive: true, force: true });
    await programs.dispose();
  }
}

/** The adapter's modules by the names under which the folder holds their weights. */
function modulesByTensor(
  folder: string,
  weights: ModelWeights,
  adapter: LoraAdapter,
): ReadonlyMap<string, LoraModule> {
  const isStored = (name: string): boolean => weights.tensors.has(name);
  return new Map(
    adapter.modules.map((module) => {
      const own = `${module.modulePath}.weight`;
      const name = isStored(own)
        ? own
        : storedName(readModelConfig(folder), `${textModulePath(module.modulePath)}.weight`, isStored);
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

/** Copies a safetensors file, with other values where `change` gives any. */
async function writeMerged(
  path: string,
  copy: string,
  dtype: FloatFormat | "stored",
  change: (name: string, values: () => Float32Array) => Promise<Float32Array> | undefined,
): Promise<void> {
  const header = readSafetensorsHeader(path);
  const written = new Map(
    [...header.tensors].map(([name, info]): [string, WrittenTensor] => {
      const keeps = dtype === "stored" || !isFloatFormat(info.dtype);
      return [name, { dtype: keeps ? info.dtype : dtype, shape: info.shape }];
    }),
  );
  const writer = new SafetensorsWriter(copy, written, header.metadata);
  try {
    for (const [name, info] of header.tensors) {
      const to = written.get(name)?.dtype ?? info.dtype;
      const { byteOffset: offset, byteLength, shape } = info;
      if (!isFloatFormat(info.dtype) || !isFloatFormat(to)) {
        writer.write(withOpenFile(path, (file) => readBytes(path, file, offset, byteLength)));
        continue;
      }
      const slice = { path, offset, byteLength, dtype: info.dtype, shape };
      const changed = await change(name, () => readFileSlice(slice));
      if (changed !== undefined) writer.write(encodeFloats(changed, to));
      else {
        for (const part of parts(slice)) writer.write(encodeFloats(readFileSlice(part), to));
      }
    }
  } catch (error) {
    writer.abandon();
    throw error;
  }
  writer.close();
}

/** A slice in pieces of bounded size. */
function* parts(slice: Parameters<typeof readFileSlice>[0]): Generator<typeof slice> {
  const bytes = floatBytes[slice.dtype];
  const size = sizeOf(slice.shape);
  for (let start = 0; start < size; start += numbersAtOnce) {
    const count = Math.min(numbersAtOnce, size - start);
    yield { ...slice, offset: slice.offset + start * bytes, byteLength: count * bytes, shape: [count] };
  }
}

function writeIndex(modelFolder: string, folder: string, { files }: ModelWeights): void {
  const map: Record<string, string> = {};
  let bytes = 0;
  for (const path of files) {
    const shard = relative(modelFolder, path).replaceAll("\\", "/");
    for (const [name, { byteLength }] of readSafetensorsHeader(join(folder, shard)).tensors) {
      map[name] = shard;
      bytes += byteLength;
    }
  }
  const index = { metadata: { total_size: bytes }, weight_map: map };
  writeFileSync(join(folder, modelIndexFile), `${JSON.stringify(index, null, 2)}\n`);
}

const anyObject = z.record(z.string(), z.unknown());
const typeNames: Readonly<Record<FloatFormat, string>> = { F32: "float32", F16: "float16", BF16: "bfloat16" };

/** Copies configuration and tokenizer; `config.json` then names the type of the weights written. */
function copyCompanions(modelFolder: string, folder: string, dtype: FloatFormat | "stored"): void {
  for (const name of readdirSync(modelFolder)) {
    if (companions.has(extname(name)) && !name.endsWith(".index.json")) {
      copyFileSync(join(modelFolder, name), join(folder, name));
    }
  }
  const path = join(folder, "config.json");
  if (dtype === "stored" || !existsSync(path)) return;
  const config = withType(readJson(path, anyObject), typeNames[dtype]);
  writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`);
}

/** The type of the weights under either of its names, also within the text model of one that sees images too. */
function withType(config: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  const changed: Record<string, unknown> = { ...config };
  for (const key of ["torch_dtype", "dtype"]) {
    if (typeof changed[key] === "string") changed[key] = name;
  }
  const text = anyObject.safeParse(changed.text_config);
  if (text.success) changed.text_config = withType(text.data, name);
  return changed;
}
