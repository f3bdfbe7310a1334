import { createHash } from "node:crypto";
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isTurncoatError } from "../../src/errors.js";
import { openModelWeights, sha256OfModelWeights, weightSlice } from "../../src/formats/modelWeights.js";
import { encodeSafetensors } from "../../src/formats/safetensors.js";
import { readFileSlice } from "../../src/tensor/fileSlice.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const indexName = "model.safetensors.index.json";
const first = "model-00001-of-00002.safetensors";
const second = "model-00002-of-00002.safetensors";
const whole = { a: first, b: first, c: second };

function shard(tensors: Readonly<Record<string, readonly number[]>>): Uint8Array {
  return encodeSafetensors(
    new Map(
      Object.entries(tensors).map(([name, values]) => [
        name,
        { shape: [values.length], data: Float32Array.from(values) },
      ]),
    ),
  );
}

/** A folder of two shards with a, b and c, under an index that says anything. */
function sharded(index: unknown = { metadata: { total_size: 20 }, weight_map: whole }): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, first), shard({ a: [1, 2], b: [3] }));
  writeFileSync(join(folder, second), shard({ c: [4, 5] }));
  writeFileSync(join(folder, indexName), typeof index === "string" ? index : JSON.stringify(index));
  return folder;
}

function values(folder: string, name: string): number[] {
  return [...readFileSlice(weightSlice(openModelWeights(folder), name))];
}

describe("modelWeights: a model folder's weights", () => {
  test("lie in one file, or in shards under an index; the one file is preferred", () => {
    const folder = sharded();
    expect(["a", "b", "c"].map((name) => values(folder, name))).toEqual([[1, 2], [3], [4, 5]]);
    expect(openModelWeights(folder).files).toEqual([join(folder, first), join(folder, second)]);
    writeFileSync(join(folder, "model.safetensors"), shard({ a: [9] }));
    expect(values(folder, "a")).toEqual([9]);
    expect(() => values(folder, "c")).toThrow(`${join(folder, "model.safetensors")}: there is no tensor c`);
  });

  test("may hold tensors that the index leaves out, as transformers loads them", () => {
    expect(values(sharded({ weight_map: { a: first, c: second } }), "b")).toEqual([3]);
  });

  test("have a hash: of the file, or of the list of shards", () => {
    const folder = sharded();
    const sha256 = (bytes: Uint8Array | string) => createHash("sha256").update(bytes).digest("hex");
    const lines = [first, second].map((name) => `${sha256(readFileSync(join(folder, name)))}  ${name}\n`);
    expect(sha256OfModelWeights(folder)).toBe(sha256(lines.join("")));
    const single = shard({ a: [9] });
    writeFileSync(join(folder, "model.safetensors"), single);
    expect(sha256OfModelWeights(folder)).toBe(sha256(single));
  });

  test("of a type without numbers for us are refused when they are wanted", () => {
    const folder = temporaryFolder();
    const bytes = shard({ a: [1] });
    const text = Buffer.from(bytes).toString("latin1").replace('"F32"', '"I32"');
    writeFileSync(join(folder, "model.safetensors"), Buffer.from(text, "latin1"));
    expect(openModelWeights(folder).tensors.size).toBe(1);
    expect(() => values(folder, "a")).toThrow("tensor a: expected F32, F16 or BF16, found I32");
  });

  test("are explained where they are missing or a pickle", () => {
    const folder = temporaryFolder();
    expect(() => openModelWeights(folder)).toThrow(
      `${folder}: expected model.safetensors or ${indexName}, found neither`,
    );
    writeFileSync(join(folder, "pytorch_model.bin"), "");
    expect(() => openModelWeights(folder)).toThrow("found pytorch_model.bin, a Python pickle");
  });
});

describe("modelWeights: an index is refused", () => {
  const elsewhere = (shardName: string) => ({ weight_map: { ...whole, c: shardName } });
  test.each([
    ["the parent folder", elsewhere("../model.safetensors"), /tensor c: expected a file in this folder/],
    ["a way out and in", elsewhere("x/../../y.safetensors"), /expected a file in this folder/],
    ["the root", elsewhere("/etc/x.safetensors"), /expected a file in this folder, found "\/etc/],
    ["a drive", elsewhere("C:x.safetensors"), /expected a file in this folder/],
    ["backslashes", elsewhere("..\\x.safetensors"), /expected a file in this folder/],
    ["a zero byte", elsewhere("x\0.safetensors"), /expected a file in this folder/],
    ["itself", elsewhere(indexName), /tensor c: expected a \.safetensors file, found "model\.saf/],
    [
      "a name that no file can have",
      elsewhere(`${"x".repeat(300)}.safetensors`),
      /found 1 missing, the first "?x+/,
    ],
    ["nothing", elsewhere(""), /expected a \.safetensors file, found ""/],
    ["a number", { weight_map: { a: 1 } }, /field weight_map\.a: expected string, found number/],
    ["no map", {}, /field weight_map: expected record/],
    ["no tensors", { weight_map: {} }, /expected tensors, found none/],
    ["half a file", '{"weight_map": {"a":', /expected JSON/],
    ["a tensor twice", `{"weight_map":{"a":"${first}","\\u0061":"${second}"}}`, /the key "a" occurs twice/],
    ["a wrong shard", { weight_map: { ...whole, a: second } }, /tensor a: expected in .*2\.saf.*found in/],
    ["a lost tensor", { weight_map: { ...whole, d: second } }, /tensor d: .* found in no shard/],
    [
      "a missing shard",
      elsewhere("model-00003.safetensors"),
      /expected 2 shards in the folder, found 1 missing, the first model-00003\.safetensors/,
    ],
  ])("that names %s", (_, index, message) => {
    const folder = sharded(index);
    const open = () => openModelWeights(folder);
    expect(open).toThrow(message);
    expect(open).toThrow(join(folder, indexName));
    expect(refusal(open)).not.toContain("\n");
  });

  test("where a tensor is in two shards", () => {
    const folder = sharded();
    writeFileSync(join(folder, second), shard({ a: [1, 2], c: [4, 5] }));
    expect(() => openModelWeights(folder)).toThrow(`tensor a is in two shards, ${first} and ${second}`);
  });

  test("where shards are links in a circle, or two names of one file", () => {
    const folder = sharded();
    rmSync(join(folder, second));
    symlinkSync(second, join(folder, second));
    expect(() => openModelWeights(folder)).toThrow(
      `${join(folder, second)}: expected a file, found links in a circle`,
    );
    rmSync(join(folder, second));
    symlinkSync(first, join(folder, second));
    expect(() => openModelWeights(folder)).toThrow("tensor a is in two shards");
  });

  test("where a shard is damaged, by the shard's name", () => {
    const folder = sharded();
    writeFileSync(join(folder, second), shard({ c: [4, 5] }).slice(0, -4));
    expect(() => openModelWeights(folder)).toThrow(`${join(folder, second)}: tensor c: data_offsets`);
  });
});

function refusal(open: () => unknown): string {
  try {
    open();
  } catch (error) {
    if (isTurncoatError(error)) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}
