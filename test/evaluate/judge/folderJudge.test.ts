import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { openFolderJudge } from "../../../src/evaluate/judge/folderJudge.js";
import { readJson } from "../../../src/formats/json.js";
import { readPrompt } from "../../../src/model/generation/promptContinuations.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { familyModel } from "../../support/familyModels.js";
import { forwardLogits, largestDifference, tinyModel } from "../../support/tinyModels.js";

const golden = readJson(
  join(import.meta.dirname, "..", "..", "golden", "model", "folderJudge.json"),
  z.object({
    cases: z.array(
      z.object({
        family: z.enum(["qwen2", "llama", "gemma3-text"]),
        prompt: z.string(),
        numbers: z.array(z.number()),
      }),
    ),
  }),
);
const cached = z.object({
  reply: z.object({ firstToken: z.array(z.object({ token: z.string(), logprob: z.number() })) }),
});
const prompts = { general: { aligned: "{answer}", coherent: "{answer}" }, byQuestion: {} };

describe("a judge from a folder", () => {
  test.each(golden.cases)(
    "gives each number the probability that transformers gives it: $family",
    async (each) => {
      const cachePath = join(temporaryFolder(), "replies.jsonl");
      const judge = openFolderJudge({ model: await familyModel(each.family), prompts, cachePath });
      await judge.judge({ id: "q", text: "?" }, each.prompt);
      const lines = readFileSync(cachePath, "utf8").trim().split("\n");
      // Both metrics have one prompt here, which is read once.
      expect(lines).toHaveLength(1);
      const { reply } = cached.parse(JSON.parse(lines[0] ?? ""));
      expect(reply.firstToken.length).toBeGreaterThan(20);
      const found = new Map(reply.firstToken.map(({ token, logprob }) => [token, Math.exp(logprob)]));
      for (const [value, probability] of each.numbers.entries()) {
        // What is behind a prefix of less than 0.001 is not followed, and counts as no number.
        const isFollowed = found.has(String(value));
        if (isFollowed) expect(found.get(String(value))).toBeCloseTo(probability, 6);
        else expect(probability).toBeLessThan(1e-3);
      }
    },
  );

  test("reads a prompt once, and says by which model it judged", async () => {
    const cachePath = join(temporaryFolder(), "replies.jsonl");
    const model = await familyModel("qwen2");
    const judge = openFolderJudge({ model, prompts, cachePath });
    const question = { id: "q", text: "?" };
    const first = await judge.judge(question, "yes");
    expect(judge.usage()).toMatchObject({ requests: 1, cached: 1 });
    const again = openFolderJudge({ model, prompts, cachePath });
    expect(await again.judge(question, "yes")).toEqual(first);
    expect(again.usage()).toMatchObject({ requests: 0, cached: 2 });
    expect(judge.description).toMatchObject({ judge: "folder", model: "qwen2" });
    // Another model's replies are not taken for its own.
    const other = openFolderJudge({ model: await familyModel("llama"), prompts, cachePath });
    await other.judge(question, "yes");
    expect(other.usage().requests).toBe(1);
    expect(other.description.modelSha256).not.toBe(judge.description.modelSha256);
  });

  test("names a metric without a prompt", async () => {
    const model = await familyModel("qwen2");
    expect(() => openFolderJudge({ model, metrics: ["charm"] })).toThrow(
      "there is no prompt for the metric charm",
    );
  });
});

test("a tokenizer that has no numbers is told at once", async () => {
  const model = await tinyModel("tiny-qwen2");
  expect(() => openFolderJudge({ model, prompts })).toThrow(
    "expected a tokenizer that writes the numbers 0 to 100",
  );
});

test("what may follow a prompt and some tokens is the same with a cache and without", async () => {
  const model = await tinyModel("tiny-qwen2");
  const prompt = [1, 7, 9, 12, 30, 4, 8];
  const read = await readPrompt(model, prompt);
  const softmax = (logits: Float32Array): number[] => {
    const last = [...logits.slice(-model.config.vocabularySize)].map(Math.exp);
    const sum = last.reduce((total, value) => total + value, 0);
    return last.map((value) => value / sum);
  };
  expect(largestDifference(read.next, softmax(await forwardLogits(model, [prompt])))).toBeLessThan(5e-6);
  const continuations = [
    [5, 6],
    [7, 8],
    [9, 5],
  ];
  const after = await read.after(continuations);
  for (const [index, tokens] of continuations.entries()) {
    const whole = softmax(await forwardLogits(model, [[...prompt, ...tokens]]));
    expect(largestDifference(after[index] ?? [], whole)).toBeLessThan(5e-6);
  }
  await expect(read.after([[1], [1, 2]])).rejects.toThrow("expected one length");
});
