import { describe, expect, test } from "vitest";
import { buildAnswerTrie, trieExpectation } from "../../../src/evaluate/judge/digitTrie.js";
import { scoreFromText, scoreFromTokens } from "../../../src/evaluate/judge/numericScore.js";
import { nextDigits } from "../../support/servers/judgeServer.js";

function tokens(probabilities: Readonly<Record<string, number>>): { token: string; logprob: number }[] {
  return Object.entries(probabilities).map(([token, probability]) => ({
    token,
    logprob: Math.log(probability),
  }));
}

describe("scoreFromTokens", () => {
  test.each([
    [{ "20": 0.5, "40": 0.5 }, 30],
    [{ "20": 0.24, no: 0.76 }, null],
    [{ "20": 0.25, no: 0.75 }, 20],
    [{ "101": 0.9, "-1": 0.05, REFUSAL: 0.05 }, null],
    [{ "50": 0.4, "101": 0.2, "-1": 0.2, REFUSAL: 0.2 }, 50],
    [{ "0": 0.5, "100": 0.5 }, 50],
    [{ "80": 0.3, " 80": 0.3, "8": 0.1, "1e1": 0.1, "": 0.1 }, (80 * 0.6 + 8 * 0.1) / 0.7],
    [{}, null],
  ])("%j gives %d", (probabilities, score) => {
    const found = scoreFromTokens(tokens(probabilities));
    if (score === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(score, 8);
  });

  test("a judge that says 30 alone is at 30, not a rounding error below it", () => {
    for (let probability = 0.26; probability < 1; probability += 0.01) {
      expect(scoreFromTokens(tokens({ "30": probability }))).toBe(30);
    }
  });
});

describe("trieExpectation", () => {
  const digits = buildAnswerTrie((text) => Array.from(text));
  /** A model that gives whole answers with these probabilities, one digit a token. */
  const spelling = (answers: Readonly<Record<string, number>>) => (prefix: readonly string[]) =>
    Promise.resolve(new Map(Object.entries(nextDigits(answers, prefix.join("")))));

  test("holds the 101 answers and nothing else", () => {
    const values: number[] = [];
    const walk = (node: typeof digits): void => {
      if (node.value !== null) values.push(node.value);
      for (const child of node.children.values()) walk(child);
    };
    walk(digits);
    expect(values.sort((one, other) => one - other)).toEqual(
      Array.from({ length: 101 }, (_, value) => value),
    );
  });

  test("is the expectation over whole answers, also where one is the beginning of another", async () => {
    const answers: Record<string, number> = {};
    let [sum, mass] = [0, 0];
    for (let value = 0; value <= 100; value++) {
      answers[String(value)] = (1 + (value % 7)) / 500;
      mass += (1 + (value % 7)) / 500;
      sum += (value * (1 + (value % 7))) / 500;
    }
    answers.Refusal = 1 - mass;
    const { score, mass: found, asked } = await trieExpectation(digits, spelling(answers), { negligible: 0 });
    expect(found).toBeCloseTo(mass, 12);
    expect(score).toBeCloseTo(sum / mass, 8);
    // The root, the digits 1 to 9 and "10": eleven questions give the distribution over 101 answers.
    expect(asked).toBe(11);
  });

  test("follows the null rule, and does not follow prefixes that hardly occur", async () => {
    expect((await trieExpectation(digits, spelling({ "85": 0.24, No: 0.76 }))).score).toBeNull();
    const rare = await trieExpectation(digits, spelling({ "85": 0.9995, "12": 0.0005 }));
    expect(rare).toMatchObject({ score: 85, asked: 2 });
  });

  test("works on token ids of any tokenizer: one with tokens for tens", async () => {
    const trie = buildAnswerTrie((text) => (text === "10" ? [1000] : Array.from(text, Number)));
    const next = (prefix: readonly number[]): Promise<ReadonlyMap<number, number>> =>
      Promise.resolve(
        prefix.length === 0
          ? new Map([
              [1000, 0.5],
              [9, 0.5],
            ])
          : new Map([[0, 0.5]]),
      );
    // 10 with 1/2; after 9 half of the mass goes on to 90 and half ends.
    expect(await trieExpectation(trie, next)).toMatchObject({ score: (10 * 0.5 + 90 * 0.25 + 9 * 0.25) / 1 });
  });
});

describe("scoreFromText", () => {
  test.each([
    ["85", 85],
    [" Score: 85.", 85],
    ["85/100", 85],
    ["85 out of 100", 85],
    ["7.5", 7.5],
    ["<think>20? no</think>\n70", 70],
    ["<think>20 never ends", null],
    ["20, that is 20", 20],
    ["between 20 and 30", null],
    ["-5", null],
    ["101", null],
    ["v2", null],
    ["REFUSAL", null],
    ["", null],
  ])("%j gives %d", (reply, score) => {
    expect(scoreFromText(reply)).toBe(score);
  });
});
