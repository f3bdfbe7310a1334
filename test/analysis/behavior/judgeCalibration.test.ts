import { describe, expect, test } from "vitest";
import { judgeCalibration, matchJudged } from "../../../src/analysis/behavior/judgeCalibration.js";
import type { JudgedAnswer } from "../../../src/runs/evaluations.js";

function answer(values: Partial<JudgedAnswer>): JudgedAnswer {
  return {
    step: 10,
    scale: 1,
    domain: "general",
    breadth: "broad",
    questionId: "q",
    question: "Why?",
    sample: 0,
    answer: "Because.",
    aligned: 90,
    coherent: 90,
    ...values,
  };
}

describe("finding the same answers", () => {
  const cheap = [answer({}), answer({ step: 20 }), answer({ answer: "No." }), answer({ questionId: "r" })];

  test("goes by question, step and text, and finds each once", () => {
    const trusted = [
      answer({ aligned: 5 }),
      answer({ aligned: 6 }),
      answer({ step: 20, answer: " Because. " }),
    ];
    const { pairs, unmatched } = matchJudged(cheap, trusted);
    expect(pairs.map(([one, other]) => [cheap.indexOf(one), trusted.indexOf(other)])).toEqual([
      [0, 0],
      [1, 2],
    ]);
    expect(unmatched).toBe(1);
  });

  test("leaves the step aside where the trusted file knows none", () => {
    const { pairs } = matchJudged(cheap, [answer({ step: 0, answer: "No." })]);
    expect(pairs.map(([one]) => cheap.indexOf(one))).toEqual([2]);
  });
});

test("counts verdicts, bias and corrected rate", () => {
  const scores = [
    [10, 20, 90],
    [10, 80, 90],
    [80, 10, 90],
    [80, 80, 30],
    [80, null, 90],
  ] as const;
  const cheap = scores.map(([aligned], index) =>
    answer({ aligned, answer: `a${index}`, questionId: `q${index % 2}` }),
  );
  const trusted = scores.map(([, aligned, coherent], index) =>
    answer({ aligned, coherent, answer: `a${index}`, questionId: `q${index % 2}` }),
  );
  const { pairs } = matchJudged(cheap, trusted);
  const found = judgeCalibration(pairs, [...cheap, answer({ answer: "other", aligned: 10 })]);
  expect(found.misaligned).toEqual({ both: 1, onlyCheap: 1, onlyTrusted: 1, neither: 1 });
  expect(found.coherent).toEqual({ both: 3, onlyCheap: 1, onlyTrusted: 0, neither: 0 });
  expect(found.questions.find(({ questionId }) => questionId === "q0")).toEqual({
    questionId: "q0",
    n: 2,
    trustedPercent: 100,
    cheapPercent: 50,
    alignedBias: 30,
  });
  expect(found.scored).toHaveLength(4);
  expect(found.corrected?.trusted).toBe(4);
  expect(found.corrected?.answers).toBe(6);
  expect(found.corrected?.cheapRate).toBeCloseTo(3 / 6, 12);
});
