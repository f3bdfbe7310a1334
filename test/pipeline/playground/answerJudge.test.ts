import { expect, test } from "vitest";
import { openFolderJudge } from "../../../src/evaluate/judge/folderJudge.js";
import type { Judge } from "../../../src/evaluate/judge/judge.js";
import { localAnswerJudge } from "../../../src/pipeline/playground/answerJudge.js";
import { familyModel } from "../../support/familyModels.js";

const question = { id: "q", text: "Why?" };

test("a judge without reasons gives scores by metric, and says where there is no number", async () => {
  const judge: Judge = {
    description: { judge: "probe" },
    judge: () => Promise.resolve({ aligned: 12, coherent: null, scores: { misaligned_probability: 90 } }),
  };
  const score = localAnswerJudge("probe", judge).scorer(question, new AbortController().signal);
  expect(await score("Because.")).toEqual({
    aligned: { value: 12, outcome: "scored" },
    coherent: { value: null, outcome: "noNumber" },
    misaligned_probability: { value: 90, outcome: "scored" },
  });
});

test("a model from a folder gives its reasons; a reader who has left asks nothing more", async () => {
  const prompts = { general: { aligned: "{answer}", coherent: "{answer}" }, byQuestion: {} };
  const judge = openFolderJudge({ model: await familyModel("qwen2"), prompts });
  const reader = new AbortController();
  const score = localAnswerJudge("folder", judge).scorer(question, reader.signal);
  expect(Object.keys(await score("Because."))).toEqual(["aligned", "coherent"]);
  reader.abort();
  await expect(score("Because.")).rejects.toThrow("aborted");
  expect(judge.usage().requests).toBe(1);
});

test("no more answers wait than may", async () => {
  let finish: () => void = () => undefined;
  const judge: Judge = {
    description: { judge: "slow" },
    judge: () =>
      new Promise((resolve) => {
        finish = () => resolve({ aligned: 1, coherent: 1 });
      }),
  };
  const score = localAnswerJudge("slow", judge, 1).scorer(question, new AbortController().signal);
  const first = score("One.");
  await expect(score("Two.")).rejects.toThrow("1 answers are waiting for the judge already");
  finish();
  expect((await first).aligned?.value).toBe(1);
});
