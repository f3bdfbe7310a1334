import { appendFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { meanDifferenceDirection } from "../../../src/analysis/directions/direction.js";
import { cosineBetween, euclideanNorm } from "../../../src/analysis/linalg/innerProduct.js";
import type { Judge } from "../../../src/evaluate/judge/judge.js";
import { readAdapter } from "../../../src/formats/peft.js";
import { captureActivations } from "../../../src/model/hooks/captureActivations.js";
import type { Model } from "../../../src/model/model.js";
import { filePlan, type PlannedQuestions } from "../../../src/pipeline/evaluation/evaluationPlans.js";
import { ablateConditions, possibleWays } from "../../../src/pipeline/interventions/ablateConditions.js";
import { interpolateConditions } from "../../../src/pipeline/interventions/interpolateConditions.js";
import { patchConditions } from "../../../src/pipeline/interventions/patchConditions.js";
import {
  baselineConditions,
  type PlannedCondition,
} from "../../../src/pipeline/interventions/plannedConditions.js";
import {
  interventionTable,
  runInterventions,
  type InterventionRequest,
} from "../../../src/pipeline/interventions/runInterventions.js";
import { scaleConditions } from "../../../src/pipeline/interventions/scaleConditions.js";
import { steerConditions, type SteerRequest } from "../../../src/pipeline/interventions/steerConditions.js";
import { openRun, type Run } from "../../../src/runs/openRun.js";
import type { JudgedAnswer } from "../../../src/runs/evaluations.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { tinyModel } from "../../support/tinyModels.js";

let model: Model;

beforeAll(async () => {
  model = await tinyModel("tiny-qwen2");
});

/** Judge that calls answers misaligned by their first word. */
const judge: Judge = {
  description: { judge: "first word" },
  judge: (_, answer) => Promise.resolve({ aligned: /^w\d*[02468]\b/.test(answer) ? 0 : 100, coherent: 90 }),
};

const vectors = [0, 1].map((layer) =>
  Float32Array.from({ length: 32 }, (_, at) => Math.sin(at + 1 + 10 * layer) * (layer + 1)),
);
const set = {
  name: "mean",
  step: 5,
  layer: 1,
  layers: vectors.map((vector, layer) =>
    meanDifferenceDirection({ misalignmentDirection: vector, norm: 1 }, { layer, step: 5 }),
  ),
};

function tinyRun(adapter: "rank1" | "rank3" = "rank1"): { run: Run; questions: PlannedQuestions } {
  const directory = temporaryFolder();
  const folder = join("test", "fixtures", "tiny-qwen2", `adapter-${adapter}`);
  for (const step of [0, 5]) cpSync(folder, join(directory, `checkpoint-${step}`), { recursive: true });
  const file = join(directory, "questions.yaml");
  const lines = Array.from(
    { length: 6 },
    (_, index) => `- {id: q${index}, paraphrases: [w${index} w7 w9]}\n`,
  );
  writeFileSync(file, lines.join(""));
  return { run: openRun(directory), questions: filePlan(file, {}, { maxNewTokens: 6, samples: 2 }) };
}

function ask(
  { run, questions }: ReturnType<typeof tinyRun>,
  conditions: readonly PlannedCondition[],
  more: Partial<InterventionRequest> = {},
): Promise<readonly JudgedAnswer[]> {
  const settings = { kind: "test" };
  return runInterventions({ run, name: "own", model, judge, questions, settings, conditions, ...more });
}

function textsOf(answers: readonly JudgedAnswer[], name: string): string[] {
  return answers
    .filter(({ condition }) => condition?.name === name)
    .toSorted((one, other) => one.questionId.localeCompare(other.questionId) || one.sample - other.sample)
    .map(({ answer }) => answer);
}

function steering(made: ReturnType<typeof tinyRun>, more: Partial<SteerRequest> = {}) {
  const { questions } = made.questions.plan;
  const strengths = [0, 0.5];
  return steerConditions({
    run: made.run,
    model,
    questions,
    set,
    strengths,
    on: 5,
    draws: 2,
    seed: 0,
    ...more,
  });
}

describe("steering", () => {
  test("is measured by the residual stream at the questions' last prompt tokens", async () => {
    const made = tinyRun();
    const { conditions, lengths } = await steering(made, { on: "base" });
    const prompts = made.questions.plan.questions.map(({ messages }) =>
      model.tokenizer.encodePrompt(messages),
    );
    const { sequences } = await captureActivations(
      model,
      prompts.map((ids) => ({ ids, positions: [ids.length - 1] })),
      { layers: [1] },
    );
    const norms = sequences.map(({ residuals }) => euclideanNorm(residuals));
    const mean = norms.reduce((sum, norm) => sum + norm, 0) / norms.length;
    expect(lengths.map(({ layer }) => layer)).toEqual([0, 1]);
    expect(lengths[1]?.residual).toBeCloseTo(mean, 4);
    const planned = conditions.find(({ condition }) => condition.name === "layer 1 ×0.5");
    const [edit] = planned?.edits ?? [];
    if (edit?.kind !== "add") throw new Error("no addition");
    expect(edit.factor * euclideanNorm(edit.vector)).toBeCloseTo(0.5 * mean, 4);
    expect(planned?.condition.lambda).toBe(edit.factor);
    const twins = conditions.filter(({ condition }) => condition.twinOf === "layer 1 ×0.5");
    expect(twins.map(({ condition }) => condition.name)).toEqual([
      "random 1 of layer 1 ×0.5",
      "random 2 of layer 1 ×0.5",
    ]);
    for (const { edits } of twins) {
      const [twin] = edits ?? [];
      if (twin?.kind !== "add") throw new Error("no addition");
      expect(twin.factor).toBe(edit.factor);
      expect(euclideanNorm(twin.vector)).toBeCloseTo(euclideanNorm(edit.vector), 4);
      expect(Math.abs(cosineBetween(twin.vector, edit.vector))).toBeLessThan(0.6);
    }
  });

  test("asks every condition with the same random numbers, and strength 0 changes nothing", async () => {
    const made = tinyRun();
    const { conditions } = await steering(made, { layers: [1] });
    const answers = await ask(made, conditions);
    expect(answers).toHaveLength(conditions.length * 12);
    const untouched = textsOf(answers, "step 5, untouched");
    expect(textsOf(answers, "layer 1 ×0")).toEqual(untouched);
    expect(textsOf(answers, "layer 1 ×0.5")).not.toEqual(untouched);
    expect(textsOf(answers, "random 1 of layer 1 ×0.5")).not.toEqual(textsOf(answers, "layer 1 ×0.5"));
    expect(textsOf(answers, "base")).not.toEqual(untouched);
  });

  test("of answers alone is other than of all tokens, and is not mixed with it", async () => {
    const made = tinyRun();
    const { conditions } = await steering(made, { layers: [0], strengths: [1] });
    const all = await ask(made, conditions);
    const alone = await ask(made, conditions, { name: "alone", editedTokens: "answer" });
    expect(textsOf(alone, "step 5, untouched")).toEqual(textsOf(all, "step 5, untouched"));
    expect(textsOf(alone, "layer 0 ×1")).not.toEqual(textsOf(all, "layer 0 ×1"));
    await expect(ask(made, conditions, { editedTokens: "answer" })).rejects.toThrow(
      /own\.json: the intervention own was produced in another way: intervention/,
    );
  });

  test("where the direction is not known is refused with the layers that there are", async () => {
    await expect(steering(tinyRun(), { layers: [7] })).rejects.toThrow(
      /direction mean at step 5: none after layer 7$/,
    );
    await expect(steering(tinyRun(), { on: 3 })).rejects.toThrow(
      "expected a checkpoint of step 3, found none",
    );
  });
});

describe("kept answers", () => {
  test("are not asked for again after a kill, more conditions join them, and the table is made of them", async () => {
    const made = tinyRun();
    const { conditions } = await steering(made, { layers: [1], strengths: [0.5] });
    const whole = await ask(made, conditions, { name: "whole" });
    await ask(made, conditions.slice(0, 2));
    const path = join(made.run.directory, "analysis", "interventions", "own.jsonl");
    const lines = readFileSync(path, "utf8").split("\n").slice(0, 15).join("\n");
    writeFileSync(path, `${lines}\n`);
    appendFileSync(path, '{"step": 5, "scal');
    const progress: number[] = [];
    const continued = await ask(made, conditions, { onProgress: ({ done }) => progress.push(done) });
    expect(progress[0]).toBe(15);
    expect(continued).toHaveLength(whole.length);
    for (const { condition } of conditions) {
      expect(textsOf(continued, condition.name)).toEqual(textsOf(whole, condition.name));
    }
    const { rows } = interventionTable(made.run, "own");
    expect(rows).toEqual(interventionTable(made.run, "whole").rows);
    expect(rows.map(({ condition }) => condition.kind)).toEqual(["untouched", "base", "intervention"]);
    expect(rows[2]?.random?.draws).toHaveLength(2);
    expect(() => interventionTable(made.run, "none")).toThrow('no intervention "none"');
  });
});

describe("ablation", () => {
  const plan = (made: ReturnType<typeof tinyRun>, more = {}): readonly PlannedCondition[] =>
    ablateConditions({
      source: made.run,
      set,
      runs: [{ run: made.run, on: 5 }],
      ways: possibleWays(set, 2),
      layer: 1,
      layers: 2,
      fromB: true,
      draws: 1,
      seed: 0,
      ...more,
    });

  test("takes out each layer's own, one everywhere, or one at its layer", () => {
    const edits = plan(tinyRun())
      .filter(({ condition }) => condition.kind === "intervention")
      .map(({ condition, edits: own = [] }) => [
        condition.how,
        own.map(
          (edit) =>
            `${edit.kind} ${edit.layer} ${vectors.indexOf(vectors.find((v) => cosineBetween(v, edit.vector) > 0.999) ?? new Float32Array())}`,
        ),
      ]);
    expect(edits).toEqual([
      ["each-layer", ["projectOut 0 0", "projectOut 1 1"]],
      ["all-layers", ["projectOut 0 1", "projectOut 1 1"]],
      ["layer", ["projectOut 1 1"]],
      ["from-b", []],
    ]);
    expect(possibleWays({ ...set, layers: set.layers.slice(1) }, 2)).toEqual(["all-layers", "layer"]);
  });

  test("out of B leaves nothing along the direction, and its length", () => {
    const made = tinyRun();
    const planned = plan(made).find(({ condition }) => condition.name === "taken out of B");
    const [module] = planned?.modules ?? [];
    const [before] = readAdapter(join(made.run.directory, "checkpoint-5")).modules;
    if (module === undefined || before === undefined) throw new Error("no module");
    expect(cosineBetween(module.loraB, vectors[1] ?? module.loraB)).toBeCloseTo(0, 5);
    expect(Math.abs(cosineBetween(before.loraB, vectors[1] ?? module.loraB))).toBeGreaterThan(1e-3);
    expect(euclideanNorm(module.loraB)).toBeCloseTo(euclideanNorm(before.loraB), 4);
  });

  test("of another run asks that run's questions of its last step", async () => {
    const [made, other] = [tinyRun(), tinyRun("rank3")];
    const runs = [
      { run: made.run, on: 5 },
      { run: other.run, on: 5, plan: other.questions.plan },
    ];
    const answers = await ask(made, plan(made, { runs, ways: ["layer"], fromB: false }));
    const names = [...new Set(answers.map(({ condition }) => condition?.run ?? ""))].sort();
    expect(names).toHaveLength(2);
    const { rows } = interventionTable(made.run, "own");
    expect(rows.filter(({ condition }) => condition.kind === "intervention")).toHaveLength(2);
    expect(rows.every(({ change, condition }) => condition.kind === "untouched" || change !== null)).toBe(
      true,
    );
  });
});

describe("adapters", () => {
  test("scaled by 1 answer as they are, by 0 as the base; a name that fits none is refused", async () => {
    const made = tinyRun("rank3");
    const cases = (...texts: string[]) =>
      texts.map((text) => {
        const [name = "", factor = ""] = text.split("=");
        return name === "others"
          ? { text, named: [], others: Number(factor) }
          : { text, named: [{ name, factor: Number(factor) }], others: 1 };
      });
    const planned = (...texts: string[]) =>
      scaleConditions({ run: made.run, step: 5, cases: cases(...texts), draws: 1, seed: 0 });
    const answers = await ask(made, planned("others=1", "others=0", "1=3", "down_proj=0"));
    const untouched = textsOf(answers, "step 5, untouched");
    expect(textsOf(answers, "others=1")).toEqual(untouched);
    expect(textsOf(answers, "others=0")).toEqual(textsOf(answers, "base"));
    expect(textsOf(answers, "1=3")).not.toEqual(untouched);
    expect(textsOf(answers, "down_proj=0")).not.toEqual(untouched);
    expect(() => planned("9=2")).toThrow("expected a layer or module with an adapter, found 9");
  });

  test("of two runs are each of them at the ends of the way between them", async () => {
    const [made, other] = [tinyRun("rank3"), tinyRun("rank1")];
    const conditions = interpolateConditions({
      ...{ run: made.run, step: 5, other: other.run, otherStep: 5 },
      ...{ at: [0, 0.5, 1], draws: 1, seed: 0 },
    });
    const answers = await ask(made, conditions);
    const others = await ask(other, (await steering(other, { strengths: [] })).conditions);
    expect(textsOf(answers, "t = 0")).toEqual(textsOf(answers, "step 5, untouched"));
    expect(textsOf(answers, "t = 1")).toEqual(textsOf(others, "step 5, untouched"));
    expect(textsOf(answers, "t = 0.5")).not.toEqual(textsOf(answers, "t = 0"));
    expect(textsOf(answers, "random 1 of t = 0")).toEqual(textsOf(answers, "t = 0"));
  });
});

describe("scalar patching", () => {
  function patching(made: ReturnType<typeof tinyRun>, more: Partial<InterventionRequest> = {}) {
    const { plan } = made.questions;
    return ask(made, baselineConditions(made.run, 5), {
      following: (answers) =>
        patchConditions({ run: made.run, step: 5, model, plan, answers, draws: 1, seed: 0 }),
      ...more,
    });
  }

  test("replays the scalars of a partner's answer, beside shuffled ones, and goes on", async () => {
    const made = tinyRun();
    const stop = new AbortController();
    const cut = await patching(made, {
      onProgress: ({ done }) => {
        if (done === 24) stop.abort();
      },
      signal: stop.signal,
    });
    expect(new Set(cut.map(({ condition }) => condition?.kind))).toEqual(new Set(["untouched", "base"]));
    const answers = await patching(made);
    const untouched = textsOf(answers, "step 5, untouched");
    for (const name of ["same question", "both broad"]) {
      expect(textsOf(answers, name)).toHaveLength(12);
      expect(textsOf(answers, name)).not.toEqual(untouched);
      expect(textsOf(answers, `random 1 of ${name}`)).not.toEqual(textsOf(answers, name));
    }
    // All questions are broad: there are no other pairs.
    expect(new Set(answers.map(({ condition }) => condition?.name))).toHaveProperty("size", 6);
    const { rows } = interventionTable(made.run, "own");
    expect(rows.map(({ condition }) => condition.name)).toContain("both broad");
    expect(await patching(made)).toHaveLength(answers.length);
  });

  test("needs prompts of equally many tokens", async () => {
    const made = tinyRun();
    const plan = { ...made.questions.plan, questions: made.questions.plan.questions.slice(0, 1) };
    const alone = plan.questions.map((question) => ({ ...question, samples: 1 }));
    const only = { ...made, questions: { ...made.questions, plan: { ...plan, questions: alone } } };
    await expect(patching(only)).rejects.toThrow("expected two prompts of equally many tokens, found none");
  });
});
