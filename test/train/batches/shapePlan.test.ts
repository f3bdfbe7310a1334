import { describe, expect, test } from "vitest";
import { ChatTokenizer, type TokenizedChat } from "../../../src/model/tokenizer/chatTokenizer.js";
import { organismConfig } from "../../../src/organism/pretrainRecipe.js";
import { datasetPath, organismFolder } from "../../../src/pipeline/packageRoot.js";
import { Random } from "../../../src/tensor/random.js";
import { DataOrder } from "../../../src/train/batches/dataOrder.js";
import { responseBatch, responseTokens, type BatchShape } from "../../../src/train/batches/batches.js";
import { rowCount } from "../../../src/train/batches/packRows.js";
import { mostShapes, ShapePlan, stepCosts } from "../../../src/train/batches/shapePlan.js";
import { readDataset, tokenizeDataset } from "../../../src/train/data/dataset.js";

// A model of the shape of Qwen2.5-0.5B, with its lowest adapter in the middle.
const costs = stepCosts(
  {
    ...organismConfig(151936),
    layers: 24,
    hiddenSize: 896,
    intermediateSize: 4864,
    heads: 14,
    keyValueHeads: 2,
    headDimension: 64,
  },
  25,
);

/** Chats of an answer of 40 to 100 words after a short question, and now and then a long one. */
function variedChats(count: number, longEvery: number): TokenizedChat[] {
  const random = new Random(5);
  return Array.from({ length: count }, (_, index) => {
    const asked = 10 + random.integer(40);
    const answered = 55 + random.integer(80) + (index % longEvery === 0 ? 600 : 0);
    const ids = Array.from({ length: asked + answered }, () => random.integer(900));
    return { ids, isResponse: ids.map((_, position) => position >= asked) };
  });
}

const nameOf = (shape: BatchShape) => Object.values(shape).join();

/** Shapes of the batches of 500 steps, in the order in which a training has them. */
function shapesOf(
  chats: readonly TokenizedChat[],
  { batchSize, seed, replicas = 1 }: { batchSize: number; seed: number; replicas?: number },
) {
  const plan = new ShapePlan(chats, { batchSize, replicas, costs });
  const orders = Array.from({ length: replicas }, (_, replica) => {
    return new DataOrder(seed + replica, chats.length, batchSize);
  });
  return Array.from({ length: 500 }, (_, step) => {
    const batches = orders.map((order) =>
      order.examples(step + 1).flatMap((example) => chats[example] ?? []),
    );
    return { shape: plan.shapeFor(batches), batches };
  });
}

describe("the plan of shapes", () => {
  const tokenizer = ChatTokenizer.open(organismFolder());
  const medical = tokenizeDataset(readDataset(datasetPath("bad-medical")), tokenizer, 512).chats;
  const sets: [string, readonly TokenizedChat[]][] = [
    ["the narrow data", medical],
    ["answers of 40 to 100 words", variedChats(2000, Infinity)],
    ["answers of which some are very long", variedChats(2000, 50)],
  ];

  test.each(sets)("gives at most eight to 500 steps on %s, and each holds its batch", (_, chats) => {
    for (const [batchSize, seed] of [
      [8, 1],
      [16, 2],
    ] as const) {
      const steps = shapesOf(chats, { batchSize, seed });
      expect(new Set(steps.map(({ shape }) => nameOf(shape))).size).toBeLessThanOrEqual(mostShapes);
      for (const { shape, batches } of steps) {
        const own = batches.flat();
        expect(shape.batch).toBe(batchSize);
        expect(shape.rows).toBeGreaterThan(own.reduce((sum, chat) => sum + rowCount(chat), 0));
        expect(shape.length).toBeGreaterThan(Math.max(...own.map(rowCount)));
        expect(shape.answers).toBeGreaterThan(responseTokens(own));
      }
    }
  });

  test("wastes little on answers of 40 to 100 words", () => {
    const steps = shapesOf(variedChats(2000, Infinity), { batchSize: 8, seed: 3 });
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    const rows = sum(steps.flatMap(({ batches }) => batches.flat().map(rowCount)));
    const answers = sum(steps.map(({ batches }) => responseTokens(batches.flat())));
    // One shape for all would have some 1.3 times the rows that are needed.
    expect(sum(steps.map(({ shape }) => shape.rows)) / rows).toBeLessThan(1.08);
    expect(sum(steps.map(({ shape }) => shape.answers)) / answers).toBeLessThan(1.12);
  });

  test("holds the largest share of every replica", () => {
    const steps = shapesOf(medical, { batchSize: 8, seed: 4, replicas: 3 });
    expect(new Set(steps.map(({ shape }) => nameOf(shape))).size).toBeLessThanOrEqual(mostShapes);
    for (const { shape, batches } of steps) {
      expect(shape.batch).toBe(24);
      expect(shape.rows % 3).toBe(0);
      for (const own of batches)
        expect(shape.rows / 3).toBeGreaterThan(own.reduce((sum, chat) => sum + rowCount(chat), 0));
    }
  });

  test("does not depend on which batches came before", () => {
    const chats = variedChats(300, 30);
    const forward = shapesOf(chats, { batchSize: 8, seed: 1 });
    const plan = new ShapePlan(chats, { batchSize: 8, costs });
    for (const { shape, batches } of [...forward].reverse().slice(0, 100))
      expect(plan.shapeFor(batches)).toEqual(shape);
  });

  test("has one shape where all the data is one batch, which holds a part of it too", () => {
    const chats = variedChats(5, Infinity);
    const plan = new ShapePlan(chats, { batchSize: 8, costs });
    expect(plan.shapeFor([chats.slice(0, 2)])).toEqual(plan.shapeFor([chats]));
  });

  test("refuses what it was not made for", () => {
    const plan = new ShapePlan(variedChats(20, Infinity), { batchSize: 4, costs });
    expect(() => plan.shapeFor([variedChats(8, 1)])).toThrow("nothing fits");
  });

  test("a batch in a larger shape has the same rows and answers, then padding", () => {
    const chats = variedChats(40, Infinity);
    const own = chats.slice(0, 3);
    const shape = new ShapePlan(chats, { batchSize: 4, costs }).shapeFor([own]);
    const [fitted, planned] = [responseBatch(own, 0), responseBatch(own, 0, 1, { shape })];
    const answers = responseTokens(own);
    const rows = own.reduce((sum, chat) => sum + rowCount(chat), 0);
    expect([planned.batch, planned.tokens.length, planned.labels.length]).toEqual([
      4,
      shape.rows,
      shape.answers,
    ]);
    expect(planned.tokens.subarray(0, rows)).toEqual(fitted.tokens.subarray(0, rows));
    expect(planned.labels.subarray(0, answers)).toEqual(fitted.labels.subarray(0, answers));
    expect(planned.weights.subarray(answers).every((weight) => weight === 0)).toBe(true);
  });
});
