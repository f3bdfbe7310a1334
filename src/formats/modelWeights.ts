import { createHash } from "node:crypto";
import { existsSync, lstatSync, statSync } from "node:fs";
import { isAbsolute, join, posix, relative } from "node:path";
import { z } from "zod";
import { TurncoatError } from "../errors.js";
import type { FileSlice } from "../tensor/tensorData.js";
import {
  changedTensorsFile,
  changedTensorsRecordFile,
  isChangedTensorsFolder,
  readChangedTensorsRecord,
} from "./changedTensors.js";
import { duplicateKey } from "./duplicateKeys.js";
import { sha256OfFile } from "./fileHash.js";
import { parseJson, readText } from "./json.js";
import {
  isFloatFormat,
  readSafetensorsHeader,
  type SafetensorsTensorInfo,
  shownName,
} from "./safetensorsHeader.js";

/** Names of a model folder's weights: one file, or the list of several. */
export const modelWeightsFile = "model.safetensors";
export const modelIndexFile = "model.safetensors.index.json";

/** Tensor of a model folder: its place, shape and type, without the numbers. */
export interface WeightTensor extends SafetensorsTensorInfo {
  readonly path: string;
}

/** Weights of a model folder, without the numbers. */
export interface ModelWeights {
  /** The folder that holds configuration, tokenizer and `files`. */
  readonly folder: string;
  /** File that names the tensors: the one file, or the index. */
  readonly source: string;
  /** Paths of the folder's safetensors files, in order. */
  readonly files: readonly string[];
  /** Tensors by name; each lies in one of `files`, or in a checkpoint that replaces it. */
  readonly tensors: ReadonlyMap<string, WeightTensor>;
}

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * Finds the weights of a Hugging Face model folder: `model.safetensors` or, where there is none, the shards
 * that `model.safetensors.index.json` lists. Only headers are read, however large the files are.
 *
 * A checkpoint of changed tensors has those, and all others from the model folder that it names.
 *
 * @param options.base the model folder to put changed tensors on top of. @default the one that the checkpoint names
 * @throws TurncoatError naming the file: missing or damaged; or an index that names a file outside the folder
 * or something else than safetensors, or that does not agree with its shards; or changed tensors of another base
 */
export function openModelWeights(folder: string, options: { readonly base?: string } = {}): ModelWeights {
  if (isChangedTensorsFolder(folder)) return openChangedTensors(folder, options.base);
  const path = join(folder, modelWeightsFile);
  const index = join(folder, modelIndexFile);
  // transformers prefers the single file too.
  if (isThere(path)) return { folder, source: path, files: [path], tensors: tensorsOf(path) };
  if (isThere(index)) return openShards(folder, index);
  if (existsSync(join(folder, "pytorch_model.bin"))) {
    throw new TurncoatError(
      `${folder}: expected ${modelWeightsFile}, found pytorch_model.bin, a Python pickle`,
      { hint: "Load it in transformers and save it again; save_pretrained writes safetensors." },
    );
  }
  throw new TurncoatError(`${folder}: expected ${modelWeightsFile} or ${modelIndexFile}, found neither`);
}

/**
 * Finds the place of one tensor of floats.
 * @throws TurncoatError where there is none of this name, or its type is none of F32, F16 and BF16
 */
export function weightSlice(weights: ModelWeights, name: string): FileSlice {
  const tensor = weights.tensors.get(name);
  if (tensor === undefined)
    throw new TurncoatError(`${weights.source}: there is no tensor ${shownName(name)}`);
  const { path, dtype, shape, byteOffset, byteLength } = tensor;
  if (!isFloatFormat(dtype)) {
    throw new TurncoatError(`${path}: tensor ${shownName(name)}: expected F32, F16 or BF16, found ${dtype}`);
  }
  return { path, offset: byteOffset, byteLength, dtype, shape };
}

/**
 * Computes a SHA-256 that says which weights a folder has: that of the one file, or that of a list with a line
 * `<SHA-256>  <name>` for each shard, as sha256sum prints it, in the order of the names. Changed tensors are such a
 * list too, after a line for their base.
 */
export function sha256OfModelWeights(folder: string): string {
  if (isChangedTensorsFolder(folder)) {
    const { sha256 } = readChangedTensorsRecord(folder).baseModel;
    const changed = sha256OfFile(join(folder, changedTensorsFile));
    const list = `${sha256}  base\n${changed}  ${changedTensorsFile}\n`;
    return createHash("sha256").update(list).digest("hex");
  }
  const { source, files } = openModelWeights(folder);
  if (files.length === 1 && files[0] === source) return sha256OfFile(source);
  const list = files.map(
    (path) => `${sha256OfFile(path)}  ${relative(folder, path).replaceAll("\\", "/")}\n`,
  );
  return createHash("sha256").update(list.join("")).digest("hex");
}

/** Files beside the weights that say how those and texts are read. */
const settingsFiles = ["config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja"];

/**
 * Computes a SHA-256 that says how a folder reads weights and texts: that of a list with a line `<SHA-256>  <name>` for
 * each of its configuration, tokenizer and chat template. For changed tensors they are the base's.
 */
export function sha256OfModelSettings(folder: string): string {
  const { folder: own } = openModelWeights(folder);
  const list = settingsFiles
    .filter((name) => existsSync(join(own, name)))
    .map((name) => `${sha256OfFile(join(own, name))}  ${name}\n`);
  return createHash("sha256").update(list.join("")).digest("hex");
}

/** Tells whether there is a file, or a link whose end is worth an error of its own. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // A name that no file can have, such as one that is too long.
    return false;
  }
}

function tensorsOf(path: string): ReadonlyMap<string, WeightTensor> {
  const { tensors } = readSafetensorsHeader(path);
  return new Map([...tensors].map(([name, info]) => [name, { ...info, path }]));
}

function openShards(folder: string, index: string): ModelWeights {
  const places = readIndex(index);
  const names = [...new Set(places.values())].sort();
  if (names.length === 0) throw new TurncoatError(`${index}: field weight_map: expected tensors, found none`);
  const missing = names.filter((name) => !isThere(join(folder, name)));
  if (missing[0] !== undefined) {
    throw new TurncoatError(
      `${index}: expected ${names.length} shards in the folder, found ${missing.length} missing, the first ${shownName(missing[0])}`,
      { hint: "Fetch the missing files into the same folder." },
    );
  }
  const tensors = new Map<string, WeightTensor>();
  const shardOf = new Map<string, string>();
  for (const shard of names) {
    for (const [name, tensor] of tensorsOf(join(folder, shard))) {
      const other = shardOf.get(name);
      if (other !== undefined) {
        throw new TurncoatError(
          `${index}: tensor ${shownName(name)} is in two shards, ${other} and ${shard}`,
        );
      }
      shardOf.set(name, shard);
      tensors.set(name, tensor);
    }
  }
  for (const [name, shard] of places) {
    const found = shardOf.get(name);
    if (found !== shard) {
      throw new TurncoatError(
        `${index}: tensor ${shownName(name)}: expected in ${shard}, found ${found === undefined ? "in no shard" : `in ${found}`}`,
      );
    }
  }
  return { folder, source: index, files: names.map((name) => join(folder, name)), tensors };
}

/** Puts the tensors of a checkpoint on top of its base's. */
function openChangedTensors(folder: string, givenBase: string | undefined): ModelWeights {
  const record = join(folder, changedTensorsRecordFile);
  const { path, sha256 } = readChangedTensorsRecord(folder).baseModel;
  const base = givenBase ?? path;
  if (isChangedTensorsFolder(base)) {
    throw new TurncoatError(
      `${record}: expected a whole model as the base, found changed tensors in ${base}`,
    );
  }
  if (!existsSync(base)) {
    throw new TurncoatError(`${record}: the base model ${base} is not there`, {
      hint: "Put the folder back, or write its new place into baseModel.path.",
    });
  }
  const found = knownHash(base);
  if (found !== sha256) {
    throw new TurncoatError(
      `${record}: expected a base model with the SHA-256 ${sha256}, found ${found} in ${base}`,
      { hint: "These tensors belong to other weights; give the folder that the run was trained from." },
    );
  }
  const weights = openModelWeights(base);
  const tensors = new Map(weights.tensors);
  for (const [name, tensor] of tensorsOf(join(folder, changedTensorsFile))) {
    const replaced = tensors.get(name);
    if (replaced?.shape.join() !== tensor.shape.join()) {
      throw new TurncoatError(
        `${tensor.path}: tensor ${shownName(name)}: expected shape [${replaced?.shape.join(", ") ?? "none"}] ` +
          `as in ${base}, found [${tensor.shape.join(", ")}]`,
      );
    }
    tensors.set(name, tensor);
  }
  return { ...weights, source: join(folder, changedTensorsFile), tensors };
}

/** Hashes by folder, for as long as the files keep their sizes and times: a run has many checkpoints of one base. */
const hashes = new Map<string, { readonly stamp: string; readonly sha256: string }>();

function knownHash(folder: string): string {
  const stamp = openModelWeights(folder)
    .files.map((path) => statSync(path))
    .map(({ mtimeMs, size }) => `${mtimeMs}:${size}`)
    .join();
  const known = hashes.get(folder);
  if (known?.stamp === stamp) return known.sha256;
  const sha256 = sha256OfModelWeights(folder);
  hashes.set(folder, { stamp, sha256 });
  return sha256;
}

/** Reads the shard of each tensor, by names relative to the folder. */
function readIndex(index: string): Map<string, string> {
  const text = readText(index);
  const { weight_map: map } = parseJson(text, indexSchema, index);
  const repeated = duplicateKey(text);
  if (repeated !== undefined) {
    throw new TurncoatError(`${index}: the key ${JSON.stringify(shownName(repeated))} occurs twice`);
  }
  const checked = new Map<string, string>();
  const places = new Map<string, string>();
  for (const [name, shard] of Object.entries(map)) {
    const place = checked.get(shard) ?? checkedShardName(index, name, shard);
    checked.set(shard, place);
    places.set(name, place);
  }
  return places;
}

function checkedShardName(index: string, tensor: string, shard: string): string {
  const place = posix.normalize(shard);
  const leaves = place.split("/").includes("..") || /[\\\0]/.test(shard);
  if (leaves || isAbsolute(shard) || posix.isAbsolute(shard) || /^[a-z]:/i.test(shard)) {
    throw new TurncoatError(
      `${index}: tensor ${shownName(tensor)}: expected a file in this folder, found "${shownName(shard)}"`,
    );
  }
  if (!place.endsWith(".safetensors")) {
    throw new TurncoatError(
      `${index}: tensor ${shownName(tensor)}: expected a .safetensors file, found "${shownName(shard)}"`,
    );
  }
  return place;
}
