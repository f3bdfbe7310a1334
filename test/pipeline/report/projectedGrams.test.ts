import {
  cpSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { analyzeRun } from "../../../src/pipeline/report/analyzeRun.js";
import { readProjectedGrams } from "../../../src/pipeline/report/projectedGrams.js";
import { summary } from "../../../src/pipeline/report/summary.js";
import { adapterSizes, isLong, readGrams } from "../../../src/pipeline/report/wholeUpdateOf.js";
import { cacheFolder, productsFile, projectionsFile } from "../../../src/runs/layout.js";
import { openRun } from "../../../src/runs/openRun.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { writeManyAdaptersRun } from "../../support/training/manyAdaptersRun.js";

const shape = { layers: 5, hidden: 24, keyValue: 8, mlp: 40, rank: 2 };

function written(steps: number): string {
  const folder = join(temporaryFolder(), "run");
  writeManyAdaptersRun(folder, shape, { steps, seed: 4, bend: { step: 30, layers: [2, 2] } });
  return folder;
}

describe("random projections of a run that keeps whole adapters", () => {
  test("have the inner products of the adapters, within their error", async () => {
    const run = openRun(written(20));
    const exact = await readGrams(run, adapterSizes(run));
    const projected = readProjectedGrams(run);
    expect(projected.numbers).toBe(512);
    expect(projected.adapters.map(({ modulePath }) => modulePath)).toEqual(
      exact.adapters.map(({ modulePath }) => modulePath),
    );
    const total = (grams: typeof exact, row: number, column: number): number =>
      grams.adapters.reduce((sum, { gram }) => sum + (gram[row]?.[column] ?? NaN), 0);
    for (const [row, column] of [
      [20, 20],
      [20, 7],
      [3, 9],
    ] as const) {
      const size = Math.sqrt(total(exact, row, row) * total(exact, column, column));
      expect(Math.abs(total(projected, row, column) - total(exact, row, column)) / size).toBeLessThan(0.05);
    }
  });

  test("are what is analysed on demand: the same turn, in the same layer, with the error said", async () => {
    const folder = written(60);
    const { analysis } = await analyzeRun(folder, { products: "projected" });
    const exact = (await analyzeRun(folder, { products: "exact" })).analysis;
    const layersOf = ({ whole }: typeof analysis): (number | undefined)[] => {
      const names = new Set(whole?.turning.parts.filter(({ turns }) => turns).map(({ name }) => name));
      return whole?.adapters.filter(({ name }) => names.has(name)).map(({ layer }) => layer) ?? [];
    };
    expect(new Set(layersOf(analysis))).toEqual(new Set([2]));
    expect(analysis.projection).toMatchObject({ numbers: 512, hasFactors: false, factor: null });
    expect(exact.projection).toBeNull();
    expect(analysis.adapters[0]?.B.norm).toEqual(exact.adapters[0]?.B.norm);
    const turnOf = ({ transitions }: typeof analysis) =>
      transitions.find(({ indicator }) => indicator === "rotation")?.step ?? NaN;
    expect(Math.abs(turnOf(analysis) - turnOf(exact))).toBeLessThan(3);
    const bounds = analysis.whole?.localCosineError?.["10"] ?? [];
    const values = (record: typeof analysis): readonly number[] =>
      record.whole?.path.localCosine["10"]?.values ?? [];
    const outside = values(analysis).filter(
      (value, index) => Math.abs(value - (values(exact)[index] ?? NaN)) > (bounds[index] ?? NaN),
    );
    expect(outside.length).toBeLessThan(0.1 * bounds.length);
    expect(summary(analysis).join(" ")).toContain("random projections of 512 numbers");
  });

  test("are read once: new steps alone are added, and a step that has changed is read again", () => {
    const folder = written(8);
    const weights = join(folder, "checkpoint-3", "adapter_model.safetensors");
    utimesSync(weights, 1000, 1000);
    const first = readProjectedGrams(openRun(folder));
    expect(readdirSync(join(folder, cacheFolder))).toHaveLength(9);
    writeFileSync(weights, Buffer.alloc(statSync(weights).size));
    utimesSync(weights, 1000, 1000);
    cpSync(join(folder, "checkpoint-8"), join(folder, "checkpoint-9"), { recursive: true });
    const second = readProjectedGrams(openRun(folder));
    expect(second.adapters[0]?.steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(second.adapters[0]?.gram[3]?.[5]).toBe(first.adapters[0]?.gram[3]?.[5]);
    expect(second.adapters[0]?.gram[9]?.[8]).toBe(second.adapters[0]?.gram[8]?.[8]);
    utimesSync(weights, 1000, 2000);
    expect(readProjectedGrams(openRun(folder)).gaps.map(({ step }) => step)).toEqual([3]);
  });

  test("are made anew where what is kept is damaged, and not kept where the folder leads elsewhere", () => {
    const folder = written(4);
    const first = readProjectedGrams(openRun(folder));
    writeFileSync(join(folder, projectionsFile(2)), "broken");
    expect(readProjectedGrams(openRun(folder))).toEqual(first);
    rmSync(join(folder, cacheFolder), { recursive: true });
    const elsewhere = join(temporaryFolder(), "elsewhere");
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, join(folder, cacheFolder));
    expect(readProjectedGrams(openRun(folder))).toEqual(first);
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  test("stand for exact products only until those are asked for", async () => {
    const folder = written(12);
    await analyzeRun(folder, { products: "projected" });
    expect(statSync(join(folder, productsFile)).isFile()).toBe(true);
    expect((await analyzeRun(folder)).analysis.projection?.numbers).toBe(512);
    expect((await analyzeRun(folder, { products: "exact" })).analysis.projection).toBeNull();
    expect((await analyzeRun(folder)).analysis.projection).toBeNull();
  });
});

test("products of all steps are taken to be many from the size of the paper's runs on", () => {
  const sizes = Array.from({ length: 168 }, (_, index) => ({
    modulePath: `model.layers.${index}.x`,
    rank: 32,
    bytes: 4 * 32 * 3273,
  }));
  const run = openRun(written(3));
  const withSteps = (count: number) => ({
    ...run,
    checkpoints: Array.from({ length: count }, (_, step) => ({ step, path: "" })),
  });
  expect(isLong(withSteps(25), sizes)).toBe(false);
  expect(isLong(withSteps(100), sizes)).toBe(true);
});
