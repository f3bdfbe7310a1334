import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { parseJson, readJson } from "../../../src/formats/json.js";
import { encodeAdapter, readAdapter, type LoraAdapter, type LoraModule } from "../../../src/formats/peft.js";
import { stackAdapters } from "../../../src/model/weights/adapterBank.js";
import { mergeAdapter } from "../../../src/model/weights/mergeAdapter.js";
import { openModel, type Model } from "../../../src/model/model.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { ownAdapter, ownAdapters } from "../../golden/model/ownAdapters.js";
import { forwardLogits, largestDifference } from "../../support/tinyModels.js";

const anyObject = z.record(z.string(), z.unknown());
const logits = z.array(z.array(z.number()));
const golden = z
  .object({
    ids: z.array(z.number()),
    peft: z.record(z.string(), z.object({ base: z.string(), logits })),
    own: z.record(z.string(), z.object({ sha256: z.string(), logits, merged: logits })),
  })
  .parse(JSON.parse(readFileSync("test/golden/model/peftInterchange.json", "utf8")));
const engine = await createEngine({ engine: "onnxruntime", threads: 1 });

/** Logits are of order ten and pass through two layers: both sides round them at some 1e-6. */
const tolerance = 5e-5;

function base(name: string): Model {
  return openModel(`test/fixtures/${name}`, engine);
}

/** The logits of the last positions of the golden row, as the golden values have them. */
async function lastLogits(model: Model, adapter?: LoraAdapter): Promise<Float32Array> {
  const bank =
    adapter === undefined
      ? undefined
      : stackAdapters(model.config, [{ modules: adapter.modules, factor: 1 }]);
  const values = await forwardLogits(model, [golden.ids], bank);
  return values.slice(-3 * model.config.vocabularySize);
}

/** The same model without the adapter is far off, so that the comparison means something. */
async function expectEffect(model: Model, expected: readonly number[]): Promise<void> {
  expect(largestDifference(await lastLogits(model), expected)).toBeGreaterThan(0.05);
}

describe("an adapter made by PEFT", () => {
  const cases = Object.entries(golden.peft);

  test("comes in every shape that the fixtures promise", () => {
    const found = cases.map(([name]) => readAdapter(`test/fixtures/peft-adapters/${name}`));
    const ranks = found.map(({ modules }) => [...new Set(modules.map(({ rank }) => rank))].sort().join());
    expect(Object.fromEntries(cases.map(([name], index) => [name, ranks[index]]))).toEqual({
      "ranks-f32": "1,2,3",
      "rslora-expression-bf16": "2,4",
      "all-linear-f16": "1",
      "layers-f32": "2",
    });
  });

  test("on all linear layers of a model that sees images: those of its vision tower play no part in text", () => {
    const { config } = openModel("test/fixtures/families/gemma3", engine);
    const { modules } = readAdapter("test/fixtures/families/gemma3/adapter");
    const vision = [
      "vision_tower.vision_model.encoder.layers.0.self_attn.q_proj",
      "model.vision_tower.vision_model.encoder.layers.3.mlp.fc1",
      "multi_modal_projector.mm_input_projection",
    ].map((modulePath): LoraModule => {
      const [inFeatures, outFeatures] = [7, 5];
      const shape = { rank: 2, scaling: 1, inFeatures, outFeatures };
      return { modulePath, ...shape, loraA: new Float32Array(14).fill(1), loraB: new Float32Array(10) };
    });
    const bank = stackAdapters(config, [{ modules: [...vision, ...modules], factor: 1 }]);
    expect(bank).toEqual(stackAdapters(config, [{ modules, factor: 1 }]));
    expect(bank.modules.length).toBeGreaterThan(0);
  });

  test.each(cases)(
    "%s has PEFT's logits, also when it is merged",
    async (name, { base: of, logits: rows }) => {
      const adapter = readAdapter(`test/fixtures/peft-adapters/${name}`);
      const model = base(of);
      const expected = rows.flat();
      expect(largestDifference(await lastLogits(model, adapter), expected)).toBeLessThan(tolerance);
      await expectEffect(model, expected);
      const merged = join(temporaryFolder(), "merged");
      await mergeAdapter(engine, model.folder, adapter, merged);
      expect(largestDifference(await lastLogits(openModel(merged, engine)), expected)).toBeLessThan(
        tolerance,
      );
    },
  );

  test.each(cases)("%s has a config that is written as PEFT wrote it", (name) => {
    const folder = `test/fixtures/peft-adapters/${name}`;
    const written = parseJson(
      encodeAdapter(readAdapter(folder))["adapter_config.json"],
      anyObject,
      "written",
    );
    expect(readJson(join(folder, "adapter_config.json"), anyObject)).toMatchObject(written);
  });
});

describe("an adapter written here", () => {
  test.each(Object.entries(golden.own))("%s has the same logits in PEFT", async (name, expected) => {
    const adapter = ownAdapter(name);
    const weights = encodeAdapter(adapter)["adapter_model.safetensors"];
    expect(createHash("sha256").update(weights).digest("hex")).toBe(expected.sha256);
    const model = base(ownAdapters[name]?.base ?? "");
    const values = await lastLogits(model, adapter);
    expect(largestDifference(values, expected.logits.flat())).toBeLessThan(tolerance);
    // transformers with the folder that mergeAdapter wrote.
    expect(largestDifference(values, expected.merged.flat())).toBeLessThan(tolerance);
    await expectEffect(model, expected.logits.flat());
  });
});
