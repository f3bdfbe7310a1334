import { beforeAll, describe, expect, test } from "vitest";
import type { LoraModule } from "../../../src/formats/peft.js";
import { stackAdapters } from "../../../src/model/weights/adapterBank.js";
import {
  generate,
  type GenerationOptions,
  type GenerationRow,
} from "../../../src/model/generation/generate.js";
import type { Model } from "../../../src/model/model.js";
import { Random } from "../../../src/tensor/random.js";
import { modelParity, tinyAdapter, tinyModel } from "../../support/tinyModels.js";

/**
 * The same row in another batch meets other shapes, so that its probabilities differ by float32 rounding, about
 * 1e-6. A draw flips only where its uniform number lies that close to a boundary: for the few hundred seeded draws
 * here, none does.
 */
let model: Model;
let rows: GenerationRow[];
let rank3: readonly LoraModule[];

beforeAll(async () => {
  model = await tinyModel("tiny-qwen2-untied");
  rank3 = tinyAdapter("tiny-qwen2-untied", "rank3").modules;
  rows = modelParity.prompts.map((prompt, row) => ({
    promptIds: model.tokenizer.encodePrompt(prompt),
    randomName: `row ${row}`,
  }));
});

const options: GenerationOptions = { maxNewTokens: 12, temperature: 1, seed: 4 };

function bankOf(...replicas: { modules: readonly LoraModule[]; factor: number }[]) {
  return { adapters: stackAdapters(model.config, replicas) };
}

/** The fixture's adapter with another B. */
function withB(seed: number, size = 0.3): LoraModule[] {
  const random = new Random(seed);
  return rank3.map((module) => ({ ...module, loraB: module.loraB.map(() => size * random.normal()) }));
}

describe("rows", () => {
  test("answer alone as they do in a batch, in any order", async () => {
    const together = await generate(model, rows, options);
    for (const [index, row] of rows.entries()) {
      expect((await generate(model, [row], options))[0]).toEqual(together[index]);
    }
    expect(await generate(model, [...rows].reverse(), options)).toEqual([...together].reverse());
  });

  test("with the same prompt differ by their names, and only by them", async () => {
    const [row] = rows;
    const named = (names: readonly string[]) =>
      names.map((randomName) => ({ promptIds: row?.promptIds ?? [], randomName }));
    const [first, second, again] = await generate(model, named(["a", "b", "a"]), options);
    expect(again).toEqual(first);
    expect(second).not.toEqual(first);
  });

  test("answer as they do alone where most of a large batch has ended", async () => {
    // Stopped by any of a third of the tokens, answers are of very different lengths: the batch is halved on the way.
    const stopTokens = Array.from(
      { length: Math.floor(model.config.vocabularySize / 3) },
      (_, token) => 3 * token,
    );
    const many = Array.from({ length: 40 }, (_, index) =>
      rows.map(({ promptIds }) => ({ promptIds, randomName: String(index) })),
    ).flat();
    const replicas = [1, 4].map((factor) => ({ modules: rank3, factor }));
    const settings = { ...options, maxNewTokens: 24, stopTokens };
    const together = await generate(model, [...many, ...many], { ...settings, ...bankOf(...replicas) });
    const lengths = together.map(({ length }) => length);
    expect(Math.max(...lengths)).toBeGreaterThan(12);
    for (const row of [0, 7, 31, 60, 95]) {
      for (const [replica, one] of replicas.entries()) {
        const alone = many.slice(row, row + 1);
        expect(await generate(model, alone, { ...settings, ...bankOf(one) })).toEqual([
          together[replica * many.length + row],
        ]);
      }
    }
  });

  test("none give no answers", async () => {
    expect(await generate(model, [], options)).toEqual([]);
  });
});

describe("chance", () => {
  test("follows the seed", async () => {
    const answers = await generate(model, rows, options);
    expect(await generate(model, rows, options)).toEqual(answers);
    expect(await generate(model, rows, { ...options, seed: 5 })).not.toEqual(answers);
  });

  test("has no part at temperature 0, and little near it", async () => {
    const cold = await generate(model, rows, { ...options, temperature: 0 });
    expect(await generate(model, rows, { ...options, temperature: 0, seed: 5 })).toEqual(cold);
    expect(cold).toEqual(modelParity.models["tiny-qwen2-untied"].none.greedy.map((row) => row.slice(0, 12)));
    // At 1e-4 a lead of 1e-3, the least of these answers, is a factor e¹⁰ in probability.
    expect(await generate(model, rows, { ...options, temperature: 1e-4 })).toEqual(cold);
  });

  test("at a high temperature gives every token about as often as any other", async () => {
    const [row] = rows;
    const many = Array.from({ length: 256 }, (_, index) => ({
      promptIds: row?.promptIds ?? [],
      randomName: `draw ${index}`,
    }));
    const answers = await generate(model, many, { maxNewTokens: 4, temperature: 1e6, seed: 2 });
    const counts = new Array<number>(52).fill(0);
    for (const answer of answers) for (const token of answer) counts[token] = (counts[token] ?? 0) + 1;
    // The end-of-turn token is counted by where answers stop, not here.
    expect(counts[model.tokenizer.endOfTurnId]).toBe(0);
    const rest = counts.filter((_, token) => token !== model.tokenizer.endOfTurnId);
    const expected = rest.reduce((sum, count) => sum + count, 0) / rest.length;
    const chiSquare = rest.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 50 degrees of freedom: mean 50, deviation 10; 100 is exceeded once in 40 000 seeds, and the seed is fixed.
    expect(chiSquare).toBeLessThan(100);
  });
});

describe("length", () => {
  test("a longer limit only continues answers", async () => {
    const short = await generate(model, rows, { ...options, maxNewTokens: 5 });
    const long = await generate(model, rows, { ...options, maxNewTokens: 30 });
    expect(short).toEqual(long.map((answer) => answer.slice(0, 5)));
    expect(long.some((answer) => answer.length > 16)).toBe(true);
  });

  test("one token is one token", async () => {
    const answers = await generate(model, rows, { ...options, maxNewTokens: 1 });
    expect(answers.every((answer) => answer.length <= 1)).toBe(true);
  });

  test("runs past the context that the model was made for", async () => {
    const { maxPositions } = model.config;
    const promptIds = Array.from({ length: maxPositions - 2 }, (_, index) => 6 + (index % 40));
    const long = ["a", "b", "c", "d"].map((randomName) => ({ promptIds, randomName }));
    const answers = await generate(model, long, options);
    expect(Math.max(...answers.map(({ length }) => length))).toBeGreaterThan(2);
  });
});

describe("adapters", () => {
  test("whose B is zero change nothing", async () => {
    const zero = rank3.map((module) => ({ ...module, loraB: new Float32Array(module.loraB.length) }));
    const plain = await generate(model, rows, options);
    expect(await generate(model, rows, { ...options, ...bankOf({ modules: zero, factor: 1 }) })).toEqual(
      plain,
    );
    expect(await generate(model, rows, { ...options, ...bankOf({ modules: withB(1), factor: 0 }) })).toEqual(
      plain,
    );
  });

  test("scaled by a factor are adapters with B scaled", async () => {
    const halved = rank3.map((module) => ({ ...module, loraB: module.loraB.map((value) => -value / 2) }));
    const byFactor = await generate(model, rows, { ...options, ...bankOf({ modules: rank3, factor: -0.5 }) });
    expect(await generate(model, rows, { ...options, ...bankOf({ modules: halved, factor: 1 }) })).toEqual(
      byFactor,
    );
    expect(await generate(model, rows, { ...options, ...bankOf({ modules: rank3, factor: 1 }) })).not.toEqual(
      byFactor,
    );
  });

  test("of several replicas answer as each does alone", async () => {
    const replicas = [
      { modules: withB(1), factor: 1 },
      { modules: withB(2), factor: 1 },
      { modules: withB(1), factor: 0.25 },
    ];
    const repeated = replicas.flatMap(() => rows);
    const together = await generate(model, repeated, { ...options, ...bankOf(...replicas) });
    expect(together).toHaveLength(12);
    const answers: number[][][] = [];
    for (const [index, replica] of replicas.entries()) {
      const alone = await generate(model, rows, { ...options, ...bankOf(replica) });
      expect(together.slice(index * 4, (index + 1) * 4)).toEqual(alone);
      answers.push(alone);
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(3);
  });
});

describe("stackAdapters", () => {
  const stacked = (...replicas: LoraModule[][]) =>
    stackAdapters(
      model.config,
      replicas.map((modules) => ({ modules, factor: 1 })),
    );
  const rank1 = () => [...tinyAdapter("tiny-qwen2-untied", "rank1").modules];

  test("refuses replicas with other modules or ranks", () => {
    const expected = "adapters that run together need equal modules and ranks";
    expect(() => stacked(rank1(), [...rank3])).toThrow(expected);
    expect(() => stacked([...rank3], rank1())).toThrow(expected);
    expect(() => stacked(rank1(), [])).toThrow(expected);
  });

  test("refuses a module that the model does not have", () => {
    const moved = (modulePath: string) => rank1().map((module) => ({ ...module, modulePath }));
    expect(() => stacked(moved("model.layers.2.mlp.down_proj"))).toThrow(
      "model.layers.2.mlp.down_proj: the model has no such module",
    );
    expect(() => stacked(moved("model.layers.0.mlp.q_proj"))).toThrow("no such module");
    expect(() => stacked(moved("lm_head"))).toThrow("lm_head: the model has no such module");
    expect(() => stacked(moved("model.layers.0.mlp.up_proj"))).toThrow(
      "model.layers.0.mlp.up_proj: expected an adapter from 32 to 40 features, found 40 to 32",
    );
  });
});
