import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { generate } from "../../../src/model/generation/generate.js";
import type { ResidualEdit } from "../../../src/model/hooks/residualEdits.js";
import { recordScalars, recordScalarsOf } from "../../../src/model/hooks/scalarPatches.js";
import { tokenLogits } from "../../../src/model/hooks/tokenLogits.js";
import type { Model } from "../../../src/model/model.js";
import { forwardLogits, largestDifference, tinyBank, tinyModel } from "../../support/tinyModels.js";

const names = ["add", "projectOut", "both"] as const;
const matrix = z.array(z.array(z.number()));
const perName = z.object({ add: matrix, projectOut: matrix, both: matrix });

/** Values that PyTorch's forward hooks give; made by test/golden/model/hooks/residualHooks.py. */
const golden = z
  .object({
    sequences: matrix,
    prompts: matrix,
    edited: perName,
    answers: perName,
    patched: z.object({ rank1: z.array(z.number()), rank3: z.array(z.number()) }),
    donors: matrix,
    patchedAnswers: z.object({ rank1: matrix, rank3: matrix }),
  })
  .parse(
    JSON.parse(readFileSync(new URL("../../golden/model/hooks/residualHooks.json", import.meta.url), "utf8")),
  );

const sines = (start: number): Float32Array =>
  Float32Array.from({ length: 32 }, (_, at) => Math.sin(at + start));
const [first, second] = [sines(1), sines(50)];
const edits: Readonly<Record<(typeof names)[number], readonly ResidualEdit[]>> = {
  add: [{ kind: "add", layer: 0, vector: first, factor: 1.5 }],
  projectOut: [
    { kind: "projectOut", layer: 0, vector: first },
    { kind: "projectOut", layer: 1, vector: second },
  ],
  both: [
    { kind: "add", layer: 0, vector: second, factor: -0.7 },
    { kind: "projectOut", layer: 0, vector: first },
    { kind: "add", layer: 1, vector: first, factor: 0.3 },
  ],
};
const [asked = [], other = []] = golden.sequences;

let model: Model;

beforeAll(async () => {
  model = await tinyModel("tiny-qwen2");
});

/** The largest difference, as a share of the largest value expected. */
function relativeDifference(values: Float32Array, expected: readonly number[]): number {
  return largestDifference(values, expected) / Math.max(...expected.map(Math.abs));
}

/** Sums of float32 in another order differ by a few 1e-6 of the largest logit. */
const tolerance = 1e-5;

describe("as PyTorch's forward hooks do it", () => {
  test.each(names)("%s changes the residual stream", async (name) => {
    const logits = await forwardLogits(model, golden.sequences, undefined, edits[name]);
    expect(relativeDifference(logits, golden.edited[name].flat())).toBeLessThan(tolerance);
    const plain = await forwardLogits(model, golden.sequences);
    expect(largestDifference(logits, plain)).toBeGreaterThan(0.5);
  });

  test.each(names)("%s of the answer's tokens alone leaves the prompt as it was read", async (name) => {
    const rows = golden.prompts.map((promptIds, row) => ({ promptIds, randomName: `row ${row}` }));
    const options = { maxNewTokens: 12, temperature: 0, seed: 0, edits: edits[name] };
    const answers = await generate(model, rows, { ...options, editedTokens: "answer" });
    expect(answers).toEqual(golden.answers[name]);
    // With the prompt edited too, and with nothing edited, the answers are others.
    expect(await generate(model, rows, options)).not.toEqual(answers);
    expect(await generate(model, rows, { ...options, edits: [] })).not.toEqual(answers);
  });

  test.each(["rank1", "rank3"] as const)("scalars of %s adapters are replayed", async (name) => {
    const adapters = tinyBank(model, "tiny-qwen2", name);
    if (adapters === undefined) throw new Error("no adapters");
    const patches = await recordScalars(model, other, adapters);
    const logits = await tokenLogits(model, asked, { adapters, patches });
    expect(relativeDifference(logits, golden.patched[name])).toBeLessThan(tolerance);
    const plain = await tokenLogits(model, asked, { adapters });
    expect(largestDifference(logits, plain)).toBeGreaterThan(0.1);
    // What a sequence reads itself changes nothing.
    const own = await recordScalars(model, asked, adapters);
    expect(
      largestDifference(await tokenLogits(model, asked, { adapters, patches: own }), plain),
    ).toBeLessThan(tolerance);
  });

  test.each(["rank1", "rank3"] as const)("scalars of %s adapters are replayed in answers", async (name) => {
    const adapters = tinyBank(model, "tiny-qwen2", name);
    if (adapters === undefined) throw new Error("no adapters");
    const options = { maxNewTokens: 12, temperature: 0, seed: 0, adapters };
    const recorded = await recordScalarsOf(model, golden.donors, adapters);
    const rows = golden.prompts.map((promptIds, row) => ({ promptIds, randomName: `row ${row}` }));
    const patched = rows.map((row, place) => ({ ...row, patches: recorded[place] ?? [] }));
    const answers = await generate(model, patched, options);
    expect(answers).toEqual(golden.patchedAnswers[name]);
    // One token after each that has scalars, and no more.
    expect(answers.map(({ length }) => length)).toEqual([6, 12, 3]);
    expect(await generate(model, rows, options)).not.toEqual(answers);
    // Of several replicas and of one prompt each row has its own scalars.
    const [first = { promptIds: [], randomName: "" }] = patched;
    const twice = [first, { ...first, patches: recorded[1] ?? [] }];
    const both = await generate(model, [...twice, ...twice.toReversed()], { ...options, replicas: 2 });
    expect(both).toEqual([both[0], both[1], both[1], both[0]]);
    expect(both[0]).toEqual(answers[0]);
    expect(both[1]?.slice(0, 6)).not.toEqual(answers[0]);
  });

  test("a run's own scalars give the same tokens again", async () => {
    const adapters = tinyBank(model, "tiny-qwen2", "rank1");
    if (adapters === undefined) throw new Error("no adapters");
    const options = { maxNewTokens: 12, temperature: 1, seed: 3, adapters };
    const rows = golden.prompts.map((promptIds, row) => ({ promptIds, randomName: `row ${row}` }));
    const answers = await generate(model, rows, options);
    const sequences = rows.map(({ promptIds }, row) => [...promptIds, ...(answers[row] ?? [])]);
    const recorded = await recordScalarsOf(model, sequences, adapters);
    const patched = rows.map((row, place) => ({ ...row, patches: recorded[place] ?? [] }));
    expect(await generate(model, patched, options)).toEqual(answers);
  });

  test("scalars that do not fit an answer are refused", async () => {
    const adapters = tinyBank(model, "tiny-qwen2", "rank1");
    if (adapters === undefined) throw new Error("no adapters");
    const options = { maxNewTokens: 2, temperature: 0, seed: 0 };
    const [row] = golden.prompts.map((promptIds) => ({ promptIds, randomName: "row" }));
    if (row === undefined) throw new Error("no prompt");
    const short = await recordScalars(model, row.promptIds.slice(1), adapters);
    await expect(generate(model, [{ ...row, patches: short }], { ...options, adapters })).rejects.toThrow(
      "scalar patch: expected scalars of at least 4 tokens, as many as the prompt has, found 3",
    );
    const own = await recordScalars(model, row.promptIds, adapters);
    await expect(generate(model, [{ ...row, patches: own }], options)).rejects.toThrow(
      "expected an adapter of rank 1 there, found none",
    );
  });

  test("scalars of a sequence of another length are refused", async () => {
    const adapters = tinyBank(model, "tiny-qwen2", "rank1");
    if (adapters === undefined) throw new Error("no adapters");
    const patches = await recordScalars(model, other, adapters);
    await expect(tokenLogits(model, asked.slice(1), { adapters, patches })).rejects.toThrow(
      "scalar patch of model.layers.1.mlp.down_proj: expected 6 tokens, found 7",
    );
  });
});
