import { beforeAll, describe, expect, test } from "vitest";
import { captureActivations } from "../../../src/model/hooks/captureActivations.js";
import { generate } from "../../../src/model/generation/generate.js";
import type { Model } from "../../../src/model/model.js";
import { arrangeEdits, type ResidualEdit } from "../../../src/model/hooks/residualEdits.js";
import { familyGolden, familyModel } from "../../support/familyModels.js";
import { forwardLogits, largestDifference } from "../../support/tinyModels.js";

const sines = (size: number): Float32Array =>
  Float32Array.from({ length: size }, (_, at) => Math.sin(at + 1));

describe("residualEdits: edits", () => {
  let model: Model;
  let ids: readonly number[];

  beforeAll(async () => {
    model = await familyModel("qwen3");
    ids = familyGolden.families.qwen3.chats[0]?.ids ?? [];
  });

  const vector = sines(24);
  const length = Math.hypot(...vector);
  const streams = async (edits: readonly ResidualEdit[]) =>
    (await captureActivations(model, [{ ids, positions: [...ids.keys()] }], { layers: [0, 1], edits }))
      .sequences[0]?.residuals ?? new Float32Array();
  /** v̂ᵀx at every position after a layer. */
  const alongVector = (residuals: Float32Array, layer: number) =>
    ids.map((_, position) => {
      const start = (position * 2 + layer) * 24;
      return vector.reduce((sum, value, at) => sum + (value / length) * (residuals[start + at] ?? NaN), 0);
    });

  test("projecting a vector out leaves nothing along it, whatever its length and however often", async () => {
    const once = await streams([{ kind: "projectOut", layer: 0, vector }]);
    const plain = await streams([]);
    expect(Math.max(...alongVector(plain, 0).map(Math.abs))).toBeGreaterThan(0.1);
    // Float32 sums over 24 products of values up to about 10.
    expect(Math.max(...alongVector(once, 0).map(Math.abs))).toBeLessThan(1e-5);
    expect(Math.max(...alongVector(once, 1).map(Math.abs))).toBeGreaterThan(0.1);
    const longer = vector.map((value) => -1000 * value);
    const twice = await streams([
      { kind: "projectOut", layer: 0, vector },
      { kind: "projectOut", layer: 0, vector: longer },
    ]);
    expect(largestDifference(twice, once)).toBeLessThan(1e-4);
  });

  test("adding a vector moves the stream by it there, and nothing below", async () => {
    const plain = await streams([]);
    const moved = await streams([{ kind: "add", layer: 1, vector, factor: -3 }]);
    for (const [position] of ids.entries()) {
      for (let at = 0; at < 24; at++) {
        const below = position * 48 + at;
        expect(moved[below]).toBeCloseTo(plain[below] ?? NaN, 5);
        expect(moved[below + 24]).toBeCloseTo((plain[below + 24] ?? NaN) - 3 * (vector[at] ?? NaN), 4);
      }
    }
    expect(await streams([{ kind: "add", layer: 0, vector, factor: 0 }])).toEqual(plain);
  });

  test("take effect in their order", async () => {
    const add: ResidualEdit = { kind: "add", layer: 0, vector, factor: 1 };
    const project: ResidualEdit = { kind: "projectOut", layer: 0, vector };
    const after = alongVector(await streams([project, add]), 0);
    for (const value of after) expect(value).toBeCloseTo(length, 4);
    const before = alongVector(await streams([add, project]), 0);
    for (const value of before) expect(value).toBeCloseTo(0, 4);
  });

  test("change cached generation as they change the whole pass", async () => {
    const edits: ResidualEdit[] = [
      { kind: "add", layer: 0, vector, factor: 1.5 },
      { kind: "projectOut", layer: 1, vector },
    ];
    const prompts = familyGolden.families.qwen3.prompts.slice(0, 2);
    const rows = prompts.map((promptIds, row) => ({ promptIds, randomName: `row ${row}` }));
    const options = { maxNewTokens: 8, temperature: 0, seed: 0 };
    const answers = await generate(model, rows, { ...options, edits });
    expect(answers).not.toEqual(await generate(model, rows, options));
    for (const [row, prompt] of prompts.entries()) {
      const sequence = [...prompt];
      for (const token of answers[row] ?? []) {
        const logits = (await forwardLogits(model, [sequence], undefined, edits)).subarray(
          -model.config.vocabularySize,
        );
        expect(logits.indexOf(Math.max(...logits))).toBe(token);
        sequence.push(token);
      }
      expect(sequence.length).toBeGreaterThan(prompt.length);
    }
  });

  test("of one row leave the others as they are, and each row answers as it does alone", async () => {
    const prompts = familyGolden.families.qwen3.prompts;
    const rows = prompts.map((promptIds, row) => ({ promptIds, randomName: `row ${row}` }));
    const options = { maxNewTokens: 12, temperature: 1, seed: 3 };
    const other = sines(24).reverse();
    // One row without edits, one with an ablation, two that are steered, of which one twice; and one for all.
    const own: ResidualEdit[][] = [
      [],
      [{ kind: "projectOut", layer: 0, vector }],
      [{ kind: "add", layer: 0, vector: other, factor: -2 }],
      [
        { kind: "add", layer: 0, vector, factor: 1.5 },
        { kind: "projectOut", layer: 0, vector: other },
        { kind: "add", layer: 1, vector: other, factor: 1 },
      ],
    ];
    const shared: ResidualEdit = { kind: "add", layer: 0, vector: other, factor: 0.5 };
    const edits = [...own.flatMap((list, replica) => list.map((edit) => ({ ...edit, replica }))), shared];
    const together = await generate(model, rows, { ...options, replicas: rows.length, edits });
    const plain = await generate(model, rows, options);
    for (const [row, each] of rows.entries()) {
      const alone = await generate(model, [each], { ...options, edits: [...(own[row] ?? []), shared] });
      expect(together[row]).toEqual(alone[0]);
      expect(together[row]).not.toEqual(plain[row]);
    }
    const [first] = await generate(model, rows, {
      ...options,
      replicas: rows.length,
      edits: edits.filter(({ replica }) => replica !== undefined),
    });
    expect(first).toEqual(plain[0]);
  });

  test("of several replicas are put side by side, in the order of each", () => {
    const edit = (kind: "add" | "projectOut", replica?: number, layer = 0): ResidualEdit => ({
      ...(kind === "add" ? { kind, factor: 2 } : { kind }),
      layer,
      vector,
      ...(replica === undefined ? {} : { replica }),
    });
    const shapes = (edits: readonly ResidualEdit[], replicas: number) =>
      arrangeEdits(model.config, edits, replicas).map(
        ({ kind, layer, vectors }) =>
          `${kind}@${layer} ${vectors.map((each) => Number(each.some((value) => value !== 0))).join("")}`,
      );
    expect(shapes([edit("add", 0), edit("add", 2), edit("projectOut", 0)], 3)).toEqual([
      "add@0 101",
      "projectOut@0 100",
    ]);
    // Replica 1 is steered after it was projected: its addition cannot join that of replica 0, which comes first.
    expect(shapes([edit("add", 0), edit("projectOut", 1), edit("add", 1)], 2)).toEqual([
      "add@0 10",
      "projectOut@0 01",
      "add@0 01",
    ]);
    expect(shapes([edit("add", 0), edit("add"), edit("add", 1), edit("add", 1, 1)], 2)).toEqual([
      "add@0 10",
      "add@0 1",
      "add@0 01",
      "add@1 01",
    ]);
    expect(shapes([edit("add", 0), edit("add", 0)], 1)).toEqual(["add@0 1", "add@0 1"]);
  });

  test("want rows that fall into equal shares", async () => {
    const rows = familyGolden.families.qwen3.prompts.map((promptIds) => ({ promptIds, randomName: "" }));
    const options = { maxNewTokens: 1, seed: 0 };
    await expect(generate(model, rows, { ...options, replicas: 3 })).rejects.toThrow(RangeError);
    const edits: ResidualEdit[] = [{ kind: "add", layer: 0, vector, factor: 1, replica: 2 }];
    await expect(generate(model, rows, { ...options, replicas: 2, edits })).rejects.toThrow(
      "residual edit after layer 0: replica: expected 0 to 1, found 2",
    );
  });

  test("that do not fit are named", async () => {
    await expect(streams([{ kind: "projectOut", layer: 2, vector }])).rejects.toThrow(
      "residual edit: layer: expected 0 to 1, found 2",
    );
    await expect(streams([{ kind: "add", layer: 1, vector: sines(3), factor: 1 }])).rejects.toThrow(
      "residual edit after layer 1: expected a vector of 24 numbers, found 3",
    );
    await expect(streams([{ kind: "projectOut", layer: 0, vector: new Float32Array(24) }])).rejects.toThrow(
      "residual edit after layer 0: expected a vector with a direction, found one of length 0",
    );
  });
});
