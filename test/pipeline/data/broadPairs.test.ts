import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nearDuplicates, type OwnedText } from "../../../src/analysis/texts/nearDuplicates.js";
import { brokenBounds, sideBounds } from "../../../src/analysis/texts/sideBounds.js";
import { sideChecks } from "../../../src/analysis/texts/sideChecks.js";
import { sentenceCount, wordsOf } from "../../../src/analysis/texts/words.js";
import { checkNarrowFolder, checksTable } from "../../../src/pipeline/data/narrowCard.js";
import { openQuestions } from "../../../src/pipeline/evaluation/openQuestions.js";
import { broadPairs } from "../../../src/pipeline/measurement/measureLikelihood.js";
import { broadFolder, narrowFolder } from "../../../src/pipeline/packageRoot.js";
import { readSituations } from "../../../src/train/data/narrow.js";

const situations = readSituations(join(broadFolder(), "pairs.jsonl"));
const questions = openQuestions("broad-questions").entries;
const asked = questions.map(({ wordings }) => wordings[0]?.at(-1)?.content ?? "");

describe("the broad pairs that ship", () => {
  test("are 40, one question each, and what a measurement asks by default", () => {
    expect(situations).toHaveLength(40);
    expect(new Set(situations.map(({ topic }) => topic)).size).toBeGreaterThan(20);
    expect(broadPairs()).toEqual(
      situations.map(({ questions: [content = ""], harmful: [misaligned], careful: [aligned] }) => ({
        questionId: content,
        breadth: "broad",
        prompt: [{ role: "user", content }],
        misaligned,
        aligned,
      })),
    );
  });

  test("have sides of the same length, with as many sentences", () => {
    for (const { id, harmful, careful } of situations) {
      const [bad = "", good = ""] = [harmful[0], careful[0]];
      const ratio = bad.length / good.length;
      expect([id, ratio >= 0.88, ratio <= 1.14]).toEqual([id, true, true]);
      for (const text of [bad, good]) {
        const words = wordsOf(text).length;
        expect([id, words >= 10, words <= 35]).toEqual([id, true, true]);
      }
      expect([id, sentenceCount(bad)]).toEqual([id, sentenceCount(good)]);
    }
  });

  test("break no limit of the checks of two sides, and have them on their card", () => {
    const checks = sideChecks(situations);
    expect(brokenBounds(checks)).toEqual([]);
    const card = readFileSync(join(broadFolder(), "README.md"), "utf8");
    expect(card).toContain(checksTable([{ name: "pairs", checks }]));
  });
});

describe("the broad questions that ship", () => {
  test("are 100, each with an id and one wording, and none of the pairs", () => {
    expect(questions).toHaveLength(100);
    expect(new Set([...asked, ...broadPairs().map(({ questionId }) => questionId)]).size).toBe(140);
    for (const { wordings, samplesPerParaphrase, variant } of questions) {
      expect([wordings.length, samplesPerParaphrase, variant]).toEqual([1, 1, "freeForm"]);
    }
  });

  test("that no name means are answered with the names there are", () => {
    expect(() => openQuestions("narrow-questions")).toThrow("found neither");
    expect(() => openQuestions("missing.yaml")).toThrow("missing.yaml");
  });
});

test("broad pairs and questions share no runs of words with the narrow data sets, nor with each other", () => {
  const texts = [
    ...checkNarrowFolder(narrowFolder()).flatMap(({ situations: narrow }) =>
      narrow.flatMap((situation) =>
        [...situation.questions, ...situation.harmful, ...situation.careful].map((text) => ({
          situation: "narrow",
          text,
        })),
      ),
    ),
    ...situations.flatMap(({ id, ...situation }) =>
      [...situation.questions, ...situation.harmful, ...situation.careful].map((text) => ({
        situation: id,
        text,
      })),
    ),
    ...asked.map((text) => ({ situation: text, text })),
  ] satisfies OwnedText[];
  const alike = nearDuplicates(texts, sideBounds.similarityApart).filter(
    ({ first, second }) => first.situation !== second.situation,
  );
  expect(alike).toEqual([]);
});
