import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  encodeSafetensors,
  readSafetensors,
  readSafetensorsHeader,
} from "../../../src/formats/safetensors.js";
import { mergeAdapter } from "../../../src/model/weights/mergeAdapter.js";
import { openModel } from "../../../src/model/model.js";
import { createEngine, type EngineName } from "../../../src/tensor/engine.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import {
  forwardLogits,
  largestDifference,
  tinyAdapter,
  tinyBank,
  tinyModel,
  tinyModelNames,
  type TinyModelName,
} from "../../support/tinyModels.js";

const engine = await createEngine({ engine: "onnxruntime", threads: 1 });
const rows = [[1, 5, 6, 7, 8, 20, 30]];
const fixture = (name: TinyModelName) => `test/fixtures/${name}`;
const weightsOf = (folder: string) => readSafetensors(join(folder, "model.safetensors")).tensors;

/** The largest difference of any weight. */
function weightDifference(one: string, other: string): number {
  const others = weightsOf(other);
  const differences = [...weightsOf(one)].map(([name, { data }]) =>
    largestDifference(data, others.get(name)?.data ?? []),
  );
  return Math.max(...differences);
}

describe.each(["onnxruntime", "wasm"] as const)("mergeAdapter: merging on %s", (engineName: EngineName) => {
  test.each(tinyModelNames)("%s has the adapter's logits afterwards, and its own again", async (name) => {
    const own = await createEngine({ engine: engineName, threads: 1 });
    const adapter = tinyAdapter(name, "rank3");
    const inside = join(temporaryFolder(), "merged");
    await mergeAdapter(own, fixture(name), adapter, inside);
    const model = await tinyModel(name);
    const expected = await forwardLogits(model, rows, tinyBank(model, name, "rank3"));
    const plain = await forwardLogits(model, rows);
    // Logits are of order ten; merging rounds each weight once at 6e-8.
    expect(largestDifference(await forwardLogits(openModel(inside, engine), rows), expected)).toBeLessThan(
      1e-4,
    );
    expect(largestDifference(plain, expected)).toBeGreaterThan(0.1);

    const outside = join(temporaryFolder(), "plain");
    await mergeAdapter(own, inside, adapter, outside, { direction: "out" });
    // Weights of order one, rounded twice.
    expect(weightDifference(outside, fixture(name))).toBeLessThan(1e-6);
    expect(largestDifference(await forwardLogits(openModel(outside, engine), rows), plain)).toBeLessThan(
      1e-4,
    );
  });
});

describe("mergeAdapter: a merged folder", () => {
  test("leaves what the adapter does not touch as it is, byte for byte", async () => {
    const target = join(temporaryFolder(), "merged");
    await mergeAdapter(engine, fixture("tiny-qwen2"), tinyAdapter("tiny-qwen2", "rank1"), target);
    const before = weightsOf(fixture("tiny-qwen2"));
    const changed = [...weightsOf(target)].filter(
      ([name, { data }]) => largestDifference(data, before.get(name)?.data ?? []) !== 0,
    );
    expect(changed.map(([name]) => name)).toEqual(["model.layers.1.mlp.down_proj.weight"]);
    for (const name of ["tokenizer.json", "tokenizer_config.json", "chat_template.jinja"]) {
      expect(readFileSync(join(target, name))).toEqual(readFileSync(join(fixture("tiny-qwen2"), name)));
    }
  });

  test("has the type that was asked for, in its files and in config.json", async () => {
    const folder = temporaryFolder();
    const source = fixture("tiny-qwen2-untied");
    const adapter = tinyAdapter("tiny-qwen2-untied", "rank1");
    const types = { F32: "float32", BF16: "bfloat16", F16: "float16", stored: "bfloat16" } as const;
    for (const dtype of ["F32", "BF16", "F16", "stored"] as const) {
      const target = join(folder, dtype);
      await mergeAdapter(engine, source, adapter, target, { dtype });
      const header = readSafetensorsHeader(join(target, "model.safetensors"));
      const stored = new Set([...header.tensors.values()].map((tensor) => tensor.dtype));
      expect([...stored]).toEqual([dtype === "stored" ? "BF16" : dtype]);
      expect(JSON.parse(readFileSync(join(target, "config.json"), "utf8"))).toMatchObject({
        dtype: types[dtype],
      });
    }
    expect(readFileSync(join(folder, "stored", "model.safetensors"))).toEqual(
      readFileSync(join(folder, "BF16", "model.safetensors")),
    );
    // Weights of order one: 8 bits of precision in a bfloat16, 11 in a float16.
    expect(weightDifference(join(folder, "BF16"), join(folder, "F32"))).toBeLessThan(2 ** -7);
    expect(weightDifference(join(folder, "F16"), join(folder, "F32"))).toBeLessThan(2 ** -10);
  });

  test("keeps its shards, with an index that fits them", async () => {
    const folder = join(temporaryFolder(), "model");
    cpSync(fixture("tiny-qwen2-untied"), folder, { recursive: true });
    const tensors = [...weightsOf(folder)];
    rmSync(join(folder, "model.safetensors"));
    mkdirSync(join(folder, "parts"));
    const map: Record<string, string> = {};
    for (const part of [0, 1]) {
      const shard = `parts/model-${part}.safetensors`;
      const own = tensors.filter((_, index) => index % 2 === part);
      writeFileSync(join(folder, shard), encodeSafetensors(new Map(own)));
      for (const [name] of own) map[name] = shard;
    }
    const index = join(folder, "model.safetensors.index.json");
    writeFileSync(index, JSON.stringify({ weight_map: map }));
    const target = join(temporaryFolder(), "merged");
    const adapter = tinyAdapter("tiny-qwen2-untied", "rank3");
    await mergeAdapter(engine, folder, adapter, target);
    const bytes = tensors.reduce((sum, [, { data }]) => sum + data.byteLength, 0);
    expect(JSON.parse(readFileSync(join(target, "model.safetensors.index.json"), "utf8"))).toEqual({
      metadata: { total_size: bytes },
      weight_map: map,
    });
    const whole = join(temporaryFolder(), "whole");
    await mergeAdapter(engine, fixture("tiny-qwen2-untied"), adapter, whole);
    const [one, other] = [target, whole].map((each) => openModel(each, engine));
    expect(one?.parameters).toEqual(other?.parameters);
  });

  test("does not appear where something is wrong, and never replaces another", async () => {
    const folder = temporaryFolder();
    const source = fixture("tiny-qwen2");
    const adapter = tinyAdapter("tiny-qwen2", "rank1");
    const [module] = adapter.modules;
    if (module === undefined) throw new Error("the adapter is empty");
    const merge = (change: Partial<typeof module>, target = join(folder, "merged")) =>
      mergeAdapter(engine, source, { ...adapter, modules: [{ ...module, ...change }] }, target);
    await expect(merge({ modulePath: "model.layers.7.mlp.down_proj" })).rejects.toThrow(
      "there is no tensor model.layers.7.mlp.down_proj.weight for the adapter's module",
    );
    await expect(merge({ inFeatures: 3 })).rejects.toThrow(
      "expected floats of shape [32, 3] as the adapter's, found F32 of shape [32, 40]",
    );
    await expect(merge({}, folder)).rejects.toThrow(`${folder}: expected no such folder yet, found one`);
    expect(readdirSync(folder)).toEqual([]);
    await merge({});
    expect(readdirSync(folder)).toEqual(["merged"]);
    expect(existsSync(join(folder, "merged", "config.json"))).toBe(true);
  });
});
