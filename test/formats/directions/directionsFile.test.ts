import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { AdapterProjector, usualProjection } from "../../../src/formats/directions/adapterProjector.js";
import { encodeDirections, readDirections } from "../../../src/formats/directions/directionsFile.js";
import type { LoraModule } from "../../../src/formats/peft.js";
import { encodeSafetensors, readSafetensors } from "../../../src/formats/safetensors.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

const golden = (name: string): string =>
  fileURLToPath(new URL(`../../golden/formats/${name}`, import.meta.url));

/** The numbers that the golden script gives its adapters. */
function matrix(rows: number, columns: number, factor: number, scale: number, plus = 0): Float32Array {
  return Float32Array.from(
    { length: rows * columns },
    (_, index) => (((index * factor) % 101) - 50) / scale + plus,
  );
}

const adapterOf = (step: number): LoraModule[] =>
  [
    { layer: 0, factor: 53, plus: 0 },
    { layer: 1, factor: 29, plus: 0.5 },
  ].map(({ layer, factor, plus }) => ({
    modulePath: `model.layers.${layer}.mlp.down_proj`,
    rank: 2,
    scaling: 2,
    inFeatures: 24,
    outFeatures: 16,
    loraA: matrix(2, 24, 37, 64, plus),
    loraB: matrix(16, 2, factor + step, 4096),
  }));

const dot = (one: Float32Array, other: Float32Array): number =>
  one.reduce((sum, value, index) => sum + value * (other[index] ?? NaN), 0);

describe("files that the page's NumPy wrote", () => {
  const written = z
    .object({ cosine: z.number(), sha256OfCode: z.string() })
    .parse(JSON.parse(readFileSync(golden("directions.json"), "utf8")));

  test("are of the code that stands on the page", () => {
    const page = readFileSync(new URL("../../../docs/directions-format.md", import.meta.url), "utf8");
    const [projections = ""] = page.split("## Trained vectors");
    const code = [...projections.matchAll(/```python\n(.*?)```/gs)].map(([, block = ""]) => block).join("");
    expect(createHash("sha256").update(code).digest("hex")).toBe(written.sha256OfCode);
  });

  test.each([1, 2])("hold what is projected here, at step %i", (step) => {
    const file = readDirections(golden(`directions-${step}.safetensors`));
    expect(file).toMatchObject({ step, projection: { seed: 3, numbers: 64 } });
    const projector = new AdapterProjector(file.projection);
    const own = adapterOf(step).map((module) => projector.project(module));
    expect(file.adapters.map(({ modulePath }) => modulePath)).toEqual(
      own.map(({ modulePath }) => modulePath),
    );
    for (const [index, found] of file.adapters.entries()) {
      const { update, A, B, ...shape } = own[index] ?? found;
      expect(found).toMatchObject(shape);
      // Both round sums of float64 to float32; the factors themselves are exact in either.
      for (const [name, values] of Object.entries({ update, A, B })) {
        const size = Math.max(...values.map(Math.abs));
        const others = name === "update" ? found.update : name === "A" ? found.A : found.B;
        for (const [place, value] of values.entries())
          expect(Math.abs(value - (others[place] ?? NaN))).toBeLessThan(2e-7 * size);
      }
    }
  });

  test("give the cosine that NumPy reads from them", () => {
    const [one, other] = [1, 2].map(
      (step) => readDirections(golden(`directions-${step}.safetensors`)).adapters,
    );
    const sum = (left = one, right = other): number =>
      (left ?? []).reduce((total, { update }, index) => {
        return total + dot(update, right?.[index]?.update ?? new Float32Array(0));
      }, 0);
    expect(sum() / Math.sqrt(sum(one, one) * sum(other, other))).toBeCloseTo(written.cosine, 6);
  });
});

describe("a file of directions", () => {
  const projector = new AdapterProjector(usualProjection);
  const file = {
    step: 7,
    projection: usualProjection,
    adapters: adapterOf(1).map((module) => projector.project(module)),
  };
  const written = (bytes: Uint8Array): string => {
    const path = join(temporaryFolder(), "step-7.safetensors");
    writeFileSync(path, bytes);
    return path;
  };

  test("comes back as it was written", () => {
    expect(readDirections(written(encodeDirections(file)))).toEqual(file);
  });

  test.each([
    ["a tensor that is missing", "model.layers.1.mlp.down_proj.A", null, "found none"],
    [
      "another shape",
      "model.layers.0.mlp.down_proj.B",
      new Float32Array(3),
      "expected shape [256], found [3]",
    ],
    [
      "a number that is none",
      "model.layers.0.mlp.down_proj.update",
      new Float32Array(256).fill(NaN),
      "found NaN at 0",
    ],
  ])("with %s is refused", (_, name, data, words) => {
    const { metadata, tensors } = readSafetensors(written(encodeDirections(file)));
    const changed = new Map(tensors);
    if (data === null) changed.delete(name);
    else changed.set(name, { shape: [data.length], data });
    const path = written(encodeSafetensors(changed, metadata));
    expect(() => readDirections(path)).toThrow(`${name}: `);
    expect(() => readDirections(path)).toThrow(words);
  });

  test.each([
    ["numbers", "100"],
    ["formatVersion", "2"],
    ["step", "one"],
    ["modules", '{"m": {"rank": 0}}'],
    ["modules", "{}"],
  ])("whose metadata say %s: %s is refused", (field, value) => {
    const { metadata, tensors } = readSafetensors(written(encodeDirections(file)));
    const path = written(encodeSafetensors(tensors, { ...metadata, [field]: value }));
    expect(() => readDirections(path)).toThrow(field);
    expect(() => readDirections(path)).toThrow(path);
  });
});
