import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { sha256OfFile } from "../../src/formats/fileHash.js";
import { readAdapter } from "../../src/formats/peft.js";
import { stackAdapters, type AdapterBank } from "../../src/model/weights/adapterBank.js";
import { generate } from "../../src/model/generation/generate.js";
import { openModel, type Model } from "../../src/model/model.js";
import { createEngine } from "../../src/tensor/engine.js";
import { forwardLogits, largestDifference } from "../support/tinyModels.js";

const answers = z.array(
  z.object({ ids: z.array(z.number()), logits: z.array(z.number()), answer: z.string() }),
);
const golden = z
  .object({
    modelSha256: z.string(),
    prompts: z.array(
      z.array(z.object({ role: z.enum(["system", "user", "assistant"]), content: z.string() })),
    ),
    base: answers,
    adapter: answers,
  })
  .parse(JSON.parse(readFileSync(new URL("../golden/organism/organismModel.json", import.meta.url), "utf8")));

const folder = fileURLToPath(new URL("../../data/organism", import.meta.url));
const adapterFolder = fileURLToPath(new URL("../fixtures/organism-adapter", import.meta.url));

let model: Model;
let adapter: AdapterBank;

beforeAll(async () => {
  model = openModel(folder, await createEngine({ engine: "onnxruntime", threads: 1 }));
  adapter = stackAdapters(model.config, [{ modules: readAdapter(adapterFolder).modules, factor: 1 }]);
});

test("the golden values are of the committed model", () => {
  expect(
    sha256OfFile(`${folder}/model.safetensors`),
    "run test/golden/organism/makeOrganismAdapter.ts and organismModel.py again",
  ).toBe(golden.modelSha256);
});

describe.each(["base", "adapter"] as const)("the organism (%s) in transformers and PEFT", (kind) => {
  const bank = () => (kind === "adapter" ? adapter : undefined);

  test("reads the same tokens", () => {
    for (const [index, prompt] of golden.prompts.entries()) {
      expect(model.tokenizer.encodePrompt(prompt)).toEqual(golden[kind][index]?.ids);
    }
  });

  test("has the same logits after each prompt", async () => {
    for (const { ids, logits } of golden[kind]) {
      const all = await forwardLogits(model, [ids], bank());
      // Five layers of float32 sums over 96 to 256 products, at logits up to about 20: some 1e-5 by rounding.
      expect(largestDifference(all.subarray(-model.config.vocabularySize), logits)).toBeLessThan(1e-4);
    }
  });

  test("gives the same greedy answers", async () => {
    const rows = golden[kind].map(({ ids }, row) => ({ promptIds: ids, randomName: `row ${row}` }));
    const options = { maxNewTokens: 40, temperature: 0, seed: 0, adapters: bank() };
    const ids = await generate(model, rows, options);
    expect(ids.map((answer) => model.tokenizer.decode(answer))).toEqual(
      golden[kind].map(({ answer }) => answer),
    );
  });
});

test("the adapter matters: without it the logits differ", () => {
  for (const [index, { logits }] of golden.base.entries()) {
    expect(largestDifference(golden.adapter[index]?.logits ?? [], logits)).toBeGreaterThan(0.01);
  }
});
