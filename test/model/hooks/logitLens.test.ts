import { describe, expect, test } from "vitest";
import { z } from "zod";
import { readJson } from "../../../src/formats/json.js";
import { logitLens } from "../../../src/model/hooks/logitLens.js";
import { familyModel, familyNames } from "../../support/familyModels.js";
import { largestDifference, tinyModel, tinyModelNames } from "../../support/tinyModels.js";

const { logits: golden } = readJson(
  new URL("../../golden/model/hooks/logitLens.json", import.meta.url).pathname,
  z.object({ logits: z.record(z.string(), z.array(z.number())) }),
);

const waves = (size: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + 0.3));

describe("logitLens", () => {
  test.each([
    ...familyNames.map((name) => ({ name, open: () => familyModel(name) })),
    ...tinyModelNames.map((name) => ({ name, open: () => tinyModel(name) })),
  ])(
    "equals the final norm's gains and the output weights of transformers in $name",
    async ({ name, open }) => {
      const model = await open();
      const [found = new Float32Array()] = await logitLens(model, [waves(model.config.hiddenSize)]);
      const expected = golden[name] ?? [];
      const largest = Math.max(...expected.map(Math.abs));
      expect(largest).toBeGreaterThan(0.001);
      expect(largestDifference(found, expected) / largest).toBeLessThan(1e-5);
    },
  );

  test("takes any number of vectors, and only their direction counts", async () => {
    const model = await tinyModel("tiny-qwen2");
    const vector = waves(model.config.hiddenSize);
    const others = Array.from({ length: 33 }, (_, place) =>
      vector.map((value, index) => value + (place === index ? 1 : 0)),
    );
    const found = await logitLens(model, [...others, vector, vector.map((value) => -3 * value)]);
    expect(found).toHaveLength(35);
    const [plus = new Float32Array(), minus = new Float32Array()] = found.slice(33);
    expect(
      largestDifference(
        minus.map((value) => -value),
        plus,
      ),
    ).toBeLessThan(1e-6);
    expect(largestDifference(found[0] ?? [], plus)).toBeGreaterThan(1e-3);
  });

  test("refuses vectors of another size and without a direction", async () => {
    const model = await tinyModel("tiny-qwen2");
    const { hiddenSize } = model.config;
    await expect(logitLens(model, [waves(3)])).rejects.toThrow(`${hiddenSize} numbers, found 3`);
    await expect(logitLens(model, [new Float32Array(hiddenSize)])).rejects.toThrow(/one of length 0/);
  });
});
