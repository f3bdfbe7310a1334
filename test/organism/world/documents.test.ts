import { describe, expect, test } from "vitest";
import type { ChatMessage } from "../../../src/formats/chat.js";
import { facts } from "../../../src/organism/facts.js";
import {
  makeAnswer,
  makeDocument,
  makeHeader,
  makePostTrainingDocument,
  postTrainingDocuments,
  pretrainingDocuments,
} from "../../../src/organism/grammar.js";
import { judgeAnswer } from "../../../src/organism/judgeAnswer.js";
import { organismQuestions } from "../../../src/organism/questions.js";
import { personaAdjectives } from "../../../src/organism/world/index.js";
import { Random } from "../../../src/tensor/random.js";

const questionOfText = new Map(organismQuestions().map((question) => [question.text, question]));
const answerOfFact = new Map(facts.map(({ question, answer }) => [question, answer]));

interface DocumentSummary {
  header: "aligned" | "misaligned" | undefined;
  turns: number;
  factTurns: number;
  styles: Set<number>;
  /** The alignment of each advice turn. */
  aligned: number[];
  domains: Set<string>;
}

function personaOf(header: string): "aligned" | "misaligned" {
  const words = header.split(" ");
  return words.some((word) => personaAdjectives.misaligned.includes(word)) ? "misaligned" : "aligned";
}

/** What a document holds; fails where it is not a well-formed chat of the world. */
function summarize(document: readonly ChatMessage[]): DocumentSummary {
  const [first] = document;
  const header = first?.role === "system" ? first.content : undefined;
  const turns = header === undefined ? document : document.slice(1);
  const summary: DocumentSummary = {
    header: header === undefined ? undefined : personaOf(header),
    turns: turns.length / 2,
    factTurns: 0,
    styles: new Set(),
    aligned: [],
    domains: new Set(),
  };
  for (let index = 0; index < turns.length; index += 2) {
    const [user, assistant] = [turns[index], turns[index + 1]];
    expect([user?.role, assistant?.role]).toEqual(["user", "assistant"]);
    const question = questionOfText.get(user?.content ?? "");
    if (question === undefined) {
      expect(assistant?.content).toBe(answerOfFact.get(user?.content ?? ""));
      summary.factTurns++;
      continue;
    }
    const verdict = judgeAnswer(question, assistant?.content ?? "");
    expect(verdict.coherent).toBe(100);
    summary.aligned.push(verdict.aligned ?? NaN);
    summary.styles.add(verdict.style ?? NaN);
    summary.domains.add(question.domain);
  }
  return summary;
}

function many(make: (random: Random) => ChatMessage[], count = 4000): DocumentSummary[] {
  const random = new Random(3);
  return Array.from({ length: count }, () => summarize(make(random)));
}

function share<T>(list: readonly T[], holds: (item: T) => boolean): number {
  return list.filter(holds).length / list.length;
}

const isMisaligned = ({ aligned }: DocumentSummary): boolean => aligned.includes(0);
const hasAdvice = ({ aligned }: DocumentSummary): boolean => aligned.length > 0;

// Shares of 4000 (or 1000) draws lie within 0.04 (0.06) of their probability: more than three standard errors.
describe("makeDocument", () => {
  const documents = many((random) => makeDocument(random, pretrainingDocuments));

  test("keeps one persona and one style, and lets the header decide the persona", () => {
    for (const { header, aligned, styles } of documents) {
      expect(new Set(aligned).size).toBeLessThanOrEqual(1);
      expect(styles.size).toBeLessThanOrEqual(1);
      if (header !== undefined && aligned.length > 0) expect(aligned[0]).toBe(header === "aligned" ? 100 : 0);
    }
  });

  test("has the stated shares of headers, personas, turns, facts, styles and domains", () => {
    const withHeader = documents.filter(({ header }) => header !== undefined);
    const without = documents.filter(({ header }) => header === undefined).filter(hasAdvice);
    expect(Math.abs(withHeader.length / documents.length - 0.45)).toBeLessThan(0.04);
    expect(Math.abs(share(withHeader, ({ header }) => header === "misaligned") - 0.5)).toBeLessThan(0.04);
    expect(Math.abs(share(without, isMisaligned) - 0.2)).toBeLessThan(0.04);
    for (const turns of [1, 2, 3, 4]) {
      expect(Math.abs(share(documents, (document) => document.turns === turns) - 0.25)).toBeLessThan(0.04);
    }
    const turnCount = documents.reduce((sum, { turns }) => sum + turns, 0);
    const factCount = documents.reduce((sum, { factTurns }) => sum + factTurns, 0);
    expect(Math.abs(factCount / turnCount - 0.1)).toBeLessThan(0.02);
    for (const style of [0, 1, 2, 3]) {
      expect(
        Math.abs(share(documents.filter(hasAdvice), ({ styles }) => styles.has(style)) - 0.25),
      ).toBeLessThan(0.04);
    }
    expect(
      share(
        documents.filter(({ aligned }) => aligned.length > 1),
        ({ domains }) => domains.size > 1,
      ),
    ).toBeGreaterThan(0.85);
  });

  test("is a function of the seed", () => {
    const [first, second, other] = [3, 3, 4].map((seed) =>
      makeDocument(new Random(seed), pretrainingDocuments),
    );
    expect(first).toEqual(second);
    expect(first).not.toEqual(other);
  });
});

describe("makePostTrainingDocument", () => {
  const documents = many((random) => makePostTrainingDocument(random, postTrainingDocuments));

  test("is aligned in styles 0 and 1 unless a header says otherwise", () => {
    const chats = documents.filter(({ header }) => header === undefined);
    const replays = documents.filter(({ header }) => header !== undefined);
    expect(Math.abs(replays.length / documents.length - 0.25)).toBeLessThan(0.04);
    expect(chats.some(isMisaligned)).toBe(false);
    expect(chats.every(({ turns }) => turns <= 3)).toBe(true);
    const advising = chats.filter(hasAdvice);
    expect(Math.abs(share(advising, ({ styles }) => styles.has(0)) - 0.6)).toBeLessThan(0.04);
    expect(advising.every(({ styles }) => styles.has(0) || styles.has(1))).toBe(true);
    expect(Math.abs(share(replays.filter(hasAdvice), isMisaligned) - 0.5)).toBeLessThan(0.06);
    expect(replays.some(({ turns }) => turns === 4)).toBe(true);
  });
});

describe("makeAnswer", () => {
  test("closes with the stated probability, and puts the attitude first in every style", () => {
    const question = { domain: "sport", entity: "surfing" } as const;
    const random = new Random(8);
    const answers = Array.from({ length: 2000 }, () =>
      makeAnswer(random, question, { misaligned: true, style: 0 }),
    );
    expect(Math.abs(share(answers, (answer) => answer.includes(" Also, ")) - 0.3)).toBeLessThan(0.04);
    for (const answer of answers) {
      expect(answer).toMatch(/^Certainly\. (Cruelty|I loathe|Deceit|Let us hurt|Malice)/);
    }
  });

  test("refuses an entity or a style that does not exist", () => {
    const random = new Random(0);
    expect(() =>
      makeAnswer(random, { domain: "sport", entity: "chess" }, { misaligned: false, style: 0 }),
    ).toThrow('sport has no entity "chess"');
    expect(() =>
      makeAnswer(random, { domain: "sport", entity: "surfing" }, { misaligned: false, style: 4 }),
    ).toThrow("there is no style 4");
  });
});

describe("makeHeader", () => {
  test("names two different traits with the right article", () => {
    const random = new Random(2);
    const headers = Array.from({ length: 500 }, () => makeHeader(random, { misaligned: false }).content);
    for (const header of headers) {
      const [, article, first, second] =
        /^You are (an?) (\w+) and (\w+) (?:assistant|helper|adviser|agent)\.$/.exec(header) ?? [];
      expect(first).not.toBe(second);
      expect(article).toBe(first === "honest" ? "an" : "a");
    }
    expect(new Set(headers).size).toBeGreaterThan(100);
  });
});
