import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { DataOrder } from "../../src/train/batches/dataOrder.js";
import { learningRate, type ScheduleConfig } from "../../src/train/schedule.js";

/** Rates of transformers' schedules; made by test/golden/train/makeSchedules.py. */
const goldenSchema = z.object({
  peakLearningRate: z.number(),
  schedules: z.array(
    z.object({
      name: z.enum(["constant", "linear", "cosine"]),
      warmupSteps: z.number(),
      steps: z.number(),
      rates: z.array(z.number()),
    }),
  ),
});

function rates(config: ScheduleConfig, steps: number): number[] {
  return Array.from({ length: steps }, (_, index) => learningRate(config, index + 1, steps));
}

function expectClose(values: readonly number[], expected: readonly number[]): void {
  expect(values).toHaveLength(expected.length);
  // Both sides are a handful of float64 operations on numbers below 1.
  for (const [index, value] of values.entries()) expect(value).toBeCloseTo(expected[index] ?? NaN, 12);
}

describe("learningRate, by hand", () => {
  test("constant, with a warm-up of four steps", () => {
    expectClose(
      rates({ name: "constant", peakLearningRate: 0.4, warmupSteps: 4 }, 7),
      [0.1, 0.2, 0.3, 0.4, 0.4, 0.4, 0.4],
    );
  });

  test("with Hugging Face's warm-up the first update has rate 0, and what comes after is the same", () => {
    const schedule = { name: "linear", peakLearningRate: 2, warmupSteps: 4 } as const;
    const [shifted, theirs] = [rates(schedule, 9), rates({ ...schedule, warmup: "hugging-face" }, 9)];
    expectClose(theirs.slice(0, 4), [0, 0.5, 1, 1.5]);
    expectClose(shifted.slice(0, 4), [0.5, 1, 1.5, 2]);
    expectClose(theirs.slice(4), shifted.slice(4));
  });

  test("linear falls by equal amounts and its last update is not wasted", () => {
    expectClose(rates({ name: "linear", peakLearningRate: 1, warmupSteps: 0 }, 4), [1, 0.75, 0.5, 0.25]);
    expectClose(
      rates({ name: "linear", peakLearningRate: 2, warmupSteps: 2 }, 7),
      [1, 2, 2, 1.6, 1.2, 0.8, 0.4],
    );
  });

  test("linear after its warm-up is the Trainer's schedule at step − 1", () => {
    const total = 200;
    const warm = 5;
    const values = rates({ name: "linear", peakLearningRate: 1e-3, warmupSteps: warm }, total);
    for (let step = warm + 1; step <= total; step++) {
      expect(values[step - 1]).toBeCloseTo((1e-3 * (total - (step - 1))) / (total - warm), 12);
    }
  });

  test("cosine falls from the peak towards its final fraction, half way at the middle", () => {
    expectClose(rates({ name: "cosine", peakLearningRate: 1, warmupSteps: 0 }, 4), [
      1,
      (1 + Math.SQRT1_2) / 2,
      0.5,
      (1 - Math.SQRT1_2) / 2,
    ]);
    expectClose(
      rates({ name: "cosine", peakLearningRate: 10, warmupSteps: 0, finalFraction: 0.1 }, 2),
      [10, 5.5],
    );
  });

  test("a warm-up longer than the training never reaches the peak, and stays finite", () => {
    for (const name of ["constant", "linear", "cosine"] as const) {
      expectClose(rates({ name, peakLearningRate: 1, warmupSteps: 8 }, 4), [0.125, 0.25, 0.375, 0.5]);
    }
  });
});

describe("learningRate with Hugging Face's warm-up", () => {
  const golden = goldenSchema.parse(JSON.parse(readFileSync("test/golden/train/schedules.json", "utf8")));

  test.each(golden.schedules)("$name, $warmupSteps of $steps steps, is that of transformers", (row) => {
    const { name, warmupSteps, steps, rates: expected } = row;
    const { peakLearningRate } = golden;
    expectClose(rates({ name, peakLearningRate, warmupSteps, warmup: "hugging-face" }, steps), expected);
  });
});

describe("DataOrder", () => {
  test("of written data is theirs in every epoch, without what is left over", () => {
    const order = new DataOrder(3, 7, 3, false);
    expect([1, 2, 3, 4].map((step) => order.examples(step))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });

  test("an epoch takes every example at most once, and drops only what is left over", () => {
    const order = new DataOrder(3, 23, 5);
    expect(order.stepsPerEpoch).toBe(4);
    for (const epoch of [0, 1, 2]) {
      const taken = [1, 2, 3, 4].flatMap((step) => order.examples(epoch * 4 + step));
      expect(taken).toHaveLength(20);
      expect(new Set(taken).size).toBe(20);
      expect(taken.every((index) => Number.isInteger(index) && index >= 0 && index < 23)).toBe(true);
    }
  });

  test("epochs differ from each other, seeds too", () => {
    const order = new DataOrder(3, 40, 40);
    const first = order.examples(1);
    expect([...first].sort((one, other) => one - other)).toEqual(
      Array.from({ length: 40 }, (_, index) => index),
    );
    expect(order.examples(2)).not.toEqual(first);
    expect(new DataOrder(4, 40, 40).examples(1)).not.toEqual(first);
    expect(new DataOrder(3, 40, 40).examples(1)).toEqual(first);
  });

  test("a step's examples do not depend on which steps were asked for before", () => {
    const straight = new DataOrder(11, 30, 4);
    const steps = Array.from({ length: 20 }, (_, index) => index + 1);
    const inOrder = steps.map((step) => straight.examples(step));
    expect(new DataOrder(11, 30, 4).examples(17)).toEqual(inOrder[16]);
    const backwards = new DataOrder(11, 30, 4);
    for (const step of [...steps].reverse()) expect(backwards.examples(step)).toEqual(inOrder[step - 1]);
  });

  test("over many epochs every example is taken about equally often", () => {
    const order = new DataOrder(5, 10, 3);
    const counts = new Array<number>(10).fill(0);
    const epochs = 1000;
    for (let step = 1; step <= 3 * epochs; step++) {
      for (const index of order.examples(step)) counts[index] = (counts[index] ?? 0) + 1;
    }
    // Each is dropped with probability 1/10 an epoch: 900 ± 9.5, and five deviations are never reached by chance.
    for (const count of counts) expect(Math.abs(count - 900)).toBeLessThan(48);
  });
});
