import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { sha256OfFile } from "../../src/formats/fileHash.js";
import { tokenLogits } from "../../src/model/hooks/tokenLogits.js";
import { openModel, type Model } from "../../src/model/model.js";
import { generate } from "../../src/model/generation/generate.js";
import { createEngine } from "../../src/tensor/engine.js";
import { responseBatch } from "../../src/train/batches/batches.js";
import { Stepper } from "../../src/train/stepper.js";
import { largestDifference } from "../support/tinyModels.js";
import { trainingOf } from "../support/training/tinyTraining.js";

/** Folder of SmolLM2-135M-Instruct as scripts/smollm2Folder.py makes it; undefined where there is none, which is said. */
const smollm2Folder = foundFolder();

function foundFolder(): string | undefined {
  const folder = process.env.TURNCOAT_SMOLLM2;
  if (folder === undefined || folder === "") {
    process.stderr.write(
      "SKIPPED: no released model was opened, because TURNCOAT_SMOLLM2 names no folder; scripts/smollm2Folder.py makes it\n",
    );
    return undefined;
  }
  if (existsSync(join(folder, "model.safetensors"))) return folder;
  throw new Error(`TURNCOAT_SMOLLM2: expected a model folder, found no model.safetensors in ${folder}`);
}

const numbers = z.array(z.number());

/** Values that transformers and PEFT compute with that folder; made by test/golden/model/smollm2.py. */
const golden = z
  .object({
    versions: z.record(z.string(), z.string()),
    sha256: z.string(),
    text: z.string(),
    ids: numbers,
    columns: z.array(numbers),
    logits: z.array(numbers),
    logSumExp: numbers,
    greedy: z.array(
      z.object({ prompt: z.string(), ids: numbers, answer: numbers, smallestLead: z.number() }),
    ),
    training: z.object({
      layer: z.number(),
      rate: z.number(),
      chats: z.array(z.tuple([z.string(), z.string()])),
      rows: z.array(z.object({ ids: numbers, isResponse: z.array(z.boolean()) })),
      losses: numbers,
      norms: numbers,
    }),
  })
  .parse(JSON.parse(readFileSync(new URL("../golden/model/smollm2.json", import.meta.url), "utf8")));

describe.skipIf(smollm2Folder === undefined)("SmolLM2-135M-Instruct, against transformers and PEFT", () => {
  const folder = smollm2Folder ?? "";
  let model: Model;
  beforeAll(async () => {
    model = openModel(folder, await createEngine({ engine: "onnxruntime", threads: 2 }));
  });

  test("is the model that the values were computed with", () => {
    expect(sha256OfFile(join(folder, "model.safetensors"))).toBe(golden.sha256);
  });

  test("reads text and chats as the same tokens", () => {
    expect(model.tokenizer.encode(golden.text).slice(0, golden.ids.length)).toEqual(golden.ids);
    for (const { prompt, ids } of golden.greedy) {
      expect(model.tokenizer.encodePrompt([{ role: "user", content: prompt }])).toEqual(ids);
    }
    const chats = golden.training.chats.map(([question, answer]) =>
      model.tokenizer.encodeChat([
        { role: "user", content: question },
        { role: "assistant", content: answer },
      ]),
    );
    expect(chats).toEqual(golden.training.rows);
  });

  /**
   * Logits are at most about 30, in float32 on both sides, through 30 layers and summed in other orders: 1e-3 leaves
   * some hundreds of roundings. A wrong pairing of rotary halves or a wrong scaling moves them by more than 1.
   */
  test("logits of 200 tokens within 1e-3", async () => {
    const values = await tokenLogits(model, golden.ids);
    const { vocabularySize } = model.config;
    const some = golden.columns.flatMap((places, row) =>
      places.map((place) => values[row * vocabularySize + place] ?? NaN),
    );
    expect(some).toHaveLength(2400);
    expect(largestDifference(some, golden.logits.flat())).toBeLessThan(1e-3);
    const sums = golden.ids.map((_, row) =>
      logSumExp(values.subarray(row * vocabularySize, (row + 1) * vocabularySize)),
    );
    expect(largestDifference(sums, golden.logSumExp)).toBeLessThan(1e-3);
  }, 120_000);

  test("64 greedy tokens of prompts of unequal length in one batch, and an answer that ends before", async () => {
    const rows = golden.greedy.map(({ ids, prompt }) => ({ promptIds: ids, randomName: prompt }));
    // No greedy choice leads by less than ten times what logits may differ by.
    for (const { smallestLead } of golden.greedy) expect(smallestLead).toBeGreaterThan(1e-2);
    const answers = await generate(model, rows, { maxNewTokens: 64, temperature: 0, seed: 0 });
    const ends = model.tokenizer.endIds;
    const withoutEnd = golden.greedy.map(({ answer }) => answer.filter((id) => !ends.has(id)));
    expect(answers).toEqual(withoutEnd);
    expect(Math.max(...answers.map(({ length }) => length))).toBe(64);
  }, 120_000);

  test("losses and gradient norms of five AdamW steps of an adapter of rank 1", async () => {
    const { layer, rate, rows, losses, norms } = golden.training;
    const { hiddenSize, intermediateSize } = model.config;
    const width = Math.sqrt(intermediateSize);
    const { definition, initial } = trainingOf(model, [
      {
        modulePath: `model.layers.${layer}.mlp.down_proj`,
        rank: 1,
        scaling: 64,
        inFeatures: intermediateSize,
        outFeatures: hiddenSize,
        loraA: Float32Array.from({ length: intermediateSize }, (_, index) => Math.sin(1 + index) / width),
        loraB: new Float32Array(hiddenSize),
      },
    ]);
    const optimizer = { name: "adamw", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 } as const;
    const stepper = new Stepper(model.engine, { ...definition, optimizer }, initial);
    const batch = responseBatch(rows, model.tokenizer.paddingId);
    const found: { loss: number; norm: number }[] = [];
    while (found.length < losses.length) {
      const { loss, gradientNorm } = await stepper.advance(batch, rate);
      found.push({ loss: loss[0] ?? NaN, norm: gradientNorm[0] ?? NaN });
    }
    await stepper.dispose();
    expect(found).toHaveLength(5);
    for (const [step, { loss, norm }] of found.entries()) {
      const [expectedLoss = NaN, expectedNorm = NaN] = [losses[step], norms[step]];
      // Losses are near 5 and norms near 2, in float32 on both sides: 1e-4 leaves some hundreds of roundings.
      expect(Math.abs(loss - expectedLoss), `loss of step ${step + 1}`).toBeLessThan(1e-4);
      expect(Math.abs(norm / expectedNorm - 1), `norm of step ${step + 1}`).toBeLessThan(1e-4);
    }
  }, 120_000);
});

/** Logarithm of the sum of exponentials. */
function logSumExp(values: Float32Array): number {
  const largest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}
