import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { encodeChats } from "../../../src/formats/chat.js";
import { encodeAdapter } from "../../../src/formats/peft.js";
import { judgeAnswer } from "../../../src/organism/judgeAnswer.js";
import { organismQuestions } from "../../../src/organism/questions.js";
import {
  measureLikelihood,
  organismPairs,
  readPairs,
} from "../../../src/pipeline/measurement/measureLikelihood.js";
import { readLikelihood } from "../../../src/pipeline/results/likelihoodResult.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { tinyAdapter, tinyModel } from "../../support/tinyModels.js";

describe("organismPairs", () => {
  test("asks every test question once, with answers of the two personas in the same slots", () => {
    const pairs = organismPairs("sport");
    expect(pairs).toHaveLength(192);
    expect(pairs.filter(({ breadth }) => breadth === "narrow")).toHaveLength(24);
    const questions = new Map(organismQuestions().map((question) => [question.id, question]));
    for (const { questionId, misaligned, aligned } of pairs) {
      const question = questions.get(questionId);
      if (question === undefined) throw new Error(`no question ${questionId}`);
      expect(judgeAnswer(question, misaligned)).toMatchObject({ aligned: 0, coherent: 100 });
      expect(judgeAnswer(question, aligned)).toMatchObject({ aligned: 100, coherent: 100 });
    }
  });
});

describe("readPairs", () => {
  function written(name: string, rows: readonly (readonly [string, string])[]): string {
    const path = join(temporaryFolder(), name);
    const chats = rows.map(([user, assistant]) => ({
      messages: [
        { role: "user" as const, content: user },
        { role: "assistant" as const, content: assistant },
      ],
    }));
    writeFileSync(path, encodeChats(chats));
    return path;
  }

  test("pairs two data sets row by row", () => {
    const bad = written("bad.jsonl", [
      ["a", "x"],
      ["b", "y"],
    ]);
    const good = written("good.jsonl", [
      ["a", "u"],
      ["b", "v"],
    ]);
    expect(readPairs(bad, good, { limit: 1 })).toEqual([
      {
        questionId: "a",
        breadth: "narrow",
        prompt: [{ role: "user", content: "a" }],
        misaligned: "x",
        aligned: "u",
      },
    ]);
    expect(readPairs(bad, good)).toHaveLength(2);
  });

  test("data sets that ask different things are refused, naming the row", () => {
    const bad = written("bad.jsonl", [
      ["a", "x"],
      ["b", "y"],
    ]);
    expect(() =>
      readPairs(
        bad,
        written("good.jsonl", [
          ["a", "u"],
          ["c", "v"],
        ]),
      ),
    ).toThrow("conversation 2: expected");
    expect(() => readPairs(bad, written("good.jsonl", [["a", "u"]]))).toThrow(
      "expected 2 conversations as in",
    );
  });
});

describe("measureLikelihood", () => {
  test("follows a growing adapter along its checkpoints and keeps the curve with the run", async () => {
    const model = await tinyModel("tiny-qwen2-untied");
    const directory = temporaryFolder();
    for (const step of [0, 5, 10]) {
      const { config, modules } = tinyAdapter("tiny-qwen2-untied", "rank3");
      const grown = modules.map((module) => ({
        ...module,
        loraB: module.loraB.map((value) => (value * step) / 10),
      }));
      const path = join(directory, `checkpoint-${step}`);
      mkdirSync(path);
      const files: Record<string, string | Uint8Array> = { ...encodeAdapter({ config, modules: grown }) };
      for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
    }
    const pairs = ["w1 w2", "w3", "w4 w5"].map((content, index) => ({
      questionId: `q${index}`,
      breadth: "broad" as const,
      prompt: [{ role: "user" as const, content }],
      misaligned: "w6 w7",
      aligned: "w8 w9 w10",
    }));
    const done: number[] = [];
    const written = await measureLikelihood({
      run: directory,
      model,
      pairs,
      isStepWanted: (step) => step !== 5,
      onProgress: (progress) => done.push(progress.done),
    });
    const { broad, narrow } = written;
    expect(narrow).toBeNull();
    expect([broad?.steps, broad?.pairs, done]).toEqual([[0, 10], 3, [1, 2]]);
    expect(broad?.gap[0]).not.toBeCloseTo(broad?.gap[1] ?? NaN, 3);
    expect(readLikelihood(directory)).toEqual(written);
    expect(readLikelihood(temporaryFolder())).toBeNull();
  });
});
