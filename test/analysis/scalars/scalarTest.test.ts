import { describe, expect, test } from "vitest";
import { significantRows, type ScalarRows } from "../../../src/analysis/scalars/scalarRows.js";
import { classScores } from "../../../src/analysis/scalars/classScores.js";
import { scalarTest } from "../../../src/analysis/scalars/scalarTest.js";
import { scalarTestSummary } from "../../../src/analysis/scalars/scalarTestSummary.js";
import { Random } from "../../../src/tensor/random.js";

const features = [
  "model.layers.1.mlp.down_proj",
  "model.layers.2.mlp.down_proj",
  "model.layers.3.mlp.down_proj",
];

/** Answers of some tokens each: every answer has a level of its own, to which the class adds in the first column. */
function answers(
  count: number,
  options: { readonly shift: number; readonly ownLevel: number; readonly seed: number },
): ScalarRows {
  const random = new Random(options.seed);
  const scalars: number[] = [];
  const answerIndex: number[] = [];
  for (let answer = 0; answer < count; answer++) {
    const level = features.map(() => options.ownLevel * random.normal());
    const tokens = 20 + random.integer(20);
    for (let token = 0; token < tokens; token++) {
      answerIndex.push(answer);
      scalars.push(
        ...level.map(
          (own, column) => 5 * column + own + random.normal() + (column === 0 ? options.shift : 0),
        ),
      );
    }
  }
  return { scalars: Float32Array.from(scalars), answerIndex: Int32Array.from(answerIndex), features };
}

const settings = { repeats: 10, shuffles: 5, c: 1 } as const;

describe("scalarTest", () => {
  test("finds a planted difference, in the scalar in which it was planted", () => {
    const made = scalarTest(
      answers(60, { shift: 0, ownLevel: 0.3, seed: 1 }),
      answers(40, { shift: 1, ownLevel: 0.3, seed: 2 }),
      settings,
    );
    const { accuracy, auc, coefficients, shuffled } = scalarTestSummary(made);
    // Two normals one standard deviation (√1.09) apart: Φ(0.479) of 68 %, AUC Φ(0.677) of 75 %.
    expect(accuracy).toBeCloseTo(0.684, 1);
    expect(auc).toBeCloseTo(0.75, 1);
    expect(shuffled.auc).toBeLessThan(0.6);
    expect(coefficients[0]?.mean).toBeGreaterThan(0.3);
    for (const { mean } of coefficients.slice(1)) expect(Math.abs(mean)).toBeLessThan(0.15);
    expect(made.negative.answers).toBe(60);
    expect(made.unconverged).toBe(0);
  });

  test("a split by tokens learns the answers where classes do not differ; a split by answers does not", () => {
    // Four answers with levels of their own: a plane can part any two from the others.
    const [one, other] = [1, 2].map((seed) => answers(2, { shift: 0, ownLevel: 3, seed }));
    if (one === undefined || other === undefined) throw new Error("no answers");
    const byTokens = scalarTest(one, other, settings);
    const byAnswers = scalarTest(one, other, { ...settings, split: "answer", testFraction: 0.5 });
    expect(byTokens.scores.accuracy.mean).toBeGreaterThan(0.7);
    expect(byTokens.shuffled.accuracy.mean).toBeGreaterThan(0.6);
    expect(byAnswers.scores.accuracy.mean).toBeLessThan(byTokens.scores.accuracy.mean - 0.1);
  });

  test("takes means of answers, and holds out whole ones", () => {
    const made = scalarTest(
      answers(60, { shift: 0, ownLevel: 0.3, seed: 3 }),
      answers(50, { shift: 1, ownLevel: 0.3, seed: 4 }),
      { ...settings, by: "answer" },
    );
    expect(made).toMatchObject({
      by: "answer",
      split: "answer",
      c: 1,
      negative: { rows: 60 },
      positive: { rows: 50 },
    });
    // Noise of tokens averages out: means are 1 apart with a deviation of 0.35.
    expect(made.scores.auc.mean).toBeGreaterThan(0.95);
  });

  test("is a function of its seed", () => {
    const [one, other] = [
      answers(10, { shift: 0, ownLevel: 0.3, seed: 5 }),
      answers(10, { shift: 0.5, ownLevel: 0.3, seed: 6 }),
    ] as const;
    const first = scalarTest(one, other, { c: 1, repeats: 2, seed: 1 });
    expect(scalarTest(one, other, { c: 1, repeats: 2, seed: 1 })).toEqual(first);
    expect(scalarTest(one, other, { c: 1, repeats: 2, seed: 2 }).scores).not.toEqual(first.scores);
  });

  test("refuses other adapters, and too few answers", () => {
    const rows = answers(1, { shift: 0, ownLevel: 1, seed: 7 });
    expect(() => scalarTest(rows, { ...rows, features: ["a", "b", "c"] })).toThrow(/same adapters/);
    expect(() => scalarTest(rows, rows, { split: "answer", repeats: 1 })).toThrow(
      /enough answers of both classes to hold out 20 %/,
    );
  });
});

test("classScores counts as scikit-learn does", () => {
  const labels = [true, true, true, false, false];
  const scores = classScores([2, 1, -1, 0.5, -2], labels);
  expect(scores).toMatchObject({ accuracy: 0.6, precision: 2 / 3, recall: 2 / 3, f1: 2 / 3 });
  expect(scores.auc).toBeCloseTo(5 / 6, 12);
  expect(classScores([-1, -1], [true, false])).toMatchObject({
    accuracy: 0.5,
    precision: NaN,
    recall: 0,
    f1: 0,
    auc: 0.5,
  });
});

test("significantRows keeps the tokens that are significant enough, with their answers", () => {
  const rows = {
    scalars: Float32Array.of(1, 2, 3, 4, 5, 6),
    answerIndex: Int32Array.of(0, 0, 1),
    features: ["a", "b"],
  };
  const significance = Float32Array.of(1.6, 1.7, 0);
  expect(significantRows(rows, significance)).toEqual({
    scalars: Float32Array.of(3, 4),
    answerIndex: Int32Array.of(0),
    features: ["a", "b"],
  });
  expect(significantRows(rows, significance, 0).answerIndex).toEqual(Int32Array.of(0, 0));
});
