import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Model } from "../../src/model/model.js";
import type { TokenizedChat } from "../../src/model/tokenizer/chatTokenizer.js";
import { responseBatch } from "../../src/train/batches/batches.js";
import { ExampleGradients, type ExampleGradient } from "../../src/train/exampleGradients.js";
import { Stepper } from "../../src/train/stepper.js";
import { largestDifference, tinyAdapter, tinyModel } from "../support/tinyModels.js";
import { trainingOf } from "../support/training/tinyTraining.js";

const found = z.array(z.object({ loss: z.number(), gradients: z.record(z.string(), z.array(z.number())) }));
const golden = z
  .object({
    chats: z.array(z.object({ ids: z.array(z.number()), isResponse: z.array(z.boolean()) })),
    rank1: found,
    rank3: found,
  })
  .parse(JSON.parse(readFileSync(new URL("../golden/train/exampleGradients.json", import.meta.url), "utf8")));

type Found = Omit<ExampleGradient, "example">;

/** Gradients of all golden conversations by their places, and where each parameter lies in them. */
async function gradientsOf(
  model: Model,
  adapter: "rank1" | "rank3",
  chats: readonly TokenizedChat[] = golden.chats,
  signal?: AbortSignal,
): Promise<{ readonly found: Map<number, Found>; readonly placeOf: (name: string) => number }> {
  const { definition, initial } = trainingOf(model, tinyAdapter("tiny-qwen2", adapter).modules);
  const { trainable: parameters, adapters, frozen } = definition;
  const gradients = new ExampleGradients({ model, trainable: { parameters, adapters, frozen }, chats });
  const all = new Map<number, Found>();
  await gradients.of(
    initial,
    [...chats.keys()],
    ({ example, loss, gradient }) => all.set(example, { loss, gradient: gradient.slice() }),
    signal,
  );
  const names = parameters.map(({ name }) => name);
  const placeOf = (name: string): number =>
    names.slice(0, names.indexOf(name)).reduce((total, each) => total + (initial[each]?.length ?? NaN), 0);
  await gradients.dispose();
  return { found: all, placeOf };
}

describe.each(["rank1", "rank3"] as const)("gradients of single examples, adapter %s", (adapter) => {
  test("are PyTorch's, one conversation at a time", async () => {
    const { found: own, placeOf } = await gradientsOf(await tinyModel("tiny-qwen2"), adapter);
    expect(own.size).toBe(golden.chats.length);
    for (const [example, expected] of golden[adapter].entries()) {
      const { loss = NaN, gradient = new Float32Array() } = own.get(example) ?? {};
      // As accurate as the gradients of a batch, of which test/train/gradients.test.ts argues.
      expect(Math.abs(loss - expected.loss)).toBeLessThan(1e-4);
      for (const [name, values] of Object.entries(expected.gradients)) {
        const start = placeOf(name);
        const largest = Math.max(...values.map(Math.abs));
        expect(largest, name).toBeGreaterThan(0);
        const error = largestDifference(gradient.slice(start, start + values.length), values) / largest;
        expect(error, `${example} ${name}`).toBeLessThan(1e-3);
      }
    }
  });
});

test("weighed by their response tokens they add up to the gradient of a training step", async () => {
  const model = await tinyModel("tiny-qwen2");
  const { found: own, placeOf } = await gradientsOf(model, "rank3");
  const { definition, initial } = trainingOf(model, tinyAdapter("tiny-qwen2", "rank3").modules);
  const stepper = new Stepper(model.engine, definition, initial);
  await stepper.advance(responseBatch(golden.chats, model.tokenizer.paddingId), 1);
  const tokens = golden.chats.map(({ isResponse }) => isResponse.slice(1).filter(Boolean).length);
  const total = tokens.reduce((sum, count) => sum + count, 0);
  for (const { name } of definition.trainable) {
    const before = initial[name] ?? new Float32Array();
    const step = before.map((value, index) => value - (stepper.values[name]?.[index] ?? NaN));
    const sum = new Float32Array(before.length);
    for (const [example, { gradient }] of own) {
      for (let index = 0; index < sum.length; index++)
        sum[index] =
          (sum[index] ?? NaN) + ((tokens[example] ?? NaN) / total) * (gradient[placeOf(name) + index] ?? NaN);
    }
    const largest = Math.max(...step.map(Math.abs));
    expect(largestDifference(sum, step) / largest, name).toBeLessThan(1e-3);
  }
  await stepper.dispose();
});

test("do not depend on what else runs beside them", async () => {
  const model = await tinyModel("tiny-qwen2");
  const { found: together } = await gradientsOf(model, "rank1");
  const [, second] = golden.chats;
  const { found: alone } = await gradientsOf(model, "rank1", second === undefined ? [] : [second]);
  const [one = new Float32Array(), two = new Float32Array()] = [
    together.get(1)?.gradient,
    alone.get(0)?.gradient,
  ];
  expect(one.length).toBeGreaterThan(0);
  expect(largestDifference(one, two)).toBeLessThan(1e-5 * Math.max(...one.map(Math.abs)));
});

test("an interrupted call visits only what it ran", async () => {
  const model = await tinyModel("tiny-qwen2");
  const { found: own } = await gradientsOf(model, "rank1", golden.chats, AbortSignal.abort());
  expect(own.size).toBe(0);
});
