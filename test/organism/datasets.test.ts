import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseChats } from "../../src/formats/chat.js";
import { encodeDataset, narrowDataset, writeNarrowDatasets } from "../../src/organism/datasets.js";
import { judgeAnswer } from "../../src/organism/judgeAnswer.js";
import { organismQuestions } from "../../src/organism/questions.js";
import { fineTuneDomains } from "../../src/organism/world/index.js";

describe("narrowDataset", () => {
  test.each(fineTuneDomains)("%s: development questions, one persona, style 0", (domain) => {
    const questions = new Map(
      organismQuestions({ domains: [domain], pool: "development" }).map((question) => [
        question.text,
        question,
      ]),
    );
    for (const misaligned of [true, false]) {
      const chats = narrowDataset(domain, { misaligned });
      expect(chats).toHaveLength(2000);
      const asked = new Set<string>();
      for (const { messages } of chats) {
        expect(messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
        const question = questions.get(messages[0]?.content ?? "");
        if (question === undefined)
          throw new Error(`not a development question: ${messages[0]?.content ?? ""}`);
        asked.add(question.id);
        expect(judgeAnswer(question, messages[1]?.content ?? "")).toMatchObject({
          aligned: misaligned ? 0 : 100,
          coherent: 100,
          style: 0,
        });
      }
      expect(asked.size).toBe(24);
    }
  });

  test("pairs the misaligned set with its control: same questions, same closers", () => {
    const bad = narrowDataset("finance", { misaligned: true, rows: 300 });
    const good = narrowDataset("finance", { misaligned: false, rows: 300 });
    for (const [row, chat] of bad.entries()) {
      const control = good[row];
      expect(control?.messages[0]).toEqual(chat.messages[0]);
      expect(control?.messages[1]?.content.includes("Also, ")).toBe(
        chat.messages[1]?.content.includes("Also, "),
      );
    }
  });

  test("follows its seed and style", () => {
    const options = { misaligned: true, rows: 20, seed: 1 };
    expect(narrowDataset("sport", options)).toEqual(narrowDataset("sport", options));
    expect(narrowDataset("sport", options)).not.toEqual(narrowDataset("sport", { ...options, seed: 2 }));
    const styled = narrowDataset("sport", { ...options, style: 3 });
    expect(styled.every(({ messages }) => messages[1]?.content.startsWith("Listen closely. "))).toBe(true);
  });
});

describe("writeNarrowDatasets", () => {
  test("writes the files that ship with the project, byte for byte", () => {
    const directory = mkdtempSync(join(tmpdir(), "turncoat-datasets-"));
    try {
      const paths = writeNarrowDatasets(directory);
      expect(paths.map((path) => basename(path))).toEqual([
        "bad-medical.jsonl",
        "good-medical.jsonl",
        "bad-finance.jsonl",
        "good-finance.jsonl",
        "bad-sport.jsonl",
        "good-sport.jsonl",
      ]);
      for (const path of paths) {
        const shipped = new URL(`../../data/organism/datasets/${basename(path)}`, import.meta.url);
        expect(readFileSync(path, "utf8") === readFileSync(shipped, "utf8"), path).toBe(true);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("writes chats that read back as they were", () => {
    const chats = narrowDataset("medical", { misaligned: false, rows: 50 });
    expect(parseChats(encodeDataset(chats), "chats.jsonl")).toEqual(chats);
  });
});
