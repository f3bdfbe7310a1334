import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { isTurncoatError } from "../../src/errors.js";
import { readSafetensors } from "../../src/formats/safetensors.js";
import { encodeSafetensorsHeader } from "../../src/formats/safetensorsWriter.js";
import { openCheckpoint } from "../../src/model/checkpointModel.js";
import { openModel, type Model } from "../../src/model/model.js";
import { tokenLogits } from "../../src/model/hooks/tokenLogits.js";
import { createEngine } from "../../src/tensor/engine.js";
import { encodeFloats, inMemory } from "../../src/tensor/fileSlice.js";
import type { FloatFormat } from "../../src/tensor/tensorData.js";
import { temporaryFolder } from "../support/temporaryFolder.js";
import { type TinyModelName } from "../support/tinyModels.js";

const prefix = "base_model.model.";
const ids = [1, 5, 9, 14, 3];

function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
}

async function opened(name: TinyModelName, inMemoryBytes?: number): Promise<Model> {
  const engine = await createEngine({ engine: "onnxruntime", threads: 1 });
  return openModel(fixture(name), engine, inMemoryBytes === undefined ? {} : { inMemoryBytes });
}

/** A copy of a model's rank 1 adapter with further tensors in it, in one format. */
function withCopies(
  name: TinyModelName,
  copies: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>,
  dtype: FloatFormat = "F32",
): string {
  const folder = join(temporaryFolder(), "adapter");
  cpSync(fixture(`${name}/adapter-rank1`), folder, { recursive: true });
  const path = join(folder, "adapter_model.safetensors");
  const own = [...readSafetensors(path).tensors].map(([key, tensor]) => [key, tensor, "F32"] as const);
  const added = Object.entries(copies).map(([key, tensor]) => [key, tensor, dtype] as const);
  const all = [...own, ...added].sort(([one], [other]) => (one < other ? -1 : 1));
  const places = new Map(all.map(([key, { shape }, format]) => [key, { dtype: format, shape }]));
  const header = encodeSafetensorsHeader(places, { format: "pt" });
  const pieces = all.map(([, { data }, format]) => encodeFloats(data, format));
  writeFileSync(path, Buffer.concat([header, ...pieces]));
  return folder;
}

/** Values of one of a model's parameters. */
function valuesOf({ parameters }: Model, name: string): { shape: readonly number[]; data: Float32Array } {
  const found = parameters[name];
  if (found === undefined) throw new Error(`no ${name}`);
  const { shape, data } = inMemory(found);
  return { shape, data: Float32Array.from(data) };
}

async function logitsOf(base: Model, folder: string): Promise<Float32Array> {
  const { model, adapters } = openCheckpoint(base, folder);
  return tokenLogits(model, ids, adapters === undefined ? {} : { adapters });
}

function refusal(base: Model, folder: string): string {
  try {
    openCheckpoint(base, folder);
  } catch (error) {
    if (isTurncoatError(error)) return error.message;
    throw error;
  }
  return "opened";
}

describe("copies of embeddings beside an adapter", () => {
  test.each<[TinyModelName, FloatFormat, number | undefined]>([
    ["tiny-qwen2", "F32", undefined],
    ["tiny-qwen2", "BF16", undefined],
    ["tiny-qwen2", "F16", 0],
    ["tiny-qwen2-untied", "F32", 0],
    ["tiny-qwen2-untied", "F16", undefined],
  ])("that equal the base, %s in %s, change nothing", async (name, dtype, inMemoryBytes) => {
    const base = await opened(name, inMemoryBytes);
    const embedding = valuesOf(base, "model.embed_tokens.weight");
    const head = name === "tiny-qwen2" ? embedding : valuesOf(base, "lm_head.weight");
    const copies = {
      [`${prefix}model.embed_tokens.weight`]: embedding,
      [`${prefix}lm_head.weight`]: head,
    };
    const plain = await logitsOf(base, fixture(`${name}/adapter-rank1`));
    expect(await logitsOf(base, withCopies(name, copies, dtype))).toEqual(plain);
  });

  test("that were trained are refused in one line, by the first number that differs", async () => {
    const base = await opened("tiny-qwen2");
    const { shape, data } = valuesOf(base, "model.embed_tokens.weight");
    const trained = data.slice();
    trained[40] = 7;
    const name = `${prefix}model.embed_tokens.weight`;
    const folder = withCopies("tiny-qwen2", { [name]: { shape, data: trained } });
    expect(refusal(base, folder)).toBe(
      `${join(folder, "adapter_model.safetensors")}: tensor ${name}: expected ${data[40]} at 40, a copy of the base ` +
        "model's, found 7",
    );
  });

  test("of another vocabulary, and other tensors beside them, are refused", async () => {
    const base = await opened("tiny-qwen2");
    const { shape, data } = valuesOf(base, "model.embed_tokens.weight");
    const [rows = 0, columns = 0] = shape;
    const fewer = { shape: [rows - 1, columns], data: data.subarray(columns) };
    expect(
      refusal(base, withCopies("tiny-qwen2", { [`${prefix}model.embed_tokens.weight`]: fewer })),
    ).toContain(`expected shape [${rows}, ${columns}] as the base model's, found [${rows - 1}, ${columns}]`);
    for (const name of [
      "model.norm.weight",
      "model.layers.0.input_layernorm.weight",
      "model.other_embed_tokens.bias",
    ]) {
      expect(refusal(base, withCopies("tiny-qwen2", { [`${prefix}${name}`]: { shape, data } }))).toContain(
        "other trained weights are not supported",
      );
    }
  });
});
