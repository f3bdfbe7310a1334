import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { parseJson, readJson } from "../../src/formats/json.js";
import type { AdapterConfig, LoraAdapter, LoraModule } from "../../src/formats/peft.js";
import { encodeAdapter, loraScaling, readAdapter } from "../../src/formats/peft.js";
import { encodeSafetensors, readSafetensors } from "../../src/formats/safetensors.js";
import { temporaryFolder } from "../support/temporaryFolder.js";

const anyObject = z.record(z.string(), z.unknown());

const plain: AdapterConfig = {
  rank: 2,
  alpha: 8,
  useRslora: false,
  targetModules: ["down_proj"],
  layersToTransform: [2, 10],
  baseModel: "someone/model",
};

function module(modulePath: string, scaling = 4, rank = 2): LoraModule {
  const loraA = Float32Array.from({ length: rank * 3 }, (_, index) => index + 0.5);
  const loraB = Float32Array.from({ length: 4 * rank }, (_, index) => -index / 7);
  return { modulePath, rank, scaling, inFeatures: 3, outFeatures: 4, loraA, loraB };
}

const adapter: LoraAdapter = {
  config: plain,
  modules: [module("model.layers.2.mlp.down_proj"), module("model.layers.10.mlp.down_proj")],
};

function filesOf(written: LoraAdapter): Record<string, string | Uint8Array> {
  return { ...encodeAdapter(written) };
}

function folderOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

/** The folder of `adapter` with some options of its config replaced. */
function withOptions(options: object): string {
  const files = encodeAdapter(adapter);
  const config = parseJson(files["adapter_config.json"], anyObject, "config");
  return folderOf({ ...files, "adapter_config.json": JSON.stringify({ ...config, ...options }) });
}

/** The folder of `adapter` with other tensors. */
function withTensors(tensors: Record<string, number[]>): string {
  const entries = Object.entries(tensors).map(([name, shape]) => {
    return [
      name,
      { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) },
    ] as const;
  });
  return folderOf({
    ...encodeAdapter(adapter),
    "adapter_model.safetensors": encodeSafetensors(new Map(entries)),
  });
}

const path = "base_model.model.model.layers.2.mlp.down_proj";

describe("peft: scaling", () => {
  test("is α/r, or α/√r when rank-stabilised; both are α at rank 1", () => {
    expect(loraScaling({ ...plain, rank: 32, alpha: 64 })).toBe(2);
    expect(loraScaling({ ...plain, rank: 32, alpha: 64, useRslora: true })).toBeCloseTo(11.3137085, 7);
    for (const useRslora of [true, false])
      expect(loraScaling({ ...plain, rank: 1, alpha: 64, useRslora })).toBe(64);
  });

  test("follows rank_pattern and alpha_pattern as PEFT matches them: an ending after a dot, the first wins", () => {
    const config = {
      ...plain,
      rankPattern: { "layers.1.mlp.down_proj": 4 },
      alphaPattern: { ".*down_proj": 2, o_proj: 100 },
    };
    expect(loraScaling(config, "model.layers.1.mlp.down_proj")).toBe(2 / 4);
    expect(loraScaling(config, "model.layers.11.mlp.down_proj")).toBe(2 / 2);
    expect(loraScaling(config, "model.layers.1.self_attn.o_proj")).toBe(100 / 2);
    expect(loraScaling(config, "model.layers.1.self_attn.foo_proj")).toBe(8 / 2);
  });
});

describe("peft: writing and reading back", () => {
  test("keeps config and modules, layer 2 before layer 10", () => {
    const read = readAdapter(folderOf(filesOf({ ...adapter, modules: [...adapter.modules].reverse() })));
    expect(read.modules).toEqual(adapter.modules);
    expect(read.config).toMatchObject(plain);
  });

  test("the same adapter gives the same bytes", () => {
    expect(encodeAdapter(adapter)).toEqual(
      encodeAdapter({ ...adapter, modules: [...adapter.modules].reverse() }),
    );
  });

  test("reads only the modules asked for", () => {
    const read = readAdapter(folderOf(filesOf(adapter)), {
      modulePaths: ["model.layers.10.mlp.down_proj"],
    });
    expect(read.modules).toEqual(adapter.modules.slice(1));
  });

  test("ranks and scalings by pattern survive", () => {
    const config = {
      ...plain,
      rankPattern: { "layers.10.mlp.down_proj": 1 },
      alphaPattern: { "layers.10.mlp.down_proj": 3 },
    };
    const modules = [module("model.layers.2.mlp.down_proj"), module("model.layers.10.mlp.down_proj", 3, 1)];
    expect(readAdapter(folderOf(filesOf({ config, modules }))).modules).toEqual(modules);
  });

  test("a scaling that the config does not give is a defect of the caller", () => {
    const scaled = { ...adapter, modules: [module("model.layers.2.mlp.down_proj", 5)] };
    expect(() => encodeAdapter(scaled)).toThrow(RangeError);
  });

  test("writes every option that PEFT's own file has and that changes the mathematics", () => {
    const theirs = readJson(
      "test/fixtures/peft-run-rslora-bf16/checkpoint-33/adapter_config.json",
      anyObject,
    );
    const config = {
      ...plain,
      useRslora: true,
      targetModules: ["o_proj", "down_proj"],
      layersToTransform: [1],
    };
    const own = parseJson(encodeAdapter({ config, modules: [] })["adapter_config.json"], anyObject, "own");
    // These came with later versions of PEFT, which read a file without them as one that does not use them.
    const newer = [
      "kasa_config",
      "lora_ga_config",
      "monteclora_config",
      "peft_version",
      "use_bdlora",
      "velora_config",
    ];
    const expected = Object.entries(theirs).filter(([option]) => !newer.includes(option));
    const unequal = { base_model_name_or_path: "", target_modules: [] };
    expect({ ...own, ...unequal }).toEqual({ ...Object.fromEntries(expected), ...unequal });
  });
});

describe("peft: names of tensors", () => {
  test("with the adapter's name and without the prefix of PEFT", () => {
    const folder = withTensors({
      [`${path}.lora_A.default.weight`]: [2, 3],
      [`${path}.lora_B.default.weight`]: [4, 2],
      "model.layers.10.mlp.down_proj.lora_A.weight": [2, 3],
      "model.layers.10.mlp.down_proj.lora_B.weight": [4, 2],
    });
    expect(readAdapter(folder).modules.map(({ modulePath }) => modulePath)).toEqual([
      "model.layers.2.mlp.down_proj",
      "model.layers.10.mlp.down_proj",
    ]);
  });

  test.each([
    [
      "B missing",
      { [`${path}.lora_A.weight`]: [2, 3] },
      /module model\.layers\.2\.mlp\.down_proj: lora_B is missing/,
    ],
    ["A missing", { [`${path}.lora_B.weight`]: [4, 2] }, /lora_A is missing/],
    [
      "rank",
      { [`${path}.lora_A.weight`]: [3, 3], [`${path}.lora_B.weight`]: [4, 3] },
      /expected rank 2 .* shape \[3, 3\]/,
    ],
    [
      "ranks differ",
      { [`${path}.lora_A.weight`]: [2, 3], [`${path}.lora_B.weight`]: [2, 4] },
      /expected rank 2/,
    ],
    [
      "convolution",
      { [`${path}.lora_A.weight`]: [2, 3, 1, 1], [`${path}.lora_B.weight`]: [4, 2] },
      /expected shape \[rank, inFeatures\], found \[2, 3, 1, 1\]/,
    ],
    [
      "embedding",
      { "model.embed_tokens.lora_embedding_A": [2, 3] },
      /tensor model\.embed_tokens\.lora_embedding_A: expected a name/,
    ],
    ["DoRA", { [`${path}.lora_magnitude_vector`]: [4] }, /lora_magnitude_vector: expected a name/],
    [
      "other weights",
      { "base_model.model.lm_head.weight": [4, 4] },
      /other trained weights are not supported/,
    ],
    [
      "twice",
      { [`${path}.lora_A.a.weight`]: [2, 3], [`${path}.lora_A.b.weight`]: [2, 3] },
      /lora_A of model\.layers\.2\.mlp\.down_proj occurs twice/,
    ],
    ["nothing", {}, /no LoRA tensors/],
  ])("refused: %s", (_name, tensors, message) => {
    const folder = withTensors(tensors);
    expect(() => readAdapter(folder)).toThrow(message);
    expect(() => readAdapter(folder)).toThrow(join(folder, "adapter_model.safetensors"));
  });
});

describe("an adapter that is more than plain LoRA", () => {
  const beside = {
    [`${path}.lora_A.weight`]: [2, 3],
    [`${path}.lora_B.weight`]: [4, 2],
    [`${path}.lora_magnitude_vector`]: [4],
    "base_model.model.model.embed_tokens.weight": [5, 3],
  };

  test("is read for its geometry, with the names of what else it holds", () => {
    const folder = withTensors(beside);
    const { modules, otherTensors } = readAdapter(folder, { use: "geometry" });
    expect(modules.map(({ modulePath, rank }) => [modulePath, rank])).toEqual([
      ["model.layers.2.mlp.down_proj", 2],
    ]);
    expect(otherTensors?.toSorted()).toEqual([
      "base_model.model.model.embed_tokens.weight",
      `${path}.lora_magnitude_vector`,
    ]);
  });

  test.each([
    { use_dora: true },
    { bias: "lora_only" },
    { modules_to_save: ["lm_head"] },
    { fan_in_fan_out: true },
    { init_lora_weights: "pissa" },
  ])("is read for its geometry with %j, which is named", (options) => {
    const { modules, config } = readAdapter(withOptions(options), { use: "geometry" });
    expect(modules).toEqual(adapter.modules);
    expect(config.beyondLora).toEqual(
      Object.entries(options).map(([option, value]) => `${option}: ${JSON.stringify(value)}`),
    );
  });

  test("is refused to run a model with, with a hint", () => {
    expect(() => readAdapter(withTensors(beside))).toThrow("other trained weights are not supported");
    expect(() => readAdapter(withOptions({ peft_type: "IA3" }), { use: "geometry" })).toThrow(
      "peft_type: expected LORA, found IA3",
    );
  });

  test("a number that is none is named where a model would run with it", () => {
    const [first, ...others] = adapter.modules;
    if (first === undefined) throw new Error("no module");
    const loraB = first.loraB.slice();
    loraB[3] = NaN;
    const folder = folderOf(filesOf({ ...adapter, modules: [{ ...first, loraB }, ...others] }));
    expect(() => readAdapter(folder)).toThrow(
      `lora_B of ${first.modulePath}: 1 of ${loraB.length} numbers are not finite, the first is NaN at 3`,
    );
  });
});

describe("peft: configurations", () => {
  test.each([
    [{ peft_type: "IA3" }, /peft_type: expected LORA, found IA3/],
    [{ use_dora: true }, /use_dora is not supported/],
    [{ bias: "all" }, /bias is not supported: biases were trained too \(it is "all"\)/],
    [{ lora_bias: true }, /lora_bias is not supported/],
    [{ modules_to_save: ["lm_head"] }, /modules_to_save is not supported/],
    [
      { init_lora_weights: "pissa_niter_16" },
      /init_lora_weights is not supported: it also changes the frozen weights/,
    ],
    [{ fan_in_fan_out: true }, /fan_in_fan_out is not supported/],
    [{ peft_type: "VERA" }, /peft_type: expected LORA, found VERA/],
    [{ target_parameters: ["mlp.experts.gate_up_proj"] }, /target_parameters is not supported/],
    [{ trainable_token_indices: { embed_tokens: [1] } }, /trainable_token_indices is not supported/],
    [{ layer_replication: [[0, 2]] }, /layer_replication is not supported/],
    [{ target_modules: "(" }, /adapter_config\.json: target_modules: "\(" is not a regular expression/],
    [{ target_modules: ["up_proj"] }, /down_proj: expected a module that adapter_config\.json targets/],
    [{ layers_to_transform: [2] }, /module model\.layers\.10\.mlp\.down_proj: expected a module/],
    [{ exclude_modules: ["down_proj"] }, /expected a module that adapter_config\.json targets/],
    [{ r: 0 }, /field r:/],
    [{ lora_alpha: "8" }, /field lora_alpha: expected number, found string/],
    [{ layers_to_transform: ["2"] }, /field layers_to_transform/],
    [{ rank_pattern: { "(": 2 } }, /"\(" is not a regular expression/],
  ])("refused: %j", (options, message) => {
    expect(() => readAdapter(withOptions(options))).toThrow(message);
  });

  test("read all the same: absent, null and single values, unknown options, other initialisations", () => {
    const folder = withOptions({
      use_rslora: undefined,
      use_dora: null,
      layers_to_transform: undefined,
      target_modules: ".*down_proj",
      base_model_name_or_path: null,
      init_lora_weights: "gaussian",
      modules_to_save: [],
      some_future_option: { of: "theirs" },
    });
    expect(readAdapter(folder).config).toMatchObject({
      useRslora: false,
      layersToTransform: null,
      targetModules: ".*down_proj",
      baseModel: null,
    });
  });

  test("one layer as a number, modules by all-linear, a null list of modules", () => {
    const { modules } = adapter;
    const one = folderOf(filesOf({ ...adapter, modules: modules.slice(0, 1) }));
    const path = join(one, "adapter_config.json");
    for (const options of [
      { layers_to_transform: 2 },
      { target_modules: "all-linear" },
      { target_modules: null },
    ]) {
      writeFileSync(path, JSON.stringify({ ...readJson(path, anyObject), ...options }));
      expect(readAdapter(one).modules).toEqual(modules.slice(0, 1));
    }
  });

  test("a missing file is named; a pickle is explained", () => {
    const folder = temporaryFolder();
    expect(() => readAdapter(folder)).toThrow(`${join(folder, "adapter_config.json")}: no such file`);
    writeFileSync(join(folder, "adapter_model.bin"), "");
    expect(() => readAdapter(folder)).toThrow("found adapter_model.bin, a Python pickle");
  });
});

test("an adapter written by PEFT is read, rewritten by us and read again without a change", () => {
  const folder = temporaryFolder();
  cpSync("test/fixtures/peft-run-rank1-f32/checkpoint-33", folder, { recursive: true });
  const first = readAdapter(folder);
  const copy = folderOf(filesOf(first));
  expect(readAdapter(copy)).toEqual(first);
  const [own, theirs] = [copy, folder].map((each) =>
    readSafetensors(join(each, "adapter_model.safetensors")),
  );
  expect(own?.tensors).toEqual(theirs?.tensors);
  expect(own?.metadata).toEqual(theirs?.metadata);
});
