import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { jsonObjectOf, readJson } from "../../src/formats/json.js";
import { duplicateKey } from "../../src/formats/duplicateKeys.js";
import { sha256OfFile } from "../../src/formats/fileHash.js";
import { compareModulePaths, layerOf } from "../../src/formats/modulePath.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const schema = z.object({ runs: z.array(z.object({ seed: z.number() })), mode: z.enum(["a", "b"]) });

function fileOf(text: string): string {
  const path = join(temporaryFolder(), "file.json");
  writeFileSync(path, text);
  return path;
}

describe("json", () => {
  test("a JSON file that fits is returned", () => {
    expect(readJson(fileOf(`{"runs":[{"seed":1}],"mode":"b"}`), schema)).toEqual({
      runs: [{ seed: 1 }],
      mode: "b",
    });
  });

  test("errors name the file and the path of the field", () => {
    const path = fileOf(`{"runs":[{"seed":1},{"seed":"x"}],"mode":"c"}`);
    expect(() => readJson(path, schema)).toThrow(
      `${path}: field runs[1].seed: expected number, found string (and 1 more)`,
    );
    const mode = fileOf(`{"runs":[],"mode":"c"}`);
    expect(() => readJson(mode, schema)).toThrow(`${mode}: field mode: expected one of "a"|"b"`);
    expect(() => readJson(fileOf("[]"), schema)).toThrow(": expected object, found array");
    expect(() => readJson(fileOf(""), schema)).toThrow("expected JSON");
    expect(() => readJson("/nowhere.json", schema)).toThrow("/nowhere.json: no such file");
    expect(() => readJson(temporaryFolder(), schema)).toThrow("expected a file, found a folder");
  });

  test("an invalid text is quoted on one line", () => {
    expect(() => readJson(fileOf("{\n  oops\n}"), schema)).toThrow(
      /^[^\n]*expected JSON, found something else[^\n]*$/,
    );
  });

  test("a record as JSON holds it", () => {
    const record: { rate: number; list: number[]; absent?: string } = {
      rate: NaN,
      list: [1],
      absent: undefined,
    };
    expect(jsonObjectOf(record)).toEqual({ rate: null, list: [1] });
  });

  test("keys may repeat in different objects but not in one", () => {
    expect(duplicateKey(`{"a":{"a":1,"b":["a","a",{"a":2}]},"b":"a"}`)).toBeUndefined();
    expect(duplicateKey(`{"a":1,"b":{"c":"}","d" :2,"c":3}}`)).toBe("c");
    expect(duplicateKey(`{"a\\"":1,"a\\u0022":2}`)).toBe('a"');
  });

  test("module paths: the layer, and layer 2 before layer 10", () => {
    expect(layerOf("model.layers.24.mlp.down_proj")).toBe(24);
    expect(layerOf("transformer.h.3.attn.c_attn")).toBe(3);
    expect(layerOf("lm_head")).toBeNull();
    const paths = [
      "model.layers.10.mlp",
      "model.layers.2.mlp.up_proj",
      "model.layers.2.mlp",
      "lm_head",
      "model.norm",
    ];
    expect(paths.sort(compareModulePaths)).toEqual([
      "lm_head",
      "model.layers.2.mlp",
      "model.layers.2.mlp.up_proj",
      "model.layers.10.mlp",
      "model.norm",
    ]);
  });

  test("the hash of a file is that of sha256sum", () => {
    expect(sha256OfFile(fileOf("abc"))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    expect(sha256OfFile(fileOf(""))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });
});
