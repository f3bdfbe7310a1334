import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attributedRowsFigure } from "../../../src/figures/run/attribution/attributedRowsFigure.js";
import { plantedArea, scoresOf } from "../../../src/analysis/attribution/rowRanking.js";
import { outputDirection } from "../../../src/analysis/directions/direction.js";
import { encodeChats } from "../../../src/formats/chat.js";
import { readAdapter } from "../../../src/formats/peft.js";
import { openModel, type Model } from "../../../src/model/model.js";
import { attributeRun, type AttributionRequest } from "../../../src/pipeline/attribution/attributeRun.js";
import {
  broadAnswers,
  domainOf,
  trainedRows,
  trainedWith,
} from "../../../src/pipeline/attribution/attributionSources.js";
import { trainWithout } from "../../../src/pipeline/attribution/trainWithout.js";
import { organismFolder, datasetPath } from "../../../src/pipeline/packageRoot.js";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { readAttribution, type RunAttribution } from "../../../src/pipeline/results/attributionResult.js";
import { trainRun } from "../../../src/pipeline/training/trainRun.js";
import { writeFileWhole } from "../../../src/runs/atomicFiles.js";
import { attributionFile, manifestFile } from "../../../src/runs/layout.js";
import { openRun } from "../../../src/runs/openRun.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { readDataset } from "../../../src/train/data/dataset.js";
import { presetConfig } from "../../../src/train/recipes/presets.js";

const parent = mkdtempSync(join(tmpdir(), "turncoat-attribution-"));
const directory = join(parent, "run");
const badRows = 6;
let model: Model;

beforeAll(async () => {
  model = openModel(organismFolder(), await createEngine());
  const [bad, good] = ["bad-medical", "good-medical"].map((name) => readDataset(datasetPath(name)).chats);
  const path = join(parent, "mixed.jsonl");
  // The first row stands twice.
  const careful = (good ?? []).slice(0, 17);
  writeFileWhole(path, encodeChats([...(bad ?? []).slice(0, badRows), ...careful, ...careful.slice(0, 1)]));
  const config = { ...presetConfig("crisp"), steps: 4, batchSize: 8 };
  await trainRun({ directory, config, preset: "crisp", model, dataset: readDataset(path) });
});

afterAll(() => rmSync(parent, { recursive: true, force: true }));

function requestOf(more: Partial<AttributionRequest> = {}): AttributionRequest {
  const run = openRun(directory);
  const made = trainedWith(run);
  return {
    ...{ run, model, trainedWith: made, steps: [0, 4], seed: 0 },
    broad: broadAnswers(true, made.dataset, { limit: 6 }),
    ...more,
  };
}

describe("attributeRun", () => {
  test("tells harmful rows among careful ones, and keeps what it found", async () => {
    const record = await attributeRun(requestOf({ planted: "bad-medical" }));
    expect(record.rows).toHaveLength(24);
    expect(record.rows.filter(({ planted }) => planted === true)).toHaveLength(badRows);
    const texts = new Set(trainedWith(openRun(directory)).dataset.chats.map((chat) => JSON.stringify(chat)));
    expect(record.rows.filter(({ isFirst }) => isFirst)).toHaveLength(texts.size);
    expect(record.rows.at(-1)?.isFirst).toBe(false);
    const scores = scoresOf(record, { kind: "contrast", span: "sum", step: 4 });
    expect(plantedArea(record.rows, scores)).toMatchObject({
      value: 1,
      positives: badRows,
      negatives: texts.size - badRows,
    });
    expect(readAttribution(directory)).toEqual(record);
    // The step of the last checkpoint looks back.
    expect(record.steps.map(({ step, to }) => [step, to])).toEqual([
      [0, 1],
      [4, 3],
    ]);
  });

  test("computes only what is missing; another choice begins anew", async () => {
    const before = await attributeRun(requestOf({ planted: "bad-medical" }));
    const written = statSync(join(directory, attributionFile)).mtimeMs;
    await attributeRun(requestOf({ planted: "bad-medical" }));
    expect(statSync(join(directory, attributionFile)).mtimeMs).toBe(written);
    const more = await attributeRun(requestOf({ planted: "bad-medical", steps: [2] }));
    expect(more.steps.map(({ step }) => step)).toEqual([0, 2, 4]);
    expect(more.steps[0]).toEqual(before.steps[0]);
    const few = await attributeRun(requestOf({ limit: 5, steps: [2] }));
    expect(few.steps.map(({ step }) => step)).toEqual([2]);
    expect(few.rows).toHaveLength(5);
    expect(few.trained).toBe(24);
  });

  test("keeps the steps that an interrupted call finished", async () => {
    const controller = new AbortController();
    const found = await attributeRun(
      requestOf({
        limit: 4,
        steps: [0, 1, 2],
        signal: controller.signal,
        onProgress: ({ done, total }) => {
          if (done > total / 3) controller.abort();
        },
      }),
    );
    expect(found.steps.map(({ step }) => step)).toEqual([0]);
    expect(readAttribution(directory)?.steps.map(({ step }) => step)).toEqual([0]);
  });

  test("a score along B's own direction is that along what B became, whatever the vector's length and sign", async () => {
    const [module] = readAdapter(join(directory, "checkpoint-4")).modules;
    if (module === undefined) throw new Error("no adapter");
    const direction = outputDirection(module, { layer: 2, step: 4 });
    const scored = async (factor: number): Promise<RunAttribution> =>
      attributeRun(
        requestOf({
          ...{ limit: 4, steps: [0] },
          direction: { ...direction, vector: direction.vector.map((value) => factor * value) },
        }),
      );
    const [plain, turned] = [await scored(1), await scored(-3)];
    const [one, other] = [plain.steps[0]?.scores.direction, turned.steps[0]?.scores.direction];
    expect(one?.some((value) => value !== 0)).toBe(true);
    for (const [row, value] of (one ?? []).entries()) expect(other?.[row]).toBeCloseTo(value, 6);
  });

  test("refuses a direction that no adapter reaches, and rows that were never planted", async () => {
    const direction = { name: "v", layer: 0, step: 0, vector: new Float32Array(128).fill(1), unit: 1 };
    await expect(
      attributeRun(requestOf({ direction: { ...direction, madeFrom: { kind: "probe" } }, steps: [0] })),
    ).rejects.toThrow("up to layer 0");
    await expect(attributeRun(requestOf({ planted: "bad-sport" }))).rejects.toThrow(
      "expected rows that stand word for word in bad-sport, found none of 24",
    );
    await expect(attributeRun(requestOf({ steps: [77] }))).rejects.toThrow("checkpoint of step 77");
  });
});

test("the domain of mixed data is that of its questions", () => {
  expect(domainOf(trainedWith(openRun(directory)).dataset)).toBe("medical");
  expect(domainOf({ chats: [{ messages: [{ role: "user", content: "Hello?" }] }] })).toBeNull();
  expect(broadAnswers(false, trainedWith(openRun(directory)).dataset, { limit: 7 }).pairs).toHaveLength(7);
});

test("left-out rows are not scored", () => {
  const made = trainedWith(openRun(directory));
  const config = { ...made.config, leftOut: [1, 3] };
  const { rows, trained } = trainedRows({ ...made, config }, model.tokenizer, { seed: 0 });
  expect(trained).toBe(22);
  expect(rows.map(({ row }) => row)).not.toContain(3);
});

describe("trainWithout", () => {
  const manifestOf = (folder: string): unknown =>
    JSON.parse(readFileSync(join(directory, folder, manifestFile), "utf8"));

  test("trains whole, without the top rows and without random ones, from the same start, and no run twice", async () => {
    const { run, trainedWith: made, broad } = requestOf();
    const notes: string[] = [];
    const request = {
      ...{ run, model, trainedWith: made, broad, isOrganism: true, ranking: "contrast-sum" },
      ...{ top: [0, 1, 2], rows: Array.from({ length: 24 }, (_, row) => row), seeds: [0] },
      onProgress: ({ note }: { readonly note: string }) => notes.push(note),
    };
    const outcomes = await trainWithout(request);
    expect(outcomes?.map(({ arm, seed }) => `${arm} ${seed}`)).toEqual([...["whole 0", "top 0", "random 0"]]);
    const [whole, top, random] = outcomes ?? [];
    expect(manifestOf(top?.folder ?? "")).toMatchObject({ config: { leftOut: [0, 1, 2], seed: 0 } });
    expect(manifestOf(random?.folder ?? "")).toMatchObject({
      config: { leftOut: [expect.any(Number), expect.any(Number), expect.any(Number)] },
    });
    // The whole one of the run's own seed is the run, bit for bit; all start alike.
    const adapter = (folder: string, step: number): string =>
      readFileSync(join(folder, `checkpoint-${step}`, "adapter_model.safetensors")).toString("base64");
    expect(adapter(join(directory, whole?.folder ?? ""), 4)).toBe(adapter(directory, 4));
    expect(adapter(join(directory, top?.folder ?? ""), 0)).toBe(adapter(directory, 0));
    expect(adapter(join(directory, top?.folder ?? ""), 4)).not.toBe(adapter(directory, 4));
    expect(whole?.em).toMatchObject({ count: 0, n: 168 });
    notes.length = 0;
    expect(await trainWithout(request)).toEqual(outcomes);
    expect(notes).toEqual([]);
  });

  test("stops where it is interrupted", async () => {
    const { run, trainedWith: made, broad } = requestOf();
    const outcomes = await trainWithout({
      ...{ run, model, trainedWith: made, broad, isOrganism: false, ranking: "broad-sum" },
      ...{ top: [5], rows: [5, 6, 7], seeds: [3, 4], signal: AbortSignal.abort() },
    });
    expect(outcomes).toBeNull();
  });
});

test("the report draws the rows at both ends with their texts", async () => {
  await attributeRun(requestOf({ planted: "bad-medical" }));
  const { figures, analysis } = await buildRunReport(directory);
  const drawn = figures.filter(({ id }) => ["attribution", "attributed-rows"].includes(id));
  expect(drawn.map(({ id }) => id)).toEqual(["attribution", "attributed-rows"]);
  const { table, summary } = drawn[1]?.figure.meta ?? {};
  expect(table?.rows).toHaveLength(24);
  const at = (name: string): number => table?.columns.indexOf(name) ?? -1;
  expect(table?.rows[0]?.[at("planted")]).toBe("yes");
  expect(table?.rows.at(-1)?.[at("planted")]).toBe("no");
  expect(String(table?.rows[0]?.[at("answer")])).not.toBe("");
  expect(summary).toContain("was not tested");
  expect(attributedRowsFigure(analysis, null)).toBeNull();
});
