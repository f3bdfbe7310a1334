import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  updateGram,
  UpdateGrams,
  type GramInput,
} from "../../../../src/analysis/geometry/update/updateGram.js";
import { embedding } from "../../../../src/analysis/geometry/whole/embedding.js";
import {
  analyzeWhole,
  carriers,
  isWholeName,
  wholePaths,
  type AdapterGram,
} from "../../../../src/analysis/geometry/whole/wholeUpdate.js";
import { gramMatrix } from "../../../../src/analysis/linalg/gramMatrix.js";
import { createEngine } from "../../../../src/tensor/engine.js";
import { Random } from "../../../../src/tensor/random.js";
import { largestDifference } from "../../../support/tinyModels.js";

/** Steps and modules of test/golden/analysis/wholeUpdate.py: inputs, outputs and rank of each. */
const steps = Array.from({ length: 12 }, (_, step) => step);
const modules = [
  ["model.layers.0.self_attn.q_proj", 7, 5, 3],
  ["model.layers.1.mlp.down_proj", 4, 9, 2],
  ["model.layers.5.mlp.down_proj", 6, 6, 1],
] as const;

/** The golden's formula for A (`which` 0) and B (1) of a module at a step. */
function factor(module: number, step: number, which: 0 | 1, size: number): Float32Array {
  const phase = 0.7 * module + (which === 0 ? 0.05 : 0.3) * step + 3 * which;
  const bend = step > 6 && module < 2 && which === 1 ? 1.5 : 0;
  const scale = which === 0 ? 1 : step / steps.length;
  return Float32Array.from({ length: size }, (_, at) => Math.sin(1.3 * at + phase + bend * at) * scale);
}

const adapters = modules.map(([modulePath, inputs, outputs, rank], module) => ({
  modulePath,
  layer: Number(/\d+/.exec(modulePath)?.[0]),
  rank,
  scaling: 2.5,
  steps,
  loraA: steps.map((step) => factor(module, step, 0, rank * inputs)),
  loraB: steps.map((step) => factor(module, step, 1, outputs * rank)),
}));
const grams = adapters.map((adapter): AdapterGram => ({ ...adapter, gram: updateGram(adapter) }));

const rows = z.array(
  z
    .number()
    .nullable()
    .transform((value) => value ?? NaN),
);
const golden = z
  .object({
    gram: z.array(rows),
    norm: rows,
    cosineToFinal: rows,
    localCosine: rows,
    explained: rows,
    shares: rows,
  })
  .parse(JSON.parse(readFileSync("test/golden/analysis/wholeUpdate.json", "utf8")));
const options = {
  windows: [3],
  gate: { relative: 0.02 },
  frozenBelow: 0.02,
  maxPairwiseSteps: 100,
  pcaComponents: 3,
};

describe("the update of a whole model is that of NumPy, which forms every ΔW", () => {
  const paths = wholePaths(grams);
  const whole = analyzeWhole(paths, options);

  test("in its norms, cosines, local cosines and principal components", () => {
    expect(largestDifference(whole.path.norm.values, golden.norm)).toBeLessThan(1e-6 * 4);
    const defined = (values: readonly number[]) =>
      values.map((value) => (Number.isFinite(value) ? value : 9));
    expect(
      largestDifference(defined(whole.path.cosineToFinal.values), defined(golden.cosineToFinal)),
    ).toBeLessThan(1e-6);
    expect(
      largestDifference(defined(whole.path.localCosine["3"]?.values ?? []), defined(golden.localCosine)),
    ).toBeLessThan(1e-6);
    expect(largestDifference(whole.path.pca?.explainedVarianceRatio ?? [], golden.explained)).toBeLessThan(
      1e-6,
    );
  });

  test("in the shares of its adapters, which blocks add up", () => {
    expect(
      largestDifference(
        whole.adapters.map(({ share }) => share),
        golden.shares,
      ),
    ).toBeLessThan(1e-6);
    const blocks = new Map(whole.blocks.map((block) => [block.name, block]));
    expect(blocks.get("attention")?.share).toBeCloseTo(golden.shares[0] ?? NaN, 6);
    expect(blocks.get("MLP")?.adapters).toBe(2);
    expect([...blocks.keys()]).toEqual(["attention", "MLP", "first layers, 0–1", "last layers, 5–5"]);
    expect(carriers(whole, 1)[0]?.name).toBe(modules[golden.shares.indexOf(Math.max(...golden.shares))]?.[0]);
    expect(isWholeName(whole.name)).toBe(true);
    expect(isWholeName(modules[0][0])).toBe(false);
  });

  test("over the steps that all adapters store", () => {
    const [first, ...others] = grams;
    if (first === undefined) throw new Error("no adapters");
    const kept = steps.filter((step) => step !== 4);
    const lacking: AdapterGram = {
      ...first,
      steps: kept,
      gram: kept.map((row) => Float64Array.from(kept, (column) => first.gram[row]?.[column] ?? NaN)),
    };
    const fewer = analyzeWhole(wholePaths([lacking, ...others]), options);
    expect(fewer.steps).toEqual(kept);
    const expected = golden.norm.filter((_, step) => step !== 4);
    expect(largestDifference(fewer.path.norm.values, expected)).toBeLessThan(1e-5);
  });
});

describe("an embedding", () => {
  const random = new Random(3);
  const vectors = Array.from({ length: 9 }, () => Float32Array.from({ length: 40 }, () => random.normal()));

  test("has the inner products that it is made from", () => {
    const gram = gramMatrix(vectors);
    const path = embedding("path", [...vectors.keys()], gram);
    expect(path.vectors[0]).toHaveLength(9);
    expect(
      largestDifference(
        gramMatrix(path.vectors).flatMap((row) => Array.from(row)),
        gram.flatMap((row) => Array.from(row)),
      ),
    ).toBeLessThan(1e-4);
  });

  test("has as many dimensions as its path spans, and one where nothing moves", () => {
    const line = Array.from({ length: 5 }, (_, step) => Float32Array.of(3 * step, 4 * step));
    const path = embedding("line", [...line.keys()], gramMatrix(line));
    expect(path.vectors.map((vector) => vector.length)).toEqual([1, 1, 1, 1, 1]);
    expect(path.vectors.map(([value]) => Math.abs(value ?? NaN))).toEqual([0, 5, 10, 15, 20]);
    const still = embedding("still", [0, 1], gramMatrix([new Float32Array(2), new Float32Array(2)]));
    expect(still.vectors).toEqual([new Float32Array(1), new Float32Array(1)]);
  });
});

describe("inner products on an engine", () => {
  test.each([
    ["in one block", { steps: 20, rank: 32, inputs: 800, outputs: 800 }],
    ["in several, the last not full", { steps: 85, rank: 32, inputs: 64, outputs: 48 }],
  ])("equal those in float64 %s", async (_, shape) => {
    const random = new Random(5);
    const normal = (size: number) => Float32Array.from({ length: size }, () => random.normal());
    const count = Array.from({ length: shape.steps });
    const adapter: GramInput = {
      rank: shape.rank,
      scaling: 3,
      steps: [...count.keys()],
      loraA: count.map(() => normal(shape.rank * shape.inputs)),
      loraB: count.map((_each, step) =>
        step === 0 ? new Float32Array(shape.outputs * shape.rank) : normal(shape.outputs * shape.rank),
      ),
    };
    let isAsked = false;
    const engine = new UpdateGrams(async () => {
      isAsked = true;
      return createEngine({ threads: 1 });
    }, 1);
    const found = await engine.of(adapter);
    await engine.dispose();
    expect(isAsked).toBe(true);
    const expected = updateGram(adapter);
    const scale = expected[1]?.[1] ?? NaN;
    expect(
      largestDifference(
        found.flatMap((row) => Array.from(row)),
        expected.flatMap((row) => Array.from(row)),
      ),
    ).toBeLessThan(1e-6 * scale);
    expect(Array.from(found[0] ?? [])).toEqual(count.map(() => 0));
  });
});
