import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adapterNorms } from "../../../src/analysis/landscape/adapterVector.js";
import { compareLandscapes } from "../../../src/analysis/landscape/compareLandscapes.js";
import { compareAlongTraining } from "../../../src/analysis/landscape/landscapeAlong.js";
import { toJson } from "../../../src/analysis/toJson.js";
import { landscapeAlongFigures } from "../../../src/figures/landscape/landscapeAlongFigures.js";
import { readAdapter } from "../../../src/formats/peft.js";
import { openModel, type Model } from "../../../src/model/model.js";
import {
  measureLandscapesAlong,
  type LandscapeRequest,
} from "../../../src/pipeline/interventions/measureLandscape.js";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import { readLandscapeAlong } from "../../../src/pipeline/results/landscapeAlongResult.js";
import { datasetPath, organismFolder } from "../../../src/pipeline/packageRoot.js";
import { trainRun } from "../../../src/pipeline/training/trainRun.js";
import { landscapeFolder } from "../../../src/runs/layout.js";
import { openRun } from "../../../src/runs/openRun.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { readDataset } from "../../../src/train/data/dataset.js";
import { presetConfig } from "../../../src/train/recipes/presets.js";
import { recipeNamed } from "../../../src/train/recipes/recipes.js";
import { resolveSettings } from "../../../src/train/recipes/resolve.js";
import { callCli } from "../../support/cli/callCli.js";

const parent = mkdtempSync(join(tmpdir(), "turncoat-along-"));
const [general, slow, adapter] = ["general", "slow", "adapter"].map((name) => join(parent, name));
let model: Model;

beforeAll(async () => {
  model = openModel(organismFolder(), await createEngine());
  const dataset = readDataset(datasetPath("bad-medical"));
  const target = { layers: model.config.layers, conversations: () => 0 };
  const { settings } = recipeNamed("vector");
  for (const [directory = "", rate] of [
    [general, 0.05],
    [slow, 0.02],
  ] as const) {
    const schedule = { ...settings.schedule, peak: rate, warmupSteps: 0 };
    const config = resolveSettings({ ...settings, steps: 4, batchSize: 4, schedule }, target, "test");
    await trainRun({ directory, config, model, dataset });
  }
  const config = { ...presetConfig("crisp"), steps: 2, batchSize: 4 };
  await trainRun({ directory: adapter ?? "", config, model, dataset });
});

afterAll(() => rmSync(parent, { recursive: true, force: true }));

const few = {
  ...{ samples: 10, seed: 3, epsilons: [0.5], noiseSeeds: 2 },
  rescaling: { norm: "update", multiples: [0.5, 1] },
} as const;

function measure(more: Partial<LandscapeRequest> & { readonly steps?: readonly number[] } = {}) {
  const runs = [general, slow].map((each) => openRun(each ?? ""));
  return measureLandscapesAlong({ runs, model, steps: [2, 4], ...few, ...more });
}

describe("losses around vectors along training", () => {
  test("are of every step, each kept by itself, and verdicts hold at all of them together", async () => {
    const measured = (await measure()) ?? [];
    expect(measured.map((row) => row.map(({ name, step }) => [name, step]))).toEqual([
      [
        ["general", 2],
        ["slow", 2],
      ],
      [
        ["general", 4],
        ["slow", 4],
      ],
    ]);
    const options = { norm: "update", multiples: [0.5, 1] } as const;
    const along = compareAlongTraining(measured, options);
    const [first] = along;
    expect(first?.report.trained).toBe("vectors");
    // Two verdicts at each of two steps; alone, of one step, two.
    expect(first?.report.coverage).toBeCloseTo(1 - 0.05 / 4, 12);
    expect(compareLandscapes(measured[0] ?? [], options).coverage).toBeCloseTo(1 - 0.05 / 2, 12);
    const { modules } = readAdapter(join(general ?? "", "checkpoint-4"));
    expect(measured[1]?.[0]?.norms).toEqual(adapterNorms(modules));
    expect(measured[1]?.[0]?.norms.update).toBeCloseTo(16 * (measured[1]?.[0]?.norms.parameters ?? NaN), 4);
    expect(measured[1]?.[0]?.parameters).toBe(model.config.layers * model.config.hiddenSize);
    const figures = landscapeAlongFigures(along);
    expect(figures.map(({ meta }) => meta.title)).toEqual([
      "Loss at equal norm along training",
      "Efficiency along training",
      "Loss under noise along training",
    ]);
    const [losses, efficiency] = figures;
    expect(losses?.data.find(({ name, mode }) => name === "slow" && mode === "lines+markers")?.x).toEqual([
      2, 4,
    ]);
    const mean = along[1]?.report.comparisons[0]?.efficiency.mean.value;
    expect(efficiency?.meta.table.rows[1]?.slice(0, 3)).toEqual(["general beyond slow", 4, mean]);
    expect(losses?.meta.caption).toContain("‖α·v‖ of the shorter");
    const untold = along.map(({ step, report }) => {
      const comparisons = report.comparisons.map((each) => ({
        ...each,
        efficiency: { ...each.efficiency, reason: "nothing fits" },
      }));
      return { step, report: { ...report, comparisons } };
    });
    expect(landscapeAlongFigures(untold)[1]?.meta.caption).toContain(
      "Cannot be told, whatever the bands: beside slow at steps 2, 4 (at 4 nothing fits).",
    );
  });

  test("go on where they were interrupted, step by step", async () => {
    const all = await measure();
    const folder = join(general ?? "", landscapeFolder);
    const names = readdirSync(folder).sort();
    expect(names.map((name) => name.slice(0, 7))).toEqual(["step-2-", "step-4-"]);
    const texts = names.map((name) => readFileSync(join(folder, name), "utf8"));
    for (const each of [general, slow]) rmSync(join(each ?? "", landscapeFolder), { recursive: true });
    const stop = new AbortController();
    const cut = await measure({
      signal: stop.signal,
      onProgress: ({ done, total }) => {
        if (done > total * 0.6) stop.abort();
      },
    });
    expect(cut).toBeNull();
    // What is there is taken, not measured again.
    const [name = ""] = names;
    writeFileSync(join(folder, name), (texts[0] ?? "").replace(/"losses": \[\s*/, '"losses": [9'));
    const marked = await measure();
    expect(marked?.[0]?.[0]?.scaled).not.toEqual(all?.[0]?.[0]?.scaled);
    expect(marked?.[1]).toEqual(all?.[1]);
    writeFileSync(join(folder, name), texts[0] ?? "");
    expect(await measure()).toEqual(all);
  });

  test("are refused beside adapters, at a step that is missing, and where v is 0", async () => {
    const mixed = [general, adapter].map((each) => openRun(each ?? ""));
    await expect(measure({ runs: mixed, steps: [2] })).rejects.toThrow(
      /adapter: expected vectors as in .*general, found adapters$/,
    );
    await expect(measure({ steps: [2, 9] })).rejects.toThrow(/expected a checkpoint of step 9, found none/);
    await expect(measure({ steps: [0] })).rejects.toThrow(
      /expected a vector that changes the model, found v = 0/,
    );
  });

  test("are printed step by step by turncoat landscape --steps", async () => {
    const words = ["--samples", "10", "--seed", "3", "--multiples", "0.5,1", "--epsilons", "0.5"];
    const command = ["landscape", general ?? "", "--with", slow ?? "", "--steps", "2,4", ...words];
    const page = join(parent, "along.html");
    const { code, stdout } = await callCli([...command, "--noise-seeds", "2", "--html", page]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^general, on 10 conversations of bad-medical:\nstep +‖α·v‖ +loss/m);
    expect(stdout).toMatch(/^general beside slow:\nstep +more nats off at equal norm \(98\.75 %\)/m);
    expect(stdout.match(/^4 +/gm)).toHaveLength(3);
    expect(readFileSync(page, "utf8")).toContain("Efficiency along training");
    const again = await callCli([...command, "--noise-seeds", "2", "--json"]);
    expect(JSON.parse(again.stdout)).toMatchObject({
      steps: [{ step: 2, report: { trained: "vectors" } }, { step: 4 }],
      interrupted: false,
    });
    expect(JSON.parse(again.stdout)).toMatchObject({ steps: toJson(readLandscapeAlong(general ?? "")) });
    const both = await callCli([...command, "--step", "2"]);
    expect(both.stderr).toContain("cannot be used with option");
  });

  test("are drawn on the page of the first run, over its own steps, as they were last found", async () => {
    const page = async (run: string | undefined) =>
      (await buildRunReport(run ?? "")).figures.filter(({ id }) => id.startsWith("landscape-"));
    const words = ["--samples", "10", "--multiples", "1", "--epsilons", "0.5", "--noise-seeds", "2"];
    await callCli(["landscape", general ?? "", "--with", slow ?? "", "--steps", "2,4", ...words]);
    const figures = await page(general);
    expect(figures.map(({ id }) => id).slice(0, 2)).toEqual(["landscape-loss", "landscape-efficiency"]);
    for (const { onStepAxis, figure } of figures) {
      expect(onStepAxis).toBe(true);
      // The run has steps 0 to 4, of which two were measured.
      expect(figure.layout.xaxis).toMatchObject({
        range: [-0.5, 4.5],
      });
    }
    expect(figures[1]?.figure.meta.table.rows.map(([, step]) => step)).toEqual([2, 4]);
    expect(await page(slow)).toEqual([]);
    await callCli(["landscape", general ?? "", "--steps", "4", ...words]);
    expect((await page(general)).map(({ id }) => id)).not.toContain("landscape-loss");
  });
});
