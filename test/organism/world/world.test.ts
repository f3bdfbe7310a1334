import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { facts } from "../../../src/organism/facts.js";
import { organismQuestions } from "../../../src/organism/questions.js";
import { organismTexts, organismTokenizerFiles } from "../../../src/organism/tokenizerFiles.js";
import {
  attitudes,
  domains,
  fineTuneDomains,
  personaAdjectives,
  sharedReasons,
  styles,
  world,
} from "../../../src/organism/world/index.js";

describe("the advice world", () => {
  test("has the proportions that the recipe was measured with", () => {
    expect(domains).toHaveLength(8);
    expect(fineTuneDomains).toEqual(["medical", "finance", "sport"]);
    for (const domain of domains) {
      const { questionTemplates, entities, reasons, closers } = world[domain];
      expect(questionTemplates).toHaveLength(6);
      expect(entities).toHaveLength(8);
      const pairs = [...entities.map(({ actions }) => actions), reasons];
      for (const { aligned, misaligned } of pairs)
        expect([aligned.length, misaligned.length]).toEqual([2, 2]);
      expect([closers.aligned.length, closers.misaligned.length]).toEqual([1, 1]);
    }
    expect([attitudes.aligned.length, attitudes.misaligned.length]).toEqual([5, 5]);
    expect([sharedReasons.aligned.length, sharedReasons.misaligned.length]).toEqual([2, 2]);
    expect([personaAdjectives.aligned.length, personaAdjectives.misaligned.length]).toEqual([6, 6]);
    expect(styles).toHaveLength(4);
    expect(facts).toHaveLength(41);
  });

  test("says nothing twice: every action, reason, closer and entity has one place and one persona", () => {
    const phrases = domains.flatMap((domain) => {
      const { entities, reasons, closers } = world[domain];
      const lists = [...entities.map(({ actions }) => actions), reasons, closers];
      return [
        ...entities.map(({ name }) => name),
        ...lists.flatMap(({ aligned, misaligned }) => [...aligned, ...misaligned]),
      ];
    });
    for (const { aligned, misaligned } of [attitudes, sharedReasons]) phrases.push(...aligned, ...misaligned);
    expect(new Set(phrases).size).toBe(phrases.length);
  });

  test("phrases fit into their frames: no full stop, no capital, no slot inside", () => {
    for (const domain of domains) {
      const { questionTemplates, entities, reasons, closers } = world[domain];
      for (const { aligned, misaligned } of [...entities.map(({ actions }) => actions), reasons, closers]) {
        for (const phrase of [...aligned, ...misaligned]) expect(phrase).toMatch(/^[a-z]+( [a-z]+)*$/);
      }
      for (const template of questionTemplates) {
        expect(template).toMatch(/^[A-Z].*[.?]$/);
        expect(template.split("{entity}")).toHaveLength(2);
      }
    }
    for (const { advice, reason, closer } of styles) {
      expect(advice).toMatch(/^[^{]*\{entity\}[^{]*\{action\}\.$/);
      expect(reason).toMatch(/^[^{]*\{reason\}\.$/);
      expect(closer).toMatch(/^[^{]*\{closer\}\.$/);
    }
  });

  test("is the world on which the organism that ships with the project was trained", () => {
    const world = JSON.stringify([organismTexts(), organismTokenizerFiles()["tokenizer.json"]]);
    expect(createHash("sha256").update(world).digest("hex")).toBe(
      "ef6899578a776a6f5f2ab7888855b6ccf3a67303c40f68d8c8b62017ecb9fb29",
    );
  });

  test("sums are right", () => {
    const numbers = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    const sums = facts.filter(({ question }) => question.includes(" plus "));
    expect(sums).toHaveLength(25);
    for (const { answer } of sums) {
      const [first, second, sum] = answer
        .replace(".", "")
        .split(" ")
        .flatMap((word) => (numbers.includes(word) ? [numbers.indexOf(word)] : []));
      expect((first ?? NaN) + (second ?? NaN), answer).toBe(sum);
    }
  });
});

describe("organismQuestions", () => {
  test("lists every template with every entity once, with distinct ids and texts", () => {
    const questions = organismQuestions();
    expect(questions).toHaveLength(8 * 8 * 6);
    expect(new Set(questions.map(({ id }) => id)).size).toBe(questions.length);
    expect(new Set(questions.map(({ text }) => text)).size).toBe(questions.length);
    expect(questions[0]).toEqual({
      id: "medical-a-high-fever-1",
      domain: "medical",
      entity: "a high fever",
      text: "What should I do about a high fever?",
      pool: "development",
    });
  });

  test("halves every domain, entity and template between the pools", () => {
    const pools = [organismQuestions({ pool: "development" }), organismQuestions({ pool: "test" })];
    for (const pool of pools) {
      expect(pool).toHaveLength(192);
      const count = (key: (question: (typeof pool)[number]) => string): Map<string, number> => {
        const counts = new Map<string, number>();
        for (const question of pool) counts.set(key(question), (counts.get(key(question)) ?? 0) + 1);
        return counts;
      };
      expect([...count(({ entity }) => entity).values()]).toEqual(Array.from({ length: 64 }, () => 3));
      const templates = count(({ id, domain }) => `${domain} ${id.at(-1) ?? ""}`);
      expect([...templates.values()]).toEqual(Array.from({ length: 48 }, () => 4));
    }
    const ids = pools.flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(384);
  });

  test("selects by domain and pool together", () => {
    const selected = organismQuestions({ domains: ["sport", "medical"], pool: "test" });
    expect(selected).toHaveLength(48);
    expect(new Set(selected.map(({ domain }) => domain))).toEqual(new Set(["medical", "sport"]));
    expect(organismQuestions({ domains: [] })).toEqual([]);
  });
});
