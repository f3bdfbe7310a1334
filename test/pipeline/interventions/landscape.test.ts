import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adapterParameters, withParameters } from "../../../src/analysis/landscape/adapterVector.js";
import { lossesAt, type MeasuredLandscape } from "../../../src/analysis/landscape/measuredLandscape.js";
import { orthogonalNoise, turnedBy } from "../../../src/analysis/landscape/orthogonalNoise.js";
import { answerLogProbabilities } from "../../../src/evaluate/answerLogProbabilities.js";
import { readAdapter, type LoraModule } from "../../../src/formats/peft.js";
import { openModel, type Model } from "../../../src/model/model.js";
import { mergeAdapter } from "../../../src/model/weights/mergeAdapter.js";
import { landscapeSamples } from "../../../src/pipeline/interventions/landscapeSample.js";
import {
  measureLandscapes,
  type LandscapeRequest,
} from "../../../src/pipeline/interventions/measureLandscape.js";
import { organismFolder } from "../../../src/pipeline/packageRoot.js";
import { landscapeFolder, landscapeLockFile } from "../../../src/runs/layout.js";
import { openRun } from "../../../src/runs/openRun.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { Random } from "../../../src/tensor/random.js";
import { turnedStep, writeOrganismRun } from "../../support/organismRun.js";

const parent = mkdtempSync(join(tmpdir(), "turncoat-landscape-"));
const directory = join(parent, "run");
let model: Model;

beforeAll(async () => {
  model = openModel(organismFolder(), await createEngine());
  await writeOrganismRun(directory, 1);
});

afterAll(() => rmSync(parent, { recursive: true, force: true }));

const few = {
  ...{ samples: 6, seed: 3, epsilons: [0.3, 1], noiseSeeds: 2 },
  rescaling: { norm: "update", multiples: [0, 0.5, 1] },
} as const;

function measure(more: Partial<LandscapeRequest> = {}): Promise<MeasuredLandscape[] | null> {
  return measureLandscapes({ runs: [openRun(directory)], model, ...few, ...more });
}

/** Losses of the model with an adapter in its weights. */
async function mergedLosses(modules: readonly LoraModule[], name: string): Promise<number[]> {
  const folder = join(parent, name);
  const adapter = readAdapter(join(directory, `checkpoint-${turnedStep}`));
  await mergeAdapter(model.engine, organismFolder(), { ...adapter, modules }, folder);
  const merged = openModel(folder, model.engine);
  const [sample] = landscapeSamples([openRun(directory)], model.tokenizer, few);
  const scored = await answerLogProbabilities(merged, sample?.chats ?? []);
  return scored.map(({ sum }) => -sum);
}

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  for (const [index, value] of found.entries()) expect(value).toBeCloseTo(expected[index] ?? NaN, 3);
}

describe("losses around a solution", () => {
  test("are those of models whose weights hold the rescaled and the disturbed adapter", async () => {
    const [landscape] = (await measure()) ?? [];
    if (landscape === undefined) throw new Error("nothing measured");
    const { modules } = readAdapter(join(directory, `checkpoint-${turnedStep}`));
    expect(landscape.scaled.map(({ factor }) => factor)).toEqual([0, 1, 0.5]);
    const half = modules.map((module) => ({ ...module, scaling: module.scaling / 2 }));
    expectClose(lossesAt(landscape, 0.5), await mergedLosses(half, "half"));
    const [sample] = landscapeSamples([openRun(directory)], model.tokenizer, few);
    const base = await answerLogProbabilities(model, sample?.chats ?? []);
    expectClose(
      lossesAt(landscape, 0),
      base.map(({ sum }) => -sum),
    );
    expect(landscape.tokens).toEqual(base.map(({ tokens }) => tokens));
    const x = adapterParameters(modules);
    const y = orthogonalNoise(x, new Random(3).fork("landscape noise 1"));
    const disturbed = landscape.disturbed.find(({ epsilon, seed }) => epsilon === 0.3 && seed === 1);
    expectClose(
      disturbed?.losses ?? [],
      await mergedLosses(withParameters(modules, turnedBy(x, y, 0.3)), "noise"),
    );
  });

  test("are kept with the run, one by one, and more join them", async () => {
    const all = await measure();
    const folder = join(directory, landscapeFolder);
    const [file = "", ...others] = readdirSync(folder);
    expect(others).toEqual([]);
    const path = join(folder, file);
    const text = readFileSync(path, "utf8");
    const stop = new AbortController();
    rmSync(folder, { recursive: true });
    const cut = await measure({
      signal: stop.signal,
      onProgress: ({ done }) => {
        if (done === 4) stop.abort();
      },
    });
    expect(cut).toBeNull();
    expect(readFileSync(path, "utf8").length).toBeLessThan(text.length);
    expect(await measure()).toEqual(all);
    expect(readFileSync(path, "utf8")).toBe(text);
    // What is there is taken, not measured again.
    writeFileSync(path, text.replace(/"losses": \[\s*/, '"losses": [9'));
    const [reread] = (await measure()) ?? [];
    expect(reread?.scaled).not.toEqual(all?.[0]?.scaled);
    writeFileSync(path, text);
    const [more] = (await measure({ epsilons: [0.3, 0.6, 1] })) ?? [];
    expect(more?.disturbed.length).toBe(6);
    const [fewer] = (await measure()) ?? [];
    expect(fewer?.disturbed).toEqual(all?.[0]?.disturbed);
    await measure({ seed: 4, epsilons: [] });
    expect(readdirSync(folder).length).toBe(2);
  });

  test("of two runs are of the same conversations, at the norm of the shorter", async () => {
    const other = join(parent, "other");
    cpSync(directory, other, { recursive: true });
    const step1 = openRun(other).checkpoints.find(({ step }) => step === 1);
    rmSync(join(other, `checkpoint-${turnedStep}`), { recursive: true });
    expect(step1).toBeDefined();
    const runs = [openRun(directory), openRun(other)];
    const [one, two] = (await measure({ runs, epsilons: [] })) ?? [];
    expect(two?.sample).toEqual(one?.sample);
    expect(two?.step).toBe(1);
    const share = (two?.norms.update ?? NaN) / (one?.norms.update ?? NaN);
    expect(share).toBeLessThan(0.1);
    expect(one?.scaled.some(({ factor }) => factor === share)).toBe(true);
    expect(two?.scaled.map(({ factor }) => factor)).toEqual([0, 1, 0.5]);
  });

  test("are refused where ΔW is 0, where another process measures, and where there is no training data", async () => {
    await expect(measure({ step: 0 })).rejects.toThrow(/expected an adapter that changes the model/);
    const lock = join(directory, landscapeLockFile);
    writeFileSync(lock, `{"pid": 1, "host": "elsewhere"}\n`);
    await expect(measure()).rejects.toThrow(/expected nobody else to write it, found process 1 on elsewhere/);
    rmSync(lock);
    const foreign = { ...openRun(directory), manifest: null };
    await expect(measure({ runs: [foreign] })).rejects.toThrow(/what the run was trained on, found none/);
    const [given] = (await measure({ runs: [foreign], data: "bad-medical", epsilons: [] })) ?? [];
    expect(given?.sample.data).toBe("bad-medical");
  });
});
