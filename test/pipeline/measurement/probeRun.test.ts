import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openModel, type Model } from "../../../src/model/model.js";
import { datasetPath, organismFolder } from "../../../src/pipeline/packageRoot.js";
import { probeRun } from "../../../src/pipeline/measurement/probeRun.js";
import { readRunDirections } from "../../../src/pipeline/results/directionResult.js";
import { probesOfLayer, readProbes, type RunProbes } from "../../../src/pipeline/results/probeResult.js";
import { trainRun } from "../../../src/pipeline/training/trainRun.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { readDataset } from "../../../src/train/data/dataset.js";
import { presetConfig } from "../../../src/train/recipes/presets.js";
import { probesFile } from "../../../src/runs/layout.js";
import { appendBothKinds } from "../../support/appendBothKinds.js";

const folder = mkdtempSync(join(tmpdir(), "turncoat-probes-"));
const settings = { steps: [0, 2, 100], answersPerClass: 24 };
let model: Model;
let made: RunProbes;

beforeAll(async () => {
  model = openModel(organismFolder(), await createEngine());
  const directory = join(folder, "run");
  await trainRun({
    directory,
    config: { ...presetConfig("crisp"), steps: 2, batchSize: 4 },
    model,
    dataset: readDataset(datasetPath("bad-medical")),
  });
  cpSync("test/fixtures/organism-adapter", join(directory, "checkpoint-100"), { recursive: true });
  appendBothKinds(directory, 60);
  made = await probeRun({ run: copyOf("run"), model, ...settings });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let copies = 0;
function copyOf(name: string): string {
  const copy = join(folder, `copy-${++copies}`);
  cpSync(join(folder, name), copy, { recursive: true });
  return copy;
}

describe("probeRun: probing every layer", () => {
  test("gives each layer what probing it alone gives", async () => {
    expect(made.layers.map(({ probe }) => probe.layer)).toEqual([0, 1, 2, 3, 4]);
    expect(made.layer).toBe(2);
    for (const layer of [0, 3]) {
      const alone = await probeRun({ run: copyOf("run"), model, ...settings, layers: [layer], layer });
      expect(alone.layers).toHaveLength(1);
      const [one, other] = [alone, made].map((probes) => probesOfLayer(probes, layer));
      expect(one?.probe.steps).toEqual([0, 2, 100]);
      // Another program adds in another order.
      for (const [index, value] of (one?.probe.auroc.values ?? []).entries())
        expect(other?.probe.auroc.values[index]).toBeCloseTo(value, 6);
      for (const [index, norm] of (one?.direction.norm ?? []).entries())
        expect(Math.abs((other?.direction.norm[index] ?? NaN) / norm - 1)).toBeLessThan(1e-5);
    }
  });

  test("changes along training from the adapter's layer on, and nowhere below it", () => {
    const norms = made.layers.map(({ direction }) => direction.norm);
    for (const [base, , turned] of norms.slice(0, 2)) expect(turned).toBe(base);
    for (const [base, , turned] of norms.slice(2)) expect(turned).not.toBe(base);
  });

  test("reports held-out intervals and a control with shuffled labels in every cell", () => {
    for (const { probe } of made.layers) {
      expect(probe.heldOutGroups.length).toBeGreaterThan(1);
      for (const [index, value] of probe.auroc.values.entries()) {
        const [low = NaN, high = NaN] = probe.auroc.intervals[index] ?? [];
        expect(low).toBeLessThan(1);
        expect(low <= value && value <= high).toBe(true);
        expect(probe.n[index]).toBeGreaterThan(4);
        const [lowest = NaN, highest = NaN] = probe.shuffled.intervals[index] ?? [];
        expect(lowest).toBeLessThan(0.5);
        expect(highest).toBeGreaterThan(0.5);
      }
    }
  });

  test("refuses a layer that the model does not have", async () => {
    await expect(probeRun({ run: copyOf("run"), model, ...settings, layers: [7] })).rejects.toThrow(
      "layer: expected 0 to 4, found 7",
    );
  });
});

describe("probeRun: probing in parts", () => {
  test("goes on where it was interrupted, and ends at the same", async () => {
    const directory = copyOf("run");
    const stop = new AbortController();
    const part = await probeRun({
      ...{ run: directory, model, ...settings, signal: stop.signal },
      onProgress: ({ done }) => {
        if (done === 1) stop.abort();
      },
    });
    expect(part.layers.map(({ probe }) => probe.steps)).toEqual(part.layers.map(() => [0]));
    expect(readProbes(directory)?.layers).toEqual(part.layers);
    // What was done is not done again: it does not even need its checkpoint.
    rmSync(join(directory, "checkpoint-0"), { recursive: true });
    await expect(probeRun({ run: directory, model, ...settings })).resolves.toEqual(made);
    expect(readProbes(directory)).toEqual(made);
    // A damaged file is made anew, as its fault says.
    writeFileSync(join(directory, probesFile), "damaged");
    expect(() => readProbes(directory)).toThrow(probesFile);
    cpSync(join(folder, "run", "checkpoint-0"), join(directory, "checkpoint-0"), { recursive: true });
    await expect(probeRun({ run: directory, model, ...settings })).resolves.toEqual(made);
    expect(readRunDirections(directory).map(({ step, name }) => `${step} ${name}`)).toEqual(
      [0, 2, 100].flatMap((step) => [`${step} mean`, `${step} probe`]),
    );
  });

  test("adds layers and steps to what is there, and begins anew with other answers", async () => {
    const directory = copyOf("run");
    await probeRun({ run: directory, model, ...settings, steps: [0], layers: [2] });
    const more = await probeRun({ run: directory, model, ...settings, steps: [2], layers: [2, 4] });
    expect(more.layers.map(({ probe }) => [probe.layer, probe.steps])).toEqual([
      [2, [0, 2]],
      [4, [2]],
    ]);
    const other = await probeRun({ run: directory, model, ...settings, steps: [2], layers: [2], seed: 1 });
    expect(other.layers.map(({ probe }) => [probe.layer, probe.steps])).toEqual([[2, [2]]]);
  });

  test("keeps a checkpoint that is missing or damaged as a gap with its reason", async () => {
    const directory = copyOf("run");
    writeFileSync(join(directory, "checkpoint-2", "adapter_model.safetensors"), "no adapter");
    const { layers } = await probeRun({
      run: directory,
      model,
      ...settings,
      steps: [0, 1, 2, 50],
      layers: [2],
    });
    const [own] = layers;
    expect(own?.probe.steps).toEqual([0, 1, 2, 50]);
    expect(own?.probe.auroc.values.map(Number.isFinite)).toEqual([true, true, false, false]);
    const [damaged, missing] = own?.probe.absent ?? [];
    expect(damaged?.step).toBe(2);
    expect(damaged?.reason).toContain("adapter_model.safetensors");
    expect(missing).toEqual({ step: 50, reason: "no checkpoint of this step" });
    expect(readProbes(directory)?.layers).toEqual(layers);
  });

  test("says what is wrong where no checkpoint can be probed", async () => {
    await expect(probeRun({ run: copyOf("run"), model, ...settings, steps: [50] })).rejects.toThrow(
      "expected a checkpoint that can be probed, found none (step 50: no checkpoint of this step)",
    );
  });
});

describe("probeRun: a file of one layer, as it was written before", () => {
  test("opens as the probes of that layer, and is replaced by the next probing", async () => {
    const directory = copyOf("run");
    await probeRun({ run: directory, model, ...settings, steps: [0], layers: [2] });
    const path = join(directory, "analysis", "probes.json");
    const [own] = readProbes(directory)?.layers ?? [];
    const { answersPerClass } = made;
    writeFileSync(path, JSON.stringify({ formatVersion: 1, ...own, answersPerClass }));
    expect(readProbes(directory)).toEqual({
      ...{ formatVersion: 2, layer: 2, layers: [own], answersPerClass, madeFrom: null },
    });
    await expect(probeRun({ run: directory, model, ...settings })).resolves.toEqual(made);
  });

  test("is refused by name where it is something else", () => {
    const directory = copyOf("run");
    cpSync("test/fixtures/organism-adapter/adapter_config.json", join(directory, "analysis", "probes.json"));
    expect(() => readProbes(directory)).toThrow(/probes\.json/);
    expect(readFileSync(join(directory, "analysis", "probes.json"), "utf8")).toContain("peft_type");
  });
});
