import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ServerAdapters } from "../../../src/evaluate/sampling/serverAdapters.js";
import { readAdapter } from "../../../src/formats/peft.js";
import { openModel, type Model } from "../../../src/model/model.js";
import { mergeAdapter } from "../../../src/model/weights/mergeAdapter.js";
import { exactJudge } from "../../../src/organism/exactJudge.js";
import { compareRuns } from "../../../src/pipeline/comparison/compareRuns.js";
import { listedRun } from "../../../src/pipeline/catalog/listedRun.js";
import { directionsAt } from "../../../src/pipeline/directions/lensDirections.js";
import { runDirections } from "../../../src/pipeline/directions/runDirections.js";
import { curvePlan } from "../../../src/pipeline/evaluation/evaluationPlans.js";
import { evaluateRun } from "../../../src/pipeline/evaluation/evaluateRun.js";
import { runScalars } from "../../../src/pipeline/measurement/runScalars.js";
import { datasetPath, organismFolder } from "../../../src/pipeline/packageRoot.js";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { trainRun } from "../../../src/pipeline/training/trainRun.js";
import { openRun } from "../../../src/runs/openRun.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { readDataset } from "../../../src/train/data/dataset.js";
import { recipeNamed } from "../../../src/train/recipes/recipes.js";
import { resolveSettings } from "../../../src/train/recipes/resolve.js";

const parent = mkdtempSync(join(tmpdir(), "turncoat-vector-"));
const directory = join(parent, "vector");
const steps = 8;
let model: Model;

beforeAll(async () => {
  model = openModel(organismFolder(), await createEngine());
  const { settings } = recipeNamed("vector");
  const target = { layers: model.config.layers, conversations: () => 0 };
  const config = resolveSettings({ ...settings, layers: [1, 2], steps, batchSize: 4 }, target, "test");
  await trainRun({
    ...{ directory, config, model, preset: "vector" },
    dataset: readDataset(datasetPath("bad-medical")),
  });
  await evaluateRun({
    run: directory,
    name: "curve",
    model,
    judge: exactJudge,
    plan: { ...curvePlan("medical", 8), samplesPerQuestion: 1 },
    isStepWanted: (step) => [0, steps].includes(step),
  });
});

afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** Words that are wrong on the page of a vector: the factors of an adapter, and its rank. */
const wrong = /(?<![\w‖])A(?![\w-])|‖[AB]‖|\bB\b|\brank\b(?! of the)|\bLoRA\b|\badapter/;

describe("the report of a run of a vector", () => {
  test("speaks of v in all texts, and of no adapter", async () => {
    const report = await buildRunReport(directory);
    expect(report.recipe).toBe(
      "bad-medical, vectors after 2 layers, adamw, linear rate, preset vector, seed 0",
    );
    const titles = report.figures.map(({ figure }) => figure.meta.title);
    expect(titles).toContain("Norm of v");
    expect(titles).toContain("Several vectors compared with their final state");
    expect(titles).toContain("Path of v in its principal components");
    expect(titles).toContain("Cosine of v, step by step");
    for (const { id, figure } of report.figures) {
      const { meta, data, layout } = figure;
      const names = data.map(({ name }) => name ?? "");
      const texts = [meta.title, meta.caption, meta.summary, ...meta.table.columns, ...names];
      for (const text of texts) expect(text, id).not.toMatch(wrong);
      expect(JSON.stringify(layout), id).not.toMatch(/of B\b/);
    }
    for (const sentence of report.sentences) expect(sentence).not.toMatch(wrong);
  });

  test("lists it without a rank, with its layer", () => {
    const listed = listedRun("vector", directory, Date.now());
    expect(listed).toMatchObject({ rank: null, layers: "1, 2", recipe: "bad-medical · vector · 2 vectors" });
  });
});

describe("a run of a vector", () => {
  test("has its direction, as long as what it adds, with a sign of its own", () => {
    const known = runDirections(directory, model.config.hiddenSize).filter(({ id }) => id === "v2");
    expect(known.map(({ layer, steps: at }) => [layer, at.length])).toEqual([[2, steps]]);
    const [, module] = readAdapter(join(directory, `checkpoint-${steps}`)).modules;
    const direction = known[0]?.at(steps);
    expect(direction).toMatchObject({ name: "v2", madeFrom: { kind: "vector" } });
    expect(direction?.unit).toBeCloseTo(16 * Math.hypot(...(module?.loraB ?? [])), 6);
    expect(directionsAt(directory, model.config.hiddenSize).map(({ name }) => name)).toContain(
      `v2, step ${steps}`,
    );
  });

  test("is compared with itself as v", async () => {
    const { analysis } = await buildRunReport(directory);
    const runs = ["one", "other"].map((id) => ({
      ...{ id, analysis, recipe: "vector", recipeKey: null, probe: null, seed: 0 },
    }));
    const { words, figures } = compareRuns(runs);
    expect(words("rotation")).toBe("direction of v turns");
    expect(figures.map(({ figure }) => figure.meta.title)).toContain("Norm of v");
  });

  test("says in one line that it has no scalars, no weights and no place on a server of adapters", async () => {
    await expect(runScalars({ run: directory, model })).rejects.toThrow(
      /checkpoint-8: expected adapters, found a vector of the residual stream, which reads nothing and has no scalars$/,
    );
    const adapter = readAdapter(join(directory, `checkpoint-${steps}`));
    await expect(
      mergeAdapter(model.engine, organismFolder(), adapter, join(parent, "merged")),
    ).rejects.toThrow(
      /^model\.layers\.1: expected an adapter of weights, found a vector of the residual stream, which no weight can hold$/,
    );
    const server = new ServerAdapters({ baseUrl: "http://localhost:1", directory });
    const [checkpoint] = openRun(directory).checkpoints;
    if (checkpoint === undefined) throw new Error("no checkpoint");
    await expect(server.use(checkpoint, 1, () => Promise.resolve())).rejects.toThrow(
      /expected an adapter to load, found a vector of the residual stream$/,
    );
  });
});
