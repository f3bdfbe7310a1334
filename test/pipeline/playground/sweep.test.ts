import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { answerRates } from "../../../src/analysis/behavior/rates.js";
import { interventionRows } from "../../../src/analysis/interventions/interventionRows.js";
import { cosineBetween, euclideanNorm } from "../../../src/analysis/linalg/innerProduct.js";
import { steerAlong } from "../../../src/pipeline/directions/steering.js";
import type { PlaygroundTask, WholeAnswer } from "../../../src/pipeline/playground/playgroundMessages.js";
import { PlaygroundModel } from "../../../src/pipeline/playground/playgroundModel.js";
import { runSweep, type SweepRequest } from "../../../src/pipeline/playground/runSweep.js";
import {
  sweepDraws,
  sweepPoints,
  sweepQuestions,
  sweepSamples,
  sweepSize,
  type SweepPlan,
} from "../../../src/pipeline/playground/sweepPlan.js";

const vector = Float32Array.from({ length: 32 }, (_, at) => Math.sin(at + 1));
const direction = { vector, unit: 3, step: 5, layer: 1 };
const checkpoint = { step: 5, path: join("test", "fixtures", "tiny-qwen2", "adapter-rank1") };
const untouched = { checkpoint, scale: 1 };
const added = steerAlong(direction, 2);

const questions = ["w1 w2", "w3 w4 w5"].map((text) => ({
  ...{ id: text, text, domain: "general", randomName: text },
  breadth: "broad" as const,
}));
const plan = (points: SweepPlan["points"]): SweepPlan => ({
  ...{ step: 5, points, questions, samples: 6 },
  sampling: { temperature: 1, seed: 3, maxNewTokens: 6 },
});

/** Calls answers misaligned by their first word. */
const scoresOf: SweepRequest["scoresOf"] = (_, answer) =>
  Promise.resolve({ aligned: /^w\d*[02468]\b/.test(answer) ? 0 : 100, coherent: 90 });

let model: PlaygroundModel;
beforeAll(async () => {
  model = await PlaygroundModel.open("test/fixtures/tiny-qwen2");
});

async function ask(task: PlaygroundTask): Promise<readonly WholeAnswer[]> {
  const whole: WholeAnswer[] = [];
  const onAnswers = (answers: readonly WholeAnswer[]): void => void whole.push(...answers);
  await model.answer(task, { onParts: () => undefined, onAnswers, isStopped: () => false });
  return whole;
}

describe("the plan of a sweep", () => {
  test("has the untouched model, then the weakest first, each beside twins of its length", () => {
    const points = sweepPoints(untouched, added, { strengths: [-2, -1, 2], seed: 0 });
    expect(points.map(({ kind, strength }) => [kind, strength])).toEqual([
      ["untouched", 0],
      ["intervention", -1],
      ["random", -1],
      ["intervention", -2],
      ["random", -2],
      ["intervention", 2],
      ["random", 2],
    ]);
    const lengths = points.map(({ conditions }) =>
      conditions.flatMap(({ edits = [] }) =>
        edits.map((edit) => (edit.kind === "add" ? edit.factor * euclideanNorm(edit.vector) : NaN)),
      ),
    );
    [[], [-3], [-3, -3, -3], [-6], [-6, -6, -6], [6], [6, 6, 6]].forEach((expected, place) => {
      expect(lengths[place]).toHaveLength(expected.length);
      expected.forEach((length, draw) => expect(lengths[place]?.[draw]).toBeCloseTo(length, 4));
    });
    // The same random directions at every strength, each its own.
    const vectorsOf = (place: number) =>
      points[place]?.conditions.map(({ edits = [] }) => edits[0]?.vector ?? new Float32Array()) ?? [];
    expect(vectorsOf(2)).toEqual(vectorsOf(6));
    const [one = vector, other = vector] = vectorsOf(2);
    expect(Math.abs(cosineBetween(one, other))).toBeLessThan(0.6);
    expect(Math.abs(cosineBetween(one, vector))).toBeLessThan(0.6);
  });

  test("takes one direction out after every layer, and one random one likewise", () => {
    const steering = steerAlong(direction, 2, { kind: "projectOut" });
    const points = sweepPoints(untouched, steering, { strengths: [1, 2], seed: 0 });
    expect(points.map(({ kind, strength }) => [kind, strength])).toEqual([
      ["untouched", null],
      ["intervention", null],
      ["random", null],
    ]);
    for (const { edits = [] } of points[2]?.conditions ?? []) {
      expect(edits.map(({ kind, layer }) => [kind, layer])).toEqual([
        ["projectOut", 0],
        ["projectOut", 1],
      ]);
      expect(edits[0]?.vector).toEqual(edits[1]?.vector);
    }
  });

  test("asks broad questions, eight at most and evenly, and about as many answers as wanted", () => {
    const all = Array.from({ length: 20 }, (_, id) => ({
      id,
      breadth: id % 5 === 0 ? ("narrow" as const) : ("broad" as const),
    }));
    expect(sweepQuestions(all).map(({ id }) => id)).toEqual([1, 3, 6, 8, 11, 13, 16, 18]);
    expect(sweepQuestions(all.filter(({ breadth }) => breadth === "narrow"))).toHaveLength(4);
    expect(sweepQuestions([])).toEqual([]);
    expect([24, 48, 96, 1].map((wanted) => sweepSamples(wanted, 8))).toEqual([3, 6, 12, 3]);
    expect([24, 30].map((wanted) => sweepSamples(wanted, 3))).toEqual([9, 9]);
  });
});

describe("runSweep", () => {
  test("asks every condition as it would be asked alone, and tells what the table of interventions says", async () => {
    const points = sweepPoints(untouched, added, { strengths: [4, -4], seed: 0 });
    const told: Parameters<SweepRequest["onPoint"]>[] = [];
    const tasks: PlaygroundTask[] = [];
    const progress: number[] = [];
    const answers: Parameters<typeof interventionRows>[0][number][] = [];
    const rows = await runSweep({
      plan: plan(points),
      ask: (task) => {
        tasks.push(task);
        return ask(task);
      },
      scoresOf,
      rule: {},
      onProgress: ({ done, total }) => {
        expect(total).toBe(sweepSize(plan(points)));
        progress.push(done);
      },
      onPoint: (...each) => told.push(each),
      signal: new AbortController().signal,
    });
    expect(progress).toEqual(Array.from({ length: 10 }, (_, place) => 6 * (place + 1)));
    // Each condition alone, without the others in its batch, with the same random numbers.
    const share = 6 / sweepDraws;
    for (const { conditions } of points) {
      const own = conditions.length === 1 ? 6 : share;
      for (const [draw, { condition, edits = [] }] of conditions.entries()) {
        for (const { id, text } of questions) {
          const alone = await ask({
            ...{ checkpoint: checkpoint.path, factor: 1, withBase: false, edits, question: text },
            randomNames: Array.from({ length: own }, (_, sample) => `${text}/${draw * own + sample}`),
            ...{ temperature: 1, seed: 3, maxNewTokens: 6 },
          });
          for (const { text: answer } of alone) {
            const scores = await scoresOf(questions[0] ?? fail(), answer);
            answers.push({
              ...{ step: 5, scale: 1, domain: "general", breadth: "broad", questionId: id },
              ...{ ...scores, condition },
            });
          }
        }
      }
    }
    const named = (wanted: readonly string[]) =>
      answers.filter(({ condition }) => wanted.includes(condition?.name ?? ""));
    for (const [{ conditions }, rates] of told) {
      expect(rates).toEqual(answerRates(named(conditions.map(({ condition }) => condition.name))));
    }
    expect(told.map(([point]) => point)).toEqual(points);
    const alone = interventionRows(answers);
    expect(rows.map(({ condition, change, verdict }) => [condition.name, change, verdict])).toEqual(
      alone.map(({ condition, change, verdict }) => [condition.name, change, verdict]),
    );
    // The untouched model and the steered one differ, or nothing was tested.
    expect(new Set(told.map(([, { em }]) => em.count)).size).toBeGreaterThan(1);
    expect(tasks).toHaveLength(10);
  });

  test("ends at a signal, in the middle of a point, which is not told", async () => {
    const stop = new AbortController();
    const told: unknown[] = [];
    let asked = 0;
    const sweeping = runSweep({
      plan: plan(sweepPoints(untouched, added, { strengths: [1], seed: 0 })),
      ask: (task) => {
        if (++asked === 4) stop.abort();
        return ask(task);
      },
      scoresOf,
      rule: {},
      onPoint: (point) => told.push(point.kind),
      signal: stop.signal,
    });
    await expect(sweeping).rejects.toThrow(/abort/);
    expect(told).toEqual(["untouched"]);
    expect(asked).toBe(4);
  });
});

function fail(): never {
  throw new Error("no question");
}
