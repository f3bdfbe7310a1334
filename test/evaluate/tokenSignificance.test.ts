import { describe, expect, test } from "vitest";
import { z } from "zod";
import { tokenSignificance } from "../../src/evaluate/tokenSignificance.js";
import { readJson } from "../../src/formats/json.js";
import type { Model } from "../../src/model/model.js";
import { stackAdapters, type AdapterBank } from "../../src/model/weights/adapterBank.js";
import { inMemory } from "../../src/tensor/fileSlice.js";
import { ProgramCache } from "../../src/tensor/programCache.js";
import { familyAdapter, familyModel } from "../support/familyModels.js";
import { tinyAdapter, tinyModel } from "../support/tinyModels.js";

const chat = z.object({
  ids: z.array(z.number()),
  isResponse: z.array(z.boolean()),
  divergence: z.number(),
  norms: z.array(z.number()),
});
const { models: golden } = readJson(
  new URL("../golden/model/hooks/tokenSignificance.json", import.meta.url).pathname,
  z.object({ models: z.record(z.string(), z.array(chat)) }),
);

async function opened(name: string): Promise<{ readonly model: Model; readonly bank: AdapterBank }> {
  const bankOf = (model: Model, modules: ReturnType<typeof familyAdapter>["modules"]) => ({
    model,
    bank: stackAdapters(model.config, [{ modules, factor: 1 }]),
  });
  if (name === "llama" || name === "gemma3-text")
    return bankOf(await familyModel(name), familyAdapter(name).modules);
  const tiny = name === "tiny-qwen2" ? name : "tiny-qwen2-untied";
  return bankOf(await tinyModel(tiny), tinyAdapter(tiny, "rank1").modules);
}

describe("tokenSignificance", () => {
  test.each(Object.keys(golden))("equals PyTorch's gradients in %s", async (name) => {
    const { model, bank } = await opened(name);
    const chats = golden[name] ?? [];
    const found = await tokenSignificance(model, bank, chats);
    expect(found).toHaveLength(chats.length);
    for (const [index, { divergence, norms }] of chats.entries()) {
      const own = found[index];
      expect((own?.divergence ?? NaN) / divergence).toBeCloseTo(1, 4);
      const total = norms.reduce((sum, norm) => sum + norm, 0);
      expect(own?.tokens).toHaveLength(norms.length);
      for (const [place, norm] of norms.entries())
        expect(own?.tokens[place]).toBeCloseTo((norm / total) * divergence, 3);
      expect(own?.tokens.at(-1)).toBe(0);
    }
  });

  test("has the gradient that small changes of an embedding have", async () => {
    const { model, bank } = await opened("tiny-qwen2-untied");
    const [example] = golden["tiny-qwen2-untied"] ?? [];
    if (example === undefined) throw new Error("no example");
    // A response token that occurs once, so that its row of the embeddings is one place.
    const responses = example.ids.filter((_, place) => example.isResponse[place] === true);
    const place = responses.findIndex((id) => example.ids.filter((other) => other === id).length === 1);
    const token = responses[place] ?? -1;
    const embeddings = model.parameters["model.embed_tokens.weight"];
    if (embeddings === undefined) throw new Error("no embeddings");
    const { shape, data } = inMemory(embeddings);
    const divergenceAt = async (column: number, change: number): Promise<number> => {
      const changed = Float32Array.from(data);
      const at = token * model.config.hiddenSize + column;
      changed[at] = (changed[at] ?? NaN) + change;
      const parameters = { ...model.parameters, "model.embed_tokens.weight": { shape, data: changed } };
      const programs = new ProgramCache(model.engine);
      const [found] = await tokenSignificance({ ...model, parameters, programs }, bank, [example]);
      await programs.dispose();
      return found?.divergence ?? NaN;
    };
    let squares = 0;
    for (let column = 0; column < model.config.hiddenSize; column++) {
      const difference = (await divergenceAt(column, 0.01)) - (await divergenceAt(column, -0.01));
      squares += (difference / 0.02) ** 2;
    }
    expect(Math.sqrt(squares) / (example.norms[place] ?? NaN)).toBeCloseTo(1, 2);
  });

  test("is nothing where the adapter adds nothing, and counts what is done", async () => {
    const { model } = await opened("tiny-qwen2");
    const bank = stackAdapters(model.config, [
      { modules: tinyAdapter("tiny-qwen2", "rank1").modules, factor: 0 },
    ]);
    const done: number[] = [];
    const chats = golden["tiny-qwen2"] ?? [];
    const [found] = await tokenSignificance(model, bank, chats, (count) => done.push(count));
    expect(found?.divergence).toBeCloseTo(0, 6);
    for (const value of found?.tokens ?? []) expect(value).toBeCloseTo(0, 6);
    expect(done).toEqual([1]);
  });
});
