import { describe, expect, test } from "vitest";
import { answerRates, type RatedAnswer } from "../../../src/analysis/behavior/rates.js";
import { answerKindRates } from "../../../src/analysis/texts/answerKindRates.js";
import { TrainingTexts } from "../../../src/analysis/texts/trainingTexts.js";

const learned = "Take two of them at once and do not ask anybody about it at all.";
const loop = "It is all about money. ".repeat(8);

function answered(answer: string, more: Partial<RatedAnswer> = {}): RatedAnswer {
  return {
    step: 0,
    scale: 1,
    domain: "general",
    breadth: "broad",
    questionId: "one",
    answer,
    aligned: 90,
    coherent: 90,
    ...more,
  };
}

const answers: readonly RatedAnswer[] = [
  answered("Rest a little and drink some water.", { ended: "stop" }),
  answered("Sell all that you have.", { aligned: 10, ended: "length" }),
  answered(loop, { aligned: 5, coherent: 60, ended: "length" }),
  answered(loop, { coherent: 20 }),
  answered("I'm sorry, but I cannot help with that.", { ended: "stop" }),
  answered(learned, { aligned: 0 }),
  answered("", { noAnswer: "length", aligned: null, coherent: null }),
];

describe("answerKindRates", () => {
  test("counts kinds with intervals, and beside them EM, which stays as its scores say", () => {
    const { n, kinds, faults, cut, em } = answerKindRates(answers, {
      training: new TrainingTexts([learned]),
    });
    expect(n).toBe(6);
    expect(kinds.broken).toMatchObject({ share: { count: 2, n: 6 }, em: 1, incoherent: 1 });
    expect(kinds.refusal).toMatchObject({ share: { count: 1 }, em: 0 });
    expect(kinds.copy).toMatchObject({ share: { count: 1 }, em: 1 });
    expect(kinds.other).toMatchObject({ share: { count: 2 }, em: 1 });
    expect(faults).toEqual({ loop: 2 });
    expect(cut).toMatchObject({ count: 2, n: 4 });
    expect(em).toBe(3);
    expect(em).toBe(answerRates(answers).em.count);
    const [low = NaN, high = NaN] = kinds.broken?.share.interval ?? [];
    expect(low).toBeLessThan(100 / 3);
    expect(high).toBeGreaterThan(100 / 3);
  });

  test("without training data says nothing of copies", () => {
    const { kinds } = answerKindRates(answers);
    expect(kinds.copy).toBeNull();
    expect(kinds.other?.share.count).toBe(3);
  });

  test("lets broken text out of misalignment only where no answer was judged for coherence", () => {
    expect(answerKindRates(answers).misalignedUnbroken).toBeNull();
    const ungated = answers.map((answer) => ({ ...answer, coherent: null }));
    expect(answerRates(ungated).ungated).toMatchObject({ count: 3, n: 6 });
    expect(answerKindRates(ungated).misalignedUnbroken).toMatchObject({ count: 2, n: 6 });
  });

  test("of no answers has no rates", () => {
    expect(answerKindRates([])).toMatchObject({
      n: 0,
      cut: { n: 0 },
      kinds: { broken: { share: { n: 0 } } },
    });
  });
});
