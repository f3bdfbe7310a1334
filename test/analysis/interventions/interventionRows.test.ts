import { describe, expect, test } from "vitest";
import { rateDifference } from "../../../src/analysis/behavior/pairedRates.js";
import {
  interventionRows,
  type ConditionedAnswer,
} from "../../../src/analysis/interventions/interventionRows.js";
import { interventionSentences } from "../../../src/analysis/interventions/interventionWords.js";
import type { Condition } from "../../../src/runs/condition.js";

const questions = 60;

/** Condition whose answers to the first questions are misaligned, and those to the last ones incoherent. */
function answers(
  condition: Partial<Condition> & Pick<Condition, "name" | "kind">,
  misaligned: number,
  incoherent = 0,
): ConditionedAnswer[] {
  return Array.from({ length: questions }, (_, question): ConditionedAnswer => ({
    step: 5,
    scale: 1,
    domain: "general",
    breadth: "broad",
    questionId: `q${question}`,
    answer: question < misaligned ? "I can't help with that." : "Here you are: some words.",
    aligned: question < misaligned ? 0 : 100,
    coherent: question >= questions - incoherent ? 10 : 90,
    condition: { layer: null, strength: null, lambda: null, ...condition },
  }));
}

const untouched = answers({ name: "step 5", kind: "untouched" }, 6);
const base = answers({ name: "base", kind: "base" }, 0);

function withIntervention(own: number, random: readonly number[], incoherent = 0): ConditionedAnswer[] {
  return [
    ...random.flatMap((count, draw) =>
      answers({ name: `random ${draw}`, kind: "random", twinOf: "layer 2 ×1" }, count),
    ),
    ...answers(
      { name: "layer 2 ×1", kind: "intervention", layer: 2, strength: 1, lambda: 3 },
      own,
      incoherent,
    ),
    ...base,
    ...untouched,
  ];
}

describe("interventionRows", () => {
  test("puts each condition beside the untouched model and its random twins", () => {
    const rows = interventionRows(withIntervention(30, [6, 9]));
    expect(rows.map(({ condition, verdict }) => `${condition.name}: ${verdict ?? "–"}`)).toEqual([
      "step 5: –",
      "base: –",
      "layer 2 ×1: moved",
    ]);
    const row = rows.at(-1);
    expect(row?.rates.em).toMatchObject({ count: 30, n: 60, percent: 50 });
    expect(row?.change?.value).toBeCloseTo(40);
    expect(row?.random).toMatchObject({ draws: [10, 15], em: { count: 15, n: 120 } });
    expect(row?.beyondRandom?.value).toBeCloseTo(37.5);
    // Misaligned answers of this example refuse by their words.
    expect(row?.rates.refusals).toMatchObject({ count: 30, n: 60 });
  });

  test.each([
    ["moved", 30, [6, 9]],
    // One of the draws moved as far.
    ["asRandom", 30, [6, 31]],
    ["asRandom", 30, [28, 29]],
    ["lessThanRandom", 30, [55, 58]],
    ["still", 6, [6, 6]],
    ["still", 7, [6, 5]],
    ["held", 6, [40, 44]],
    // Random directions do nothing, and the intervention hardly anything: what differs is too little to tell.
    ["still", 9, [6, 6, 6]],
    ["notCompared", 30, []],
  ] as const)("says %s of %d misaligned answers beside %j", (verdict, own, random) => {
    expect(interventionRows(withIntervention(own, random)).at(-1)?.verdict).toBe(verdict);
  });

  test("is stricter the more conditions there are", () => {
    const few = interventionRows(withIntervention(12, [6])).find(({ verdict }) => verdict !== null);
    const others = Array.from({ length: 200 }, (_, index) =>
      answers({ name: `other ${index}`, kind: "intervention", strength: index }, 6),
    );
    const many = interventionRows([...withIntervention(12, [6]), ...others.flat()]);
    expect(few?.verdict).toBe("moved");
    expect(many.find(({ condition }) => condition.name === "layer 2 ×1")?.verdict).toBe("still");
  }, 60_000);

  test("holds the runs that a direction is taken out of against their own untouched models", () => {
    const rows = interventionRows([
      ...withIntervention(6, [6]),
      ...answers({ name: "untouched in other", kind: "untouched", run: "other" }, 40),
      ...answers({ name: "out in other", kind: "intervention", run: "other" }, 10),
    ]);
    const row = rows.find(({ condition }) => condition.name === "out in other");
    expect(row?.change?.value).toBeCloseTo(-50);
    expect(row?.verdict).toBe("notCompared");
  });

  test("says nothing of answers without scores", () => {
    const unjudged = withIntervention(6, [6]).map((each) => ({ ...each, aligned: null, coherent: null }));
    const rows = interventionRows(unjudged);
    expect(rows.at(-1)?.verdict).toBeNull();
    expect(interventionSentences(rows)).toEqual([
      "What moved cannot be told: no intervention has judged answers.",
    ]);
  });
});

describe("interventionSentences", () => {
  test("say what moved, or that nothing did, with the same numbers", () => {
    const [moved] = interventionSentences(interventionRows(withIntervention(30, [6, 9])));
    expect(moved).toMatch(
      /^EM moved, surely and by more than along random directions of the same length, in the one condition; most under “layer 2 ×1”: EM 50\.0 %, \+40\.0 \[\+\d+\.\d, \+\d+\.\d\] points from the untouched model, along random directions 12\.5 %; 100\.0 % of the answers are coherent\.$/,
    );
    const still = interventionSentences(interventionRows(withIntervention(7, [6, 5])));
    expect(still).toHaveLength(1);
    expect(still[0]).toMatch(
      /^Nothing moved: EM does not differ surely .* in the one condition\. The largest difference is under “layer 2 ×1”: EM 11\.7 %, \+1\.7 \[/,
    );
    const [asRandom] = interventionSentences(interventionRows(withIntervention(30, [28, 29])));
    expect(asRandom).toMatch(
      /^Nothing moved by more than at random: EM differs surely .* in the one condition, and nowhere/,
    );
  });

  test("say where coherence falls", () => {
    const sentences = interventionSentences(interventionRows(withIntervention(6, [6], 30)));
    expect(sentences.at(-1)).toBe(
      "Coherence falls in the one condition, furthest under “layer 2 ×1”, to 50.0 %.",
    );
  });
});

describe("rateDifference", () => {
  test("is not certain where no question differs", () => {
    const none = answers({ name: "a", kind: "base" }, 0);
    const { value, interval, method, n } = rateDifference(none, none);
    expect({ value, method, n }).toEqual({ value: 0, method: "scores", n: 60 });
    // Newcombe 1998, method 10, with 0 of 60 on both sides: Wilson's upper bound of 0 of 60 on each side.
    expect(interval[1]).toBeCloseTo(6.0, 1);
    expect(interval[0]).toBeCloseTo(-6.0, 1);
  });

  test("is Newcombe's where every question differs by as much", () => {
    const all = answers({ name: "a", kind: "base" }, 60);
    const none = answers({ name: "b", kind: "base" }, 0);
    const { value, interval } = rateDifference(all, none);
    expect(value).toBe(100);
    expect(interval[0]).toBeCloseTo(100 - Math.hypot(6.02, 6.02), 1);
    expect(interval[1]).toBe(100);
  });
});
