import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stackAdapters } from "../../../src/model/weights/adapterBank.js";
import { generate, type GenerationRow } from "../../../src/model/generation/generate.js";
import { GenerationPool } from "../../../src/model/generation/generationPool.js";
import type { Model } from "../../../src/model/model.js";
import { modelParity, tinyAdapter, tinyModel } from "../../support/tinyModels.js";

let model: Model;
let pool: GenerationPool;

beforeAll(async () => {
  model = await tinyModel("tiny-qwen2-untied");
  pool = new GenerationPool(model, 2);
});
afterAll(() => pool.close());

describe("generationPool", () => {
  test("workers answer as the model does here, several batches at once", async () => {
    const { modules } = tinyAdapter("tiny-qwen2-untied", "rank3");
    const batches = [0, 1, 2].map((batch) =>
      modelParity.prompts.map((prompt, row): GenerationRow => ({
        promptIds: model.tokenizer.encodePrompt(prompt),
        randomName: `${batch}/${row}`,
      })),
    );
    const options = {
      maxNewTokens: 8,
      seed: 4,
      adapters: stackAdapters(model.config, [{ modules, factor: 2 }]),
    };
    const drawn = await Promise.all(batches.map((rows) => pool.generate(rows, options)));
    for (const [index, rows] of batches.entries()) {
      expect(drawn[index]).toEqual(await generate(model, rows, options));
    }
  });

  test("an error in a worker is the caller's", async () => {
    const edit = { kind: "projectOut" as const, layer: 99, vector: new Float32Array(1) };
    const rows = [{ promptIds: [1, 2], randomName: "a" }];
    await expect(pool.generate(rows, { maxNewTokens: 1, seed: 0, edits: [edit] })).rejects.toThrow(
      /residual edit: layer: expected 0 to \d+, found 99/,
    );
  });
});
