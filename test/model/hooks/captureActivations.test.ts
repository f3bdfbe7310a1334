import { beforeAll, describe, expect, test } from "vitest";
import { stackAdapters, type AdapterBank } from "../../../src/model/weights/adapterBank.js";
import {
  captureActivations,
  responseRequest,
  type CaptureRequest,
} from "../../../src/model/hooks/captureActivations.js";
import type { Model } from "../../../src/model/model.js";
import type { ResidualEdit } from "../../../src/model/hooks/residualEdits.js";
import {
  familyAdapter,
  familyGolden,
  familyModel,
  familyNames,
  goldenTensor,
  goldenTensors,
  type FamilyName,
} from "../../support/familyModels.js";
import { forwardLogits, largestDifference } from "../../support/tinyModels.js";

/** Residuals are at most about 40 in float32: a few dozen roundings of 6e-8 of that are 1e-4 at worst. */
const tolerance = 1e-4;

const bankOf = (model: Model, name: FamilyName): AdapterBank =>
  stackAdapters(model.config, [{ modules: familyAdapter(name).modules, factor: 1 }]);
const everyPosition = (ids: readonly number[]): CaptureRequest => ({ ids, positions: [...ids.keys()] });
const sines = (size: number): Float32Array =>
  Float32Array.from({ length: size }, (_, at) => Math.sin(at + 1));

describe.each(familyNames)("captureActivations: %s, against transformers", (name) => {
  const ids = familyGolden.families[name].chats[1]?.ids ?? [];

  test("the stream after layer L is hidden_states[L + 1], but for the last, which is normed there", async () => {
    const model = await familyModel(name);
    const { hiddenSize } = model.config;
    const layers = [...model.config.layerKinds.keys()];
    const { sequences, ...about } = await captureActivations(model, [everyPosition(ids)], { layers });
    expect(about).toEqual({ layers, dimension: hiddenSize, modules: [] });
    const hidden = goldenTensor(name, "hiddenStates");
    expect(hidden.shape).toEqual([layers.length + 1, ids.length, hiddenSize]);
    const entry = (at: number) =>
      hidden.data.subarray(at * ids.length * hiddenSize, (at + 1) * ids.length * hiddenSize);
    const taken = (layer: number) =>
      ids.flatMap((_, position) => {
        const start = (position * layers.length + layer) * hiddenSize;
        return [...(sequences[0]?.residuals.subarray(start, start + hiddenSize) ?? [])];
      });
    for (const layer of layers.slice(0, -1)) {
      expect(largestDifference(taken(layer), entry(layer + 1))).toBeLessThan(tolerance);
      expect(largestDifference(taken(layer), entry(layer))).toBeGreaterThan(0.1);
    }
    const last = layers.length - 1;
    expect(largestDifference(taken(last), goldenTensor(name, "lastResidual").data)).toBeLessThan(tolerance);
    expect(largestDifference(taken(last), entry(last + 1))).toBeGreaterThan(0.1);
  });

  test("the scalars of every adapter", async () => {
    const model = await familyModel(name);
    const { modules, sequences } = await captureActivations(model, [everyPosition(ids)], {
      adapters: bankOf(model, name),
    });
    const golden = goldenTensors(name, "scalars:");
    expect(modules.map(({ modulePath }) => modulePath).sort()).toEqual([...golden.keys()].sort());
    const width = modules.reduce((sum, { rank }) => sum + rank, 0);
    let column = 0;
    for (const { modulePath, rank } of modules) {
      const taken = ids.flatMap((_, position) => {
        const start = position * width + column;
        return [...(sequences[0]?.scalars.subarray(start, start + rank) ?? [])];
      });
      expect(largestDifference(taken, golden.get(modulePath) ?? []), modulePath).toBeLessThan(tolerance);
      column += rank;
    }
  });

  test("logits with a vector added after the first layer and projected out after the last", async () => {
    const model = await familyModel(name);
    const vector = sines(model.config.hiddenSize);
    const edits: ResidualEdit[] = [
      { kind: "add", layer: 0, vector, factor: 2 },
      { kind: "projectOut", layer: model.config.layers - 1, vector },
    ];
    const expected = goldenTensor(name, "editedLogits").data;
    const values = await forwardLogits(model, [ids], undefined, edits);
    expect(largestDifference(values.subarray(-expected.length), expected)).toBeLessThan(tolerance);
    const plain = goldenTensor(name, "logits").data.subarray(-expected.length);
    expect(largestDifference(plain, expected)).toBeGreaterThan(0.1);
  });
});

describe("captureActivations: capture", () => {
  let model: Model;
  let requests: CaptureRequest[];

  beforeAll(async () => {
    model = await familyModel("gemma3-text");
    requests = familyGolden.families["gemma3-text"].chats.map(({ ids }, index) => ({
      ids,
      positions: [ids.length - 1, index, 4],
    }));
  });

  test("gives each sequence its positions and layers in the order asked for", async () => {
    const options = { adapters: bankOf(model, "gemma3-text") };
    const { sequences } = await captureActivations(model, requests, { ...options, layers: [2, 0] });
    for (const [index, { ids, positions }] of requests.entries()) {
      const [whole] = (
        await captureActivations(model, [everyPosition(ids)], { ...options, layers: [0, 1, 2] })
      ).sequences;
      const row = (position: number, layer: number) => {
        const start = (position * 3 + layer) * 24;
        return [...(whole?.residuals.subarray(start, start + 24) ?? [])];
      };
      const expected = positions.flatMap((position) => [...row(position, 2), ...row(position, 0)]);
      expect(largestDifference(sequences[index]?.residuals ?? [], expected)).toBeLessThan(tolerance);
      const width = (whole?.scalars.length ?? 0) / ids.length;
      const scalars = positions.flatMap((position) => [
        ...(whole?.scalars.subarray(position * width, (position + 1) * width) ?? []),
      ]);
      expect(largestDifference(sequences[index]?.scalars ?? [], scalars)).toBeLessThan(tolerance);
    }
  });

  test("averages over the positions of each sequence", async () => {
    const chats = familyGolden.families["gemma3-text"].chats.map(responseRequest);
    const options = { layers: [0, 1, 2], adapters: bankOf(model, "gemma3-text") };
    const averages = await captureActivations(model, chats, { ...options, average: true });
    const { sequences } = await captureActivations(model, chats, options);
    const meanOf = (values: Float32Array, count: number): number[] =>
      Array.from({ length: values.length / count }, (_, at) =>
        Array.from(
          { length: count },
          (__, token) => values[(token * values.length) / count + at] ?? NaN,
        ).reduce((sum, value) => sum + value / count, 0),
      );
    for (const [index, { residuals, scalars }] of sequences.entries()) {
      const count = chats[index]?.positions.length ?? 0;
      const average = averages.sequences[index];
      expect(count).toBeGreaterThan(1);
      expect(largestDifference(average?.residuals ?? [], meanOf(residuals, count))).toBeLessThan(tolerance);
      expect(largestDifference(average?.scalars ?? [], meanOf(scalars, count))).toBeLessThan(tolerance);
    }
  });

  test("gives the activation at the last position behind the average", async () => {
    const [first = { ids: [], positions: [] }, ...others] = requests;
    const silent = { ids: [1, 2], positions: [] };
    const pooled = { layers: [0, 2], average: true } as const;
    const both = await captureActivations(model, [first, silent, ...others], { ...pooled, withLast: true });
    const averages = await captureActivations(model, [first, silent, ...others], pooled);
    const all = await captureActivations(model, [first, silent, ...others], { layers: [0, 2] });
    for (const [index, { residuals }] of both.sequences.entries()) {
      const width = residuals.length / 2;
      const average = averages.sequences[index]?.residuals ?? [];
      if (index === 1) {
        expect(residuals.every(Number.isNaN)).toBe(true);
        continue;
      }
      expect(largestDifference(residuals.subarray(0, width), average)).toBeLessThan(tolerance);
      const last = all.sequences[index]?.residuals.slice(-width) ?? [];
      expect(largestDifference(residuals.subarray(width), last)).toBeLessThan(tolerance);
    }
  });

  test("an average over no position is undefined, and only that", async () => {
    const silent = { ids: [1, 2], positions: [] };
    const chat = requests[0] ?? silent;
    const { sequences } = await captureActivations(model, [silent, chat], { layers: [1], average: true });
    expect(sequences[0]?.residuals).toHaveLength(24);
    expect(sequences[0]?.residuals.every(Number.isNaN)).toBe(true);
    expect(sequences[1]?.residuals.every(Number.isFinite)).toBe(true);
  });

  test("of many sequences does not depend on which run together", async () => {
    const many = Array.from({ length: 40 }, (_, index) => requests[index % 3] ?? { ids: [], positions: [] });
    for (const average of [false, true]) {
      const { sequences } = await captureActivations(model, many, { layers: [1], average });
      const alone = await captureActivations(model, requests.slice(0, 1), { layers: [1], average });
      expect(sequences).toHaveLength(40);
      for (const index of [0, 3, 33, 39]) {
        expect(
          largestDifference(sequences[index]?.residuals ?? [], alone.sequences[0]?.residuals ?? []),
        ).toBeLessThan(tolerance);
      }
    }
  });

  test("of nothing is nothing", async () => {
    expect((await captureActivations(model, [], { layers: [0] })).sequences).toEqual([]);
    const [none] = (await captureActivations(model, [{ ids: [1, 2], positions: [] }], { layers: [0] }))
      .sequences;
    expect([none?.residuals.length, none?.scalars.length]).toEqual([0, 0]);
  });

  test("names what does not exist", async () => {
    const capture = (request: CaptureRequest, layers: number[]) =>
      captureActivations(model, [request], { layers });
    await expect(capture({ ids: [1], positions: [0] }, [3])).rejects.toThrow(
      "activation capture: layer: expected 0 to 2, found 3",
    );
    await expect(capture({ ids: [1], positions: [1] }, [0])).rejects.toThrow(
      "activation capture: sequence 1: position: expected 0 to 0, found 1",
    );
    await expect(capture({ ids: [1], positions: [0] }, [])).rejects.toThrow("found neither");
  });
});
