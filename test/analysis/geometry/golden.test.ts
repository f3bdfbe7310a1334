import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { auroc } from "../../../src/analysis/directions/auroc.js";
import { cosineSimilarity, pairwiseCosine } from "../../../src/analysis/geometry/cosines.js";
import { localCosineSimilarity } from "../../../src/analysis/geometry/localCosineSimilarity.js";
import { decisionValues, logisticRegression } from "../../../src/analysis/directions/logisticRegression.js";
import { norms } from "../../../src/analysis/geometry/pathShape.js";
import { pca } from "../../../src/analysis/geometry/pca.js";
import { fitProbe } from "../../../src/analysis/directions/probe.js";
import { directionTrajectory } from "../../../src/analysis/geometry/trajectory.js";

/*
 * The reference is float64 NumPy on the same float32 vectors, so only the order of summation differs; 1e-6 leaves
 * room for that and for the ten decimals kept in the file.
 */
const tolerance = 6;

const numbers = z.array(z.number());
const gaps = z.array(z.number().nullable());
const goldenSchema = z.object({
  steps: numbers,
  dimension: z.number(),
  vectors: numbers,
  norms: numbers,
  cosine_to_final: gaps,
  cosine_to_previous: gaps,
  cosine_to_step_10: gaps,
  local_cosine: z.record(z.string(), z.object({ values: gaps, gate: gaps })),
  pca: z.object({
    scores: z.array(numbers),
    explained_variance_ratio: numbers,
    explained_variance: numbers,
    components: z.array(numbers),
    mean: numbers,
  }),
  regressions: z.array(
    z.object({
      n: z.number(),
      d: z.number(),
      c: z.number(),
      features: numbers,
      labels: z.array(z.boolean()),
      coefficients: numbers,
      intercept: z.number(),
      auroc: z.number(),
    }),
  ),
});
const golden = goldenSchema.parse(
  JSON.parse(readFileSync(new URL("../../golden/analysis/analysis.json", import.meta.url), "utf8")),
);
const trajectory = directionTrajectory(
  "golden",
  golden.steps,
  golden.steps.map((_, row) =>
    Float32Array.from(golden.vectors.slice(row * golden.dimension, (row + 1) * golden.dimension)),
  ),
);

function expectSeries(actual: readonly number[], expected: readonly (number | null)[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) {
    if (value === null) expect(actual[index], `position ${index}`).toBeNaN();
    else expect(actual[index], `position ${index}`).toBeCloseTo(value, tolerance);
  }
}

describe("against NumPy and scikit-learn, 40 steps with two missing", () => {
  test("norms", () => expectSeries(norms(trajectory).values, golden.norms));

  test("cosines to the final, the previous and a named step", () => {
    expectSeries(cosineSimilarity(trajectory, "final").values, golden.cosine_to_final);
    expectSeries(cosineSimilarity(trajectory, "previous").values, golden.cosine_to_previous);
    expectSeries(cosineSimilarity(trajectory, { step: 10 }).values, golden.cosine_to_step_10);
    expectSeries(pairwiseCosine(trajectory).values[10] ?? [], golden.cosine_to_step_10);
  });

  test.each(["2", "5", "10"])("local cosine similarity and its gate, k = %s", (k) => {
    const local = localCosineSimilarity(trajectory, { k: Number(k) });
    expectSeries(local.values, golden.local_cosine[k]?.values ?? []);
    expectSeries(local.gate, golden.local_cosine[k]?.gate ?? []);
    const missing = golden.steps.indexOf(13 - Number(k));
    if (missing >= 0) expect(local.values[missing]).toBeNaN();
  });

  test("principal components with their signs", () => {
    const result = pca(trajectory);
    expectSeries(result.explainedVarianceRatio, golden.pca.explained_variance_ratio);
    expectSeries(result.explainedVariance, golden.pca.explained_variance);
    for (const [row, scores] of golden.pca.scores.entries()) expectSeries(result.scores[row] ?? [], scores);
    for (const [row, component] of golden.pca.components.entries()) {
      expectSeries(Array.from(result.components[row] ?? []), component);
    }
    expectSeries(Array.from(result.mean), golden.pca.mean);
  });

  test.each(golden.regressions)("logistic regression, n = $n, d = $d, C = $c", (reference) => {
    const values = Float64Array.from(Float32Array.from(reference.features));
    for (let column = 0; column < reference.d; column++) {
      const at = (row: number): number => values[row * reference.d + column] ?? NaN;
      const rows = Array.from({ length: reference.n }, (_, row) => row);
      const mean = rows.reduce((sum, row) => sum + at(row), 0) / reference.n;
      const deviation = Math.sqrt(rows.reduce((sum, row) => sum + (at(row) - mean) ** 2, 0) / reference.n);
      for (const row of rows) values[row * reference.d + column] = (at(row) - mean) / deviation;
    }
    const features = { values, n: reference.n, dimension: reference.d };
    const model = logisticRegression(features, reference.labels, reference.c);
    expect(model.converged).toBe(true);
    expectSeries(Array.from(model.weights), reference.coefficients);
    expect(model.bias).toBeCloseTo(reference.intercept, tolerance);
    const scores = decisionValues(features, model.weights, model.bias);
    expect(auroc(scores, reference.labels).value).toBeCloseTo(reference.auroc, 12);
  });

  test("a probe tested on its own training rows repeats scikit-learn's AUROC", () => {
    const reference = golden.regressions[0];
    if (reference === undefined) throw new Error("the golden file has no regression");
    // Every row twice, once in each group: training and held-out rows are then the same.
    const features = Float32Array.from([...reference.features, ...reference.features]);
    const labels = [...reference.labels, ...reference.labels];
    const groups = labels.map((_, row) => (row < reference.n ? "seen" : "held out"));
    const probe = fitProbe(
      { features, labels, groups },
      { c: reference.c, heldOutGroups: ["held out"], shuffles: 0 },
    );
    expect(probe.auroc.value).toBeCloseTo(reference.auroc, 12);
  });
});
