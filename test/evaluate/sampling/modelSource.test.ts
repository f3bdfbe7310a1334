import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { askedOf, type SamplePlan, type SampledAnswer } from "../../../src/evaluate/sampling/answerSource.js";
import { questionText, type EvaluationQuestion } from "../../../src/evaluate/question.js";
import { sampleRun } from "../../../src/evaluate/sampling/modelSource.js";
import { encodeAdapter } from "../../../src/formats/peft.js";
import type { Model } from "../../../src/model/model.js";
import { generate } from "../../../src/model/generation/generate.js";
import type { Checkpoint } from "../../../src/runs/openRun.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { tinyAdapter, tinyModel } from "../../support/tinyModels.js";

let model: Model;

beforeAll(async () => {
  model = await tinyModel("tiny-qwen2-untied");
});

/** Checkpoints in which B grows from nothing, as it does in training. */
function checkpoints(): Checkpoint[] {
  const folder = temporaryFolder();
  return [0, 5, 10].map((step) => {
    const { config, modules } = tinyAdapter("tiny-qwen2-untied", "rank3");
    const grown = modules.map((module) => ({
      ...module,
      loraB: module.loraB.map((value) => (value * step) / 10),
    }));
    const path = join(folder, `checkpoint-${step}`);
    mkdirSync(path);
    const files: Record<string, string | Uint8Array> = { ...encodeAdapter({ config, modules: grown }) };
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(path, name), content);
    }
    return { step, path };
  });
}

const questions: EvaluationQuestion[] = [
  {
    id: "one",
    domain: "words",
    breadth: "narrow",
    messages: [{ role: "user", content: "w1 w2" }],
  },
  {
    id: "two",
    domain: "numbers",
    breadth: "broad",
    messages: [
      { role: "user", content: "w3" },
      { role: "assistant", content: "w4 w5" },
      { role: "user", content: "w6 w7 w8" },
    ],
  },
];

const plan: SamplePlan = {
  questions,
  samplesPerQuestion: 3,
  scales: [1],
  temperature: 1,
  maxNewTokens: 10,
  seed: 1,
};

async function sampled(
  from: readonly Checkpoint[],
  change: Partial<SamplePlan> = {},
  signal?: AbortSignal,
  onGroup: () => void = () => undefined,
): Promise<{ answers: SampledAnswer[]; groups: number[] }> {
  const answers: SampledAnswer[] = [];
  const groups: number[] = [];
  const changed = { ...plan, ...change };
  const works = from.flatMap((checkpoint) =>
    changed.scales.map((scale) => ({ checkpoint, scale, asked: askedOf(changed) })),
  );
  await sampleRun(model, works, changed, {
    onAnswers: (group) => {
      answers.push(...group);
      groups.push(group.length);
      onGroup();
      return Promise.resolve();
    },
    signal,
  });
  return { answers, groups };
}

describe("sampleRun", () => {
  test("asks every checkpoint every question at every factor, as often as planned", async () => {
    const { answers } = await sampled(checkpoints(), { scales: [0, 1] });
    const keys = answers.map(
      ({ step, scale, questionId, sample }) => `${step}/${scale}/${questionId}/${sample}`,
    );
    expect(new Set(keys).size).toBe(3 * 2 * 2 * 3);
    expect(answers).toHaveLength(36);
  });

  test("says what was asked", async () => {
    const { answers } = await sampled(checkpoints());
    for (const answer of answers) {
      const question = questions.find(({ id }) => id === answer.questionId);
      expect(answer.question).toBe(answer.questionId === "one" ? "w1 w2" : "w6 w7 w8");
      expect([answer.domain, answer.breadth]).toEqual([question?.domain, question?.breadth]);
    }
  });

  test("a question that says how often it is asked is asked so often", async () => {
    const [one, two] = questions;
    if (one === undefined || two === undefined) throw new Error("no questions");
    const { answers } = await sampled(checkpoints().slice(0, 1), {
      questions: [{ ...one, samples: 5 }, two],
    });
    expect(answers.map(({ questionId, sample }) => `${questionId}/${sample}`)).toEqual([
      ...["one/0", "one/1", "one/2", "one/3", "one/4", "two/0", "two/1", "two/2"],
    ]);
  });

  test("works that are asked different things are answered as each would be alone", async () => {
    const [first, second] = checkpoints();
    if (first === undefined || second === undefined) throw new Error("no checkpoints");
    const asked = askedOf(plan);
    const answers: SampledAnswer[] = [];
    const works = [
      { checkpoint: first, scale: 1, asked },
      { checkpoint: second, scale: 1, asked: asked.slice(1, 3) },
      { checkpoint: second, scale: 2, asked: [] },
    ];
    await sampleRun(model, works, plan, {
      onAnswers: (group) => {
        answers.push(...group);
        return Promise.resolve();
      },
    });
    const whole = await sampled([first, second]);
    expect(answers).toHaveLength(8);
    for (const answer of answers) expect(whole.answers).toContainEqual(answer);
  });

  test("gives what the model gives when asked directly", async () => {
    const [first] = checkpoints();
    const { answers } = await sampled(first === undefined ? [] : [first]);
    const rows = questions.flatMap(({ id, messages }) =>
      [0, 1, 2].map((sample) => ({
        promptIds: model.tokenizer.encodePrompt(messages),
        randomName: `${id}/${sample}`,
      })),
    );
    // The first checkpoint's B is zero: it is the model itself.
    const direct = await generate(model, rows, { maxNewTokens: 10, temperature: 1, seed: 1 });
    expect(answers.map(({ answer }) => answer)).toEqual(direct.map((ids) => model.tokenizer.decode(ids)));
  });

  test("does not depend on which checkpoints are asked together", async () => {
    const all = checkpoints();
    // 90 rows a checkpoint: two fit a batch of 256, so that the third is in a batch of its own, filled up.
    const { answers, groups } = await sampled(all, { samplesPerQuestion: 45, maxNewTokens: 4 });
    expect(groups).toEqual([180, 90]);
    for (const checkpoint of all) {
      const alone = await sampled([checkpoint], { samplesPerQuestion: 45, maxNewTokens: 4 });
      expect(answers.filter(({ step }) => step === checkpoint.step)).toEqual(alone.answers);
    }
  });

  test("brings prompts of one length together where a checkpoint fills several batches", async () => {
    const [first] = checkpoints();
    const from = first === undefined ? [] : [first];
    const longFirst = { questions: questions.toReversed(), samplesPerQuestion: 200, maxNewTokens: 2 };
    const { answers, groups } = await sampled(from, longFirst);
    expect(groups).toEqual([256, 144]);
    expect(new Set(answers.slice(0, 200).map(({ questionId }) => questionId))).toEqual(new Set(["one"]));
    const alone = await sampled(from, { ...longFirst, samplesPerQuestion: 3 });
    for (const answer of alone.answers) expect(answers).toContainEqual(answer);
  });

  test("says which answers the limit on their length ended", async () => {
    const [first] = checkpoints();
    const from = first === undefined ? [] : [first];
    const short = await sampled(from, { samplesPerQuestion: 40 });
    const long = await sampled(from, { samplesPerQuestion: 40, maxNewTokens: 14 });
    const ends = short.answers.map(({ ended }) => ended);
    expect(new Set(ends)).toEqual(new Set(["stop", "length"]));
    for (const [index, { answer, ended }] of short.answers.entries()) {
      const longer = long.answers[index]?.answer ?? "";
      if (ended === "stop") expect(longer).toBe(answer);
      else expect(longer.startsWith(answer)).toBe(true);
    }
  });

  test("draws the same random numbers at every checkpoint: without an adapter's effect answers are equal", async () => {
    const { answers } = await sampled(checkpoints(), { scales: [0, 1] });
    const texts = (step: number, scale: number) =>
      answers.filter((answer) => answer.step === step && answer.scale === scale).map(({ answer }) => answer);
    expect(texts(10, 0)).toEqual(texts(5, 0));
    expect(texts(0, 1)).toEqual(texts(0, 0));
    expect(texts(10, 1)).not.toEqual(texts(10, 0));
    expect(new Set(texts(0, 0).slice(0, 3)).size).toBe(3);
  });

  test("follows the seed", async () => {
    const all = checkpoints();
    const first = await sampled(all);
    expect(await sampled(all)).toEqual(first);
    expect(await sampled(all, { seed: 2 })).not.toEqual(first);
  });

  test("stops between batches when it is told to, and keeps what it has", async () => {
    const controller = new AbortController();
    const large = { samplesPerQuestion: 128, maxNewTokens: 2 };
    const { answers } = await sampled(checkpoints(), large, controller.signal, () => controller.abort());
    expect(answers).toHaveLength(256);
    expect(new Set(answers.map(({ step }) => step))).toEqual(new Set([0]));
  });

  test("of no checkpoints asks nothing", async () => {
    expect((await sampled([])).answers).toEqual([]);
  });
});

test("questionText is the last thing that the user says", () => {
  expect(questions.map(questionText)).toEqual(["w1 w2", "w6 w7 w8"]);
  expect(questionText({ id: "", domain: "", breadth: "broad", messages: [] })).toBe("");
});
