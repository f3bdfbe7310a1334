import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { z } from "zod";
import { readJson } from "../../formats/json.js";
import {
  modelIndexFile,
  modelWeightsFile,
  type ModelWeights,
  type WeightTensor,
} from "../../formats/modelWeights.js";
import { isFloatFormat, readSafetensorsHeader } from "../../formats/safetensorsHeader.js";
import { SafetensorsWriter, type WrittenTensor } from "../../formats/safetensorsWriter.js";
import { encodeFloats, floatBytes, readFileSlice } from "../../tensor/fileSlice.js";
import type { FileSlice, FloatFormat } from "../../tensor/tensorData.js";
import { readBytes, withOpenFile } from "../../tensor/openFile.js";
import { sizeOf } from "../../tensor/program.js";

/**
 * Function that gives a tensor other values: those to write, or `undefined` to keep the stored ones.
 * @param name name under which the folder stores the tensor
 * @param stored reads the values that are there
 */
export type ChangeWeights = (
  name: string,
  stored: () => Float32Array,
) => Float32Array | Promise<Float32Array> | undefined;

/** Extensions of the files of a model folder that are copied beside its weights. */
const companions = new Set([".json", ".jinja", ".model", ".txt"]);
/** Numbers of an unchanged tensor that are copied at a time. */
const numbersAtOnce = 2 ** 22;

/**
 * Writes a Hugging Face model folder that differs from another in the values of some tensors: the same configuration,
 * tokenizer and shards. Weights are read and written one tensor at a time.
 *
 * @param target an empty folder
 * @param dtype the type of the weights written; `stored` keeps each tensor's own
 */
export async function writeModelFolder(
  weights: ModelWeights,
  target: string,
  dtype: FloatFormat | "stored",
  change: ChangeWeights,
): Promise<void> {
  const { folder, files } = weights;
  copyCompanions(folder, target, dtype);
  for (const path of files) {
    const copy = join(target, relative(folder, path));
    mkdirSync(dirname(copy), { recursive: true });
    await writeShard(weights, { path, copy, dtype, change });
  }
  const isSingle = files.length === 1 && files[0] === join(folder, modelWeightsFile);
  if (!isSingle) writeIndex(weights, target);
}

interface ShardCopy {
  readonly path: string;
  readonly copy: string;
  readonly dtype: FloatFormat | "stored";
  readonly change: ChangeWeights;
}

/** Copies a safetensors file, each tensor from where it lies. */
async function writeShard(weights: ModelWeights, { path, copy, dtype, change }: ShardCopy): Promise<void> {
  const { metadata, tensors } = readSafetensorsHeader(path);
  const places = [...tensors].map(([name, info]): readonly [string, WeightTensor] => [
    name,
    weights.tensors.get(name) ?? { ...info, path },
  ]);
  const written = places.map(([name, place]): [string, WrittenTensor] => {
    const keeps = dtype === "stored" || !isFloatFormat(place.dtype);
    return [name, { dtype: keeps ? place.dtype : dtype, shape: place.shape }];
  });
  const writer = new SafetensorsWriter(copy, new Map(written), metadata);
  try {
    for (const [name, place] of places) {
      const { byteOffset: offset, byteLength, dtype: from, shape } = place;
      if (!isFloatFormat(from)) {
        writer.write(withOpenFile(place.path, (file) => readBytes(place.path, file, offset, byteLength)));
        continue;
      }
      const to = dtype === "stored" ? from : dtype;
      const slice = { path: place.path, offset, byteLength, dtype: from, shape };
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
function* parts(slice: FileSlice): Generator<FileSlice> {
  const bytes = floatBytes[slice.dtype];
  const size = sizeOf(slice.shape);
  for (let start = 0; start < size; start += numbersAtOnce) {
    const count = Math.min(numbersAtOnce, size - start);
    yield { ...slice, offset: slice.offset + start * bytes, byteLength: count * bytes, shape: [count] };
  }
}

function writeIndex({ folder, files }: ModelWeights, target: string): void {
  const map: Record<string, string> = {};
  let bytes = 0;
  for (const path of files) {
    const shard = relative(folder, path).replaceAll("\\", "/");
    for (const [name, { byteLength }] of readSafetensorsHeader(join(target, shard)).tensors) {
      map[name] = shard;
      bytes += byteLength;
    }
  }
  const index = { metadata: { total_size: bytes }, weight_map: map };
  writeFileSync(join(target, modelIndexFile), `${JSON.stringify(index, null, 2)}\n`);
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
