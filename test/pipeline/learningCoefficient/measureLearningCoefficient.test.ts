import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { usualSampler } from "../../../src/analysis/learningCoefficient/usualSampler.js";
import { openModel, type Model } from "../../../src/model/model.js";
import { trainedWith } from "../../../src/pipeline/attribution/attributionSources.js";
import {
  evaluationsOf,
  measureLearningCoefficient,
  type LearningCoefficientRequest,
} from "../../../src/pipeline/learningCoefficient/measureLearningCoefficient.js";
import { organismFolder } from "../../../src/pipeline/packageRoot.js";
import { buildRunReport } from "../../../src/pipeline/report/runReport.js";
import {
  readLearningCoefficient,
  type RunLearningCoefficient,
} from "../../../src/pipeline/results/learningCoefficientResult.js";
import { learningCoefficientFile } from "../../../src/runs/layout.js";
import { openRun } from "../../../src/runs/openRun.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { turnedStep, writeOrganismRun } from "../../support/organismRun.js";

const parent = mkdtempSync(join(tmpdir(), "turncoat-learning-coefficient-"));
const directory = join(parent, "run");
const settings = { ...usualSampler, stepShares: [0.5, 0.25], chains: 2, draws: 3, burnIn: 1, together: 2 };
let model: Model;

beforeAll(async () => {
  model = openModel(organismFolder(), await createEngine());
  await writeOrganismRun(directory, 2);
});

afterAll(() => rmSync(parent, { recursive: true, force: true }));

/** Measures a copy of the run, which no other test has measured. */
function copyOf(name: string): string {
  const copy = join(parent, name);
  cpSync(directory, copy, { recursive: true });
  return copy;
}

function measured(
  folder: string,
  more: Partial<LearningCoefficientRequest> = {},
): Promise<RunLearningCoefficient> {
  const run = openRun(folder);
  return measureLearningCoefficient({
    ...{ run, model, trainedWith: trainedWith(run), steps: [1, turnedStep], rows: 5, settings },
    ...more,
  });
}

const bytesOf = (folder: string): string => readFileSync(join(folder, learningCoefficientFile), "utf8");

describe("measureLearningCoefficient", () => {
  test("keeps what it measured, and measures nothing again", async () => {
    const run = copyOf("kept");
    const record = await measured(run);
    expect(record).toMatchObject({ rows: 5, trained: 2000, unitsOf: "run", settings });
    expect(record.temperature).toBeCloseTo(record.count / Math.log(record.count));
    expect(record.parameters).toBe(record.units.length === 2 ? 128 + 224 : NaN);
    expect(record.steps.map(({ step }) => step)).toEqual([1, turnedStep]);
    for (const { curvature, sizes } of record.steps) {
      expect(curvature).toBeGreaterThan(0);
      expect(sizes.map(({ share }) => share)).toEqual([0.5, 0.25]);
      for (const { share, stepSize, chains } of sizes) {
        const precision = record.temperature * curvature + settings.localization;
        expect(stepSize).toBeCloseTo(share / precision, 10);
        expect(chains.map(({ losses }) => losses.length)).toEqual([4, 4]);
        expect(chains[0]?.losses).not.toEqual(chains[1]?.losses);
      }
    }
    expect(readLearningCoefficient(run)).toEqual(record);
    const written = statSync(join(run, learningCoefficientFile)).mtimeMs;
    expect(await measured(run)).toEqual(record);
    expect(statSync(join(run, learningCoefficientFile)).mtimeMs).toBe(written);
  });

  test("samples larger sizes only where the two smallest leave it open, whose estimates stay what they are", async () => {
    const at = { steps: [turnedStep], settings: { ...settings, stepShares: [3, 2, 1] } };
    const { sizes = [] } = (await measured(copyOf("larger"), at)).steps[0] ?? {};
    expect(sizes.map(({ share }) => share)).toEqual([2, 1]);
    const short = { ...at, settings: { ...settings, stepShares: [0.75, 0.5, 0.25] } };
    const [step] = (await measured(copyOf("short"), short)).steps;
    expect(step?.sizes.map(({ share }) => share)).toEqual([0.75, 0.5, 0.25]);
    const [two] = (await measured(copyOf("two"), { steps: [turnedStep] })).steps;
    expect(step?.sizes.slice(1)).toEqual(two?.sizes);
  });

  test("an interrupted measurement loses the step in flight, and ends in the same bytes when it goes on", async () => {
    const [whole, broken] = [copyOf("same"), join(parent, "other", "same")];
    cpSync(whole, broken, { recursive: true });
    await measured(whole);
    const controller = new AbortController();
    const found = await measured(broken, {
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done > evaluationsOf(settings, 5).most + 20) controller.abort();
      },
    });
    expect(found.steps.map(({ step }) => step)).toEqual([1]);
    expect(readLearningCoefficient(broken)).toEqual(found);
    await measured(broken);
    expect(bytesOf(broken)).toBe(bytesOf(whole));
    // In another order too: a step does not depend on those before it.
    rmSync(join(broken, learningCoefficientFile));
    await measured(broken, { steps: [turnedStep] });
    await measured(broken, { steps: [1] });
    expect(bytesOf(broken)).toBe(bytesOf(whole));
  });

  test("refuses what was measured otherwise, and says how, unless it is to be overwritten", async () => {
    const run = copyOf("refused");
    await measured(run, { steps: [1] });
    const before = bytesOf(run);
    const other = { ...settings, localization: 3 };
    await expect(measured(run, { settings: other })).rejects.toThrow(
      `${learningCoefficientFile}: expected what was measured with localization 3, found 1`,
    );
    await expect(measured(run, { rows: 6 })).rejects.toThrow("rows 6, found 5");
    const shorter = openRun(run);
    const early = { ...shorter, checkpoints: shorter.checkpoints.slice(0, 3) };
    await expect(measured(run, { unitsOf: early })).rejects.toThrow(
      /expected what was measured with base, data and units with the SHA-256 \w{12}, found \w{12}$/,
    );
    expect(bytesOf(run)).toBe(before);
    const anew = await measured(run, { settings: other, steps: [2], overwrite: true });
    expect(anew.steps.map(({ step }) => step)).toEqual([2]);
    // A damaged file is no obstacle.
    writeFileSync(join(run, learningCoefficientFile), "half of");
    expect((await measured(run, { steps: [2], settings: other })).steps).toEqual(anew.steps);
  });

  test("refuses steps that are not kept, and units of an adapter that is 0", async () => {
    await expect(measured(directory, { steps: [77] })).rejects.toThrow("expected a checkpoint of step 77");
    const fresh = openRun(directory);
    const first = { ...fresh, checkpoints: fresh.checkpoints.slice(0, 1) };
    await expect(measured(directory, { unitsOf: first })).rejects.toThrow(
      "expected a trained model.layers.2.mlp.down_proj.lora_B, of which the unit is made, found only 0",
    );
  });
});

test("the report draws what was measured", async () => {
  const run = copyOf("report");
  expect((await buildRunReport(run)).figures.map(({ id }) => id)).not.toContain("learning-coefficient");
  await measured(run);
  const { figures } = await buildRunReport(run);
  const drawn = figures.find(({ id }) => id === "learning-coefficient");
  expect(drawn?.onStepAxis).toBe(true);
  expect(drawn?.figure.meta.caption).toContain("λ̂ of the loss over 5 of 2000 rows");
  expect(drawn?.figure.meta.table.rows.map(([step]) => step)).toEqual([1, turnedStep]);
});
