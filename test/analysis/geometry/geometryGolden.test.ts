import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { analyze } from "../../../src/analysis/analyze.js";
import type { AdapterInput } from "../../../src/analysis/geometry/adapterRecord.js";
import { localCosineSimilarity } from "../../../src/analysis/geometry/localCosineSimilarity.js";
import { pca } from "../../../src/analysis/geometry/pca.js";
import { directionTrajectory } from "../../../src/analysis/geometry/trajectory.js";

/*
 * The reference is float64 NumPy on the same float32 factors, with ΔW and XᵀY written out. The orders of summation
 * differ, and the file keeps nine decimals of the factors; 1e-6 leaves room for both and for
 * the squares that the local cosine of ΔW subtracts.
 */
const tolerance = 1e-6;

const numbers = z.array(z.number());
const gaps = z.array(z.number().nullable());
const factors = z.object({ rank: z.number(), scaling: z.number(), A: numbers, B: numbers });
const comp = z.object({ values: gaps, self: z.number() });
const ranks = z.object({ effective: gaps, participation: gaps });
const components = z.object({ ratio: numbers, scores: z.array(numbers) });
const golden = z
  .object({
    steps: numbers,
    modules: z.array(factors),
    wide: factors,
    direction: numbers,
    comp: z.object({ perStep: comp, perModule: comp, none: comp, deltaW: comp }),
    path: z.object({
      normalised_local_cosine: z.record(z.string(), gaps),
      speed: gaps,
      curvature: gaps,
      length: z.number(),
      displacement: z.number(),
      increment_ranks: ranks,
      degrees: gaps,
      pca: components,
    }),
    update: z.object({
      norm: gaps,
      cosine_to_final: gaps,
      cosine_to_previous: gaps,
      cosine_to_step_10: gaps,
      local_cosine: z.record(z.string(), gaps),
      ranks,
      comp_to_final: gaps,
      pca: components,
    }),
  })
  .parse(JSON.parse(readFileSync(new URL("../../golden/analysis/geometry.json", import.meta.url), "utf8")));

function adapterOf(name: string, stored: z.infer<typeof factors>): AdapterInput {
  const count = golden.steps.length;
  const cut = (values: readonly number[]): Float32Array[] => {
    const size = values.length / count;
    return golden.steps.map((_, row) => Float32Array.from(values.slice(row * size, (row + 1) * size)));
  };
  const { rank, scaling } = stored;
  const [loraA, loraB] = [cut(stored.A), cut(stored.B)];
  return { modulePath: name, layer: 0, rank, scaling, steps: golden.steps, loraA, loraB };
}

const modules = golden.modules.map((stored, index) => adapterOf(`layers.${index}.down_proj`, stored));
const wide = adapterOf("layers.9.up_proj", golden.wide);
const direction = Float32Array.from(golden.direction);
const analysis = analyze(
  { run: "golden", adapters: [...modules, wide], log: [], answers: [], gaps: [] },
  { referenceStep: 10, directions: [{ name: "planted", vector: direction }], rotation: { draws: 9 } },
);
const narrow = analysis.adapters[0];
const update = analysis.adapters.at(-1)?.deltaW;

function expectValues(actual: readonly number[] | undefined, expected: readonly (number | null)[]): void {
  expect(actual?.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) {
    if (value === null) expect(actual?.[index], `position ${index}`).toBeNaN();
    else expect(Math.abs((actual?.[index] ?? NaN) - value), `position ${index}`).toBeLessThan(tolerance);
  }
}

/** Up to the sign of each component, where the two libraries have no common rule. */
function expectComponents(
  actual: {
    readonly scores: readonly (readonly number[])[];
    readonly explainedVarianceRatio: readonly number[];
  },
  expected: z.infer<typeof components>,
  hasCommonSigns: boolean,
): void {
  const count = expected.ratio.length;
  expectValues(actual.explainedVarianceRatio.slice(0, count), expected.ratio);
  for (let component = 0; component < count; component++) {
    const column = actual.scores.map((row) => row[component] ?? NaN);
    const reference = expected.scores.map((row) => row[component] ?? NaN);
    const product = column.reduce((sum, value, row) => sum + value * (reference[row] ?? NaN), 0);
    if (hasCommonSigns) expect(product).toBeGreaterThan(0);
    expectValues(
      column,
      reference.map((value) => Math.sign(product) * value),
    );
  }
}

describe("several adapters and ΔW against NumPy and scikit-learn, 40 steps with two missing", () => {
  test.each(["perStep", "perModule", "none"] as const)("comp of B, %s", (meaning) => {
    const series = analysis.comp?.B?.[meaning];
    expectValues(series?.values, golden.comp[meaning].values);
    expect(series?.selfComparison).toBeCloseTo(golden.comp[meaning].self, 9);
    expect(series?.steps).toEqual(golden.steps.slice(0, -1));
    expect(series?.referenceStep).toBe(41);
  });

  test("comp of ΔW, and which modules it is about", () => {
    expectValues(analysis.comp?.deltaW?.perStep.values, golden.comp.deltaW.values);
    expect(analysis.comp?.modules).toEqual(modules.map(({ modulePath }) => modulePath));
    expect(analysis.comp?.leftOut).toEqual(["layers.9.up_proj"]);
  });

  test("speed, curvature, length and rank of the path of B", () => {
    const { path } = golden;
    expectValues(narrow?.B.speed.values, path.speed);
    expectValues(narrow?.B.curvature?.values, path.curvature);
    expect(narrow?.B.curvature?.k).toBe(5);
    expectValues([narrow?.B.path.length ?? NaN], [path.length]);
    expectValues([narrow?.B.path.displacement ?? NaN], [path.displacement]);
    expectValues(narrow?.B.incrementRank.effectiveRank.values, path.increment_ranks.effective);
    expectValues(narrow?.B.incrementRank.participationRatio.values, path.increment_ranks.participation);
  });

  test.each(["5", "10"])("local cosine of the unit vectors, k = %s", (k) => {
    expectValues(narrow?.B.localCosine[k]?.normalized.values, golden.path.normalised_local_cosine[k] ?? []);
  });

  test("angles to a supplied direction, with what a random one gives", () => {
    const [angle] = narrow?.B.angles ?? [];
    expectValues(angle?.values, golden.path.degrees);
    expect(angle?.direction).toBe("planted");
    expect(angle?.randomCosine).toBeCloseTo(1 / 3, 12);
    expect(narrow?.A?.angles).toEqual([]);
  });

  test("all nine components of B", () => {
    const trajectory = directionTrajectory("B", golden.steps, modules[0]?.loraB ?? []);
    expectComponents(pca(trajectory, { components: 9 }), golden.path.pca, true);
  });

  test("norm, cosines and local cosine of ΔW at rank 3", () => {
    expectValues(update?.norm.values, golden.update.norm);
    expectValues(update?.cosineToFinal.values, golden.update.cosine_to_final);
    expectValues(update?.cosineToPrevious.values, golden.update.cosine_to_previous);
    expectValues(update?.cosineToReference?.values, golden.update.cosine_to_step_10);
    expect(update?.cosineToReference?.referenceStep).toBe(10);
    expectValues(update?.pairwiseCosine.values[10], golden.update.cosine_to_step_10);
    for (const k of ["5", "10"]) {
      expectValues(update?.localCosine[k]?.values, golden.update.local_cosine[k] ?? []);
    }
  });

  test("singular values, ranks and comp of ΔW at rank 3", () => {
    expectValues(update?.effectiveRank?.values, golden.update.ranks.effective);
    expectValues(update?.participationRatio?.values, golden.update.ranks.participation);
    expectValues(update?.compToFinal?.values, golden.update.comp_to_final);
  });

  test("principal components of ΔW at rank 3", () => {
    expect(update?.pca).not.toBeNull();
    if (update?.pca != null) expectComponents(update.pca, golden.update.pca, false);
  });

  test("missing steps leave gaps at themselves and k steps around only", () => {
    const values = localCosineSimilarity(directionTrajectory("B", wide.steps, wide.loraB), { k: 5 });
    const undefinedSteps = values.steps.filter((_, index) => Number.isNaN(values.values[index]));
    expect(undefinedSteps).toEqual([0, 1, 2, 3, 4, 8, 18, 22, 32, 37, 38, 39, 40, 41]);
  });
});
