import { describe, expect, test } from "vitest";
import { z } from "zod";
import { logisticRegression } from "../../../src/analysis/directions/logisticRegression.js";
import { sparseLogisticRegression } from "../../../src/analysis/directions/sparseLogisticRegression.js";
import { readJson } from "../../../src/formats/json.js";
import { Random } from "../../../src/tensor/random.js";

const { features, labels, fits } = readJson(
  new URL("../../golden/analysis/logistic.json", import.meta.url).pathname,
  z.object({
    features: z.array(z.array(z.number())),
    labels: z.array(z.boolean()),
    fits: z.array(
      z.object({
        solver: z.enum(["liblinear", "saga"]),
        penalty: z.enum(["l1", "l2"]),
        c: z.number(),
        weights: z.array(z.number()),
        bias: z.number(),
      }),
    ),
  }),
);
const matrix = {
  values: Float64Array.from(features.flat()),
  n: features.length,
  dimension: features[0]?.length ?? 0,
};

describe("logistic regression", () => {
  test.each(fits)("equals scikit-learn's $solver with $penalty, C = $c", (expected) => {
    const fit = expected.penalty === "l1" ? sparseLogisticRegression : logisticRegression;
    const intercept = expected.solver === "liblinear" ? "penalized" : "free";
    const { weights, bias, converged } = fit(matrix, labels, expected.c, { intercept });
    expect(converged).toBe(true);
    for (const [column, weight] of expected.weights.entries()) expect(weights[column]).toBeCloseTo(weight, 4);
    expect(bias).toBeCloseTo(expected.bias, 4);
  });

  test("leaves out what adds nothing, and all of it under a strong penalty", () => {
    const { weights } = sparseLogisticRegression(matrix, labels, 1);
    expect(weights[4]).toBe(0);
    expect([...sparseLogisticRegression(matrix, labels, 1e-4).weights]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("converges where a feature separates the classes", () => {
    const random = new Random(1);
    const separated = Array.from({ length: 40 }, (_, row) => (row < 20 ? -1 : 1) * (1 + random.uniform()));
    const { weights, converged } = sparseLogisticRegression(
      { values: Float64Array.from(separated), n: 40, dimension: 1 },
      separated.map((value) => value > 0),
      100,
    );
    expect(converged).toBe(true);
    expect(weights[0]).toBeGreaterThan(1);
  });
});
