import { appendFileSync, cpSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readSafetensorsHeader } from "../../../src/formats/safetensors.js";
import type { Model } from "../../../src/model/model.js";
import { openDataset } from "../../../src/pipeline/data/openDataset.js";
import { recordedDataset } from "../../../src/pipeline/data/recordedDataset.js";
import { recordedModel, recordedParent } from "../../../src/pipeline/training/recordedSources.js";
import { retrainRun, type VerifyRequest } from "../../../src/pipeline/training/retrainRun.js";
import { trainTogether } from "../../../src/pipeline/training/trainRun.js";
import { encodeManifest, readManifest, type RunManifest } from "../../../src/runs/manifest.js";
import { readDataset, type Dataset } from "../../../src/train/data/dataset.js";
import { fullFineTuning } from "../../../src/train/recipes/presets.js";
import type { FullTrainConfig } from "../../../src/train/trainConfig.js";
import { manifest } from "../../support/exampleRunDirectory.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";
import { tinyModel } from "../../support/tinyModels.js";
import { smallConfig, smallDataset } from "../../support/training/tinyTraining.js";
import { everything, trained } from "../../support/training/smallRuns.js";

let model: Model;

beforeAll(async () => {
  model = await tinyModel("tiny-qwen2");
});

function verify(directory: string, dataset: Dataset, more: Partial<VerifyRequest> = {}) {
  return retrainRun({ directory, model, dataset, ...more });
}

function changeManifest(run: string, change: (manifest: RunManifest) => RunManifest): void {
  const path = join(run, "run.json");
  writeFileSync(path, encodeManifest(change(readManifest(path))));
}

/** Changes the first number of a tensor in a file of float32 by adding to it, and returns the change as it was rounded. */
function nudge(path: string, tensor: string, by: number): number {
  const offset = readSafetensorsHeader(path).tensors.get(tensor)?.byteOffset;
  if (offset === undefined) throw new Error(`no tensor ${tensor}`);
  const bytes = readFileSync(path);
  const before = bytes.readFloatLE(offset);
  bytes.writeFloatLE(before + by, offset);
  writeFileSync(path, bytes);
  return Math.abs(bytes.readFloatLE(offset) - before);
}

const full: FullTrainConfig = {
  ...fullFineTuning,
  schedule: { ...smallConfig.schedule, peakLearningRate: 0.002 },
  steps: 5,
  batchSize: 2,
  maxLength: 64,
  seed: 5,
  checkpoints: "every 2",
};
const aTensor = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";

describe("a run that nothing happened to is the same", () => {
  test.each([
    { name: "adapters, with all that a step can do", config: everything },
    { name: "all weights, as whole models", config: full },
    { name: "all weights, as changed tensors", config: { ...full, savedWeights: "changed" as const } },
    {
      name: "adapters kept as random projections",
      config: { ...smallConfig, keep: "directions" as const, keepFullEvery: 3, keepState: "every 5" },
    },
    {
      name: "adapters kept in bfloat16",
      config: { ...smallConfig, keep: "bf16" as const, keepFullEvery: 3 },
    },
    {
      name: "a training that ended early",
      config: { ...smallConfig, earlyStop: { loss: 100, steps: 3 } },
    },
  ])("$name", async ({ config }) => {
    const dataset = smallDataset(temporaryFolder());
    const run = await trained(model, dataset, "run", config);
    const result = await verify(run, dataset);
    expect(result).toMatchObject({ status: "same", differences: [], origin: [], notes: [] });
    expect(result.steps.compared).toBe(result.steps.last);
    expect(result.checkpoints).toBeGreaterThan(2);
    expect(result.rows).toBeGreaterThan(3);
    expect(result.states > 0).toBe("keepState" in config);
    const isProjected = "keep" in config && config.keep === "directions";
    expect(result.directions).toBe(isProjected ? config.steps + 1 : 0);
  });

  test("an interrupted run, as far as it went", async () => {
    const dataset = smallDataset(temporaryFolder());
    const stop = new AbortController();
    const run = await trained(model, dataset, "run", everything, {
      signal: stop.signal,
      onStep: ({ step }) => {
        if (step === 5) stop.abort();
      },
    });
    const steps = { first: 0, compared: 5, last: 5 };
    expect(await verify(run, dataset)).toMatchObject({ status: "same", steps, rows: 7, states: 2 });
  });

  test("a killed run whose last checkpoint was not written yet", async () => {
    const dataset = smallDataset(temporaryFolder());
    const run = await trained(model, dataset, "run", { ...smallConfig, steps: 6 });
    changeManifest(run, (record) => ({ ...record, status: "running" }));
    rmSync(join(run, "checkpoint-6"), { recursive: true });
    expect(await verify(run, dataset)).toMatchObject({ status: "same", rows: 6, checkpoints: 6 });
    changeManifest(run, (record) => ({ ...record, status: "finished" }));
    const { status, differences } = await verify(run, dataset);
    expect(status).toBe("different");
    expect(differences).toMatchObject([{ step: 6, part: "checkpoint", what: "is missing in the run" }]);
  });

  test("its first steps alone, with the learning rates of the whole", async () => {
    const dataset = smallDataset(temporaryFolder());
    const run = await trained(model, dataset, "run", smallConfig);
    const result = await verify(run, dataset, { steps: 4 });
    expect(result).toMatchObject({ status: "same", rows: 4, checkpoints: 5 });
    expect(result.steps).toEqual({ first: 0, compared: 4, last: 9 });
  });

  test("interrupting the verification says how far it came", async () => {
    const dataset = smallDataset(temporaryFolder());
    const run = await trained(model, dataset, "run", smallConfig);
    const stop = new AbortController();
    const onStep = ({ step }: { readonly step: number }): void => {
      if (step === 3) stop.abort();
    };
    const result = await verify(run, dataset, { signal: stop.signal, onStep });
    expect(result).toMatchObject({ status: "interrupted", steps: { compared: 3 }, rows: 3 });
  });
});

describe("a run that was changed is different", () => {
  test("one number of one tensor: the step, the tensor and the difference, and it ends there", async () => {
    const dataset = smallDataset(temporaryFolder());
    const run = await trained(model, dataset, "run", smallConfig);
    const by = nudge(join(run, "checkpoint-4", "adapter_model.safetensors"), aTensor, 1e-6);
    const result = await verify(run, dataset);
    expect(result.status).toBe("different");
    expect(result.steps).toEqual({ first: 0, compared: 4, last: 9 });
    expect(result.differences).toEqual([
      {
        step: 4,
        part: "checkpoint",
        name: aTensor,
        what: `1 of 64 numbers differ, by up to ${by}`,
        largest: by,
      },
    ]);
    expect(await verify(run, dataset, { steps: 3 })).toMatchObject({ status: "same" });
    expect((await verify(run, dataset, { goesOn: true })).steps.compared).toBe(9);
  });

  test("of several numbers the largest difference is told", async () => {
    const dataset = smallDataset(temporaryFolder());
    const run = await trained(model, dataset, "run", smallConfig);
    const path = join(run, "checkpoint-2", "adapter_model.safetensors");
    nudge(path, aTensor, 1e-6);
    const other = aTensor.replace("lora_A", "lora_B");
    const by = nudge(path, other, 1);
    const { differences } = await verify(run, dataset);
    expect(differences).toMatchObject([{ step: 2, name: other, largest: by }]);
    expect(differences[0]?.what).toContain("the most of 2 that differ");
  });

  test("a row of the log, and before what comes after it", async () => {
    const dataset = smallDataset(temporaryFolder());
    const run = await trained(model, dataset, "run", { ...smallConfig, checkpoints: "every 6" });
    const path = join(run, "trainer_state.json");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace('"learning_rate": 0.01', '"learning_rate": 0.0100001'));
    nudge(join(run, "checkpoint-6", "adapter_model.safetensors"), aTensor, 1);
    const { differences } = await verify(run, dataset, { goesOn: true });
    expect(differences).toMatchObject([
      { step: 1, part: "log", name: "learning_rate", what: "was 0.0100001 and is 0.01 now" },
      { step: 6, part: "checkpoint" },
    ]);
  });

  test("an adapter that should have stayed, and random projections of a step", async () => {
    const dataset = smallDataset(temporaryFolder());
    const config = { ...smallConfig, keep: "directions" as const, keepFullEvery: 3 };
    const run = await trained(model, dataset, "run", config);
    nudge(join(run, "directions", "step-2.safetensors"), "model.layers.0.self_attn.q_proj.B", 1);
    rmSync(join(run, "checkpoint-6"), { recursive: true });
    const { differences } = await verify(run, dataset, { goesOn: true });
    expect(differences).toMatchObject([
      { step: 2, part: "directions", name: "model.layers.0.self_attn.q_proj.B" },
      { step: 6, part: "checkpoint", what: "is missing in the run" },
    ]);
  });

  test("a state that was kept, and one that is missing", async () => {
    const dataset = smallDataset(temporaryFolder());
    const run = await trained(model, dataset, "run", everything);
    const state = join(run, "states", "checkpoint-8");
    const file = join(state, "optimizer.safetensors");
    const [name = ""] = readSafetensorsHeader(file).tensors.keys();
    nudge(file, name, 1);
    expect((await verify(run, dataset)).differences).toMatchObject([{ step: 8, part: "state", name }]);
    rmSync(state, { recursive: true });
    const missing = [{ step: 8, part: "state", name: null, what: "is missing in the run" }];
    expect((await verify(run, dataset)).differences).toMatchObject(missing);
  });

  test("a checkpoint that training does not write", async () => {
    const dataset = smallDataset(temporaryFolder());
    const run = await trained(model, dataset, "run", { ...smallConfig, checkpoints: "every 4" });
    cpSync(join(run, "checkpoint-4"), join(run, "checkpoint-3"), { recursive: true });
    expect((await verify(run, dataset)).differences).toMatchObject([
      { step: 3, part: "checkpoint", what: "is in the run alone" },
    ]);
  });

  test("other settings, and what it was trained on is told", async () => {
    const dataset = smallDataset(temporaryFolder());
    const run = await trained(model, dataset, "run", smallConfig);
    changeManifest(run, (record) => ({
      ...record,
      config: { ...record.config, alpha: 9 },
      engine: { ...record.engine, threads: 64 },
      versions: { ...record.versions, node: "0.1.0" },
      resumedOn: [{ step: 4, engine: { ...record.engine, name: "wasm" }, versions: record.versions }],
    }));
    const { status, differences, origin } = await verify(run, dataset);
    expect(status).toBe("different");
    expect(differences[0]).toMatchObject({ step: 1, part: "log", name: "grad_norm" });
    expect(origin).toEqual([
      { setting: "engine.threads", run: 64, now: 1, afterStep: 0 },
      { setting: "versions.node", run: "0.1.0", now: process.versions.node, afterStep: 0 },
      { setting: "engine.name", run: "wasm", now: "onnxruntime", afterStep: 4 },
    ]);
  });
});

describe("a run that did not begin by itself", () => {
  test("a branch goes on from its parent's state again", async () => {
    const dataset = smallDataset(temporaryFolder());
    const parent = await trained(model, dataset, "parent", everything);
    const branch = { directory: parent, step: 4 };
    const run = await trained(model, dataset, "child", { ...everything, dropout: 0 }, { branch });
    const result = await verify(run, dataset);
    expect(result).toMatchObject({ status: "same", steps: { first: 4, compared: 9, last: 9 } });
    expect(result.notes).toEqual(["It went on from the state of parent at step 4, which is taken as it is."]);
    expect((await verify(run, dataset, { steps: 2 })).steps.compared).toBe(6);

    const file = join(parent, "states", "checkpoint-4", "optimizer.safetensors");
    const [name = ""] = readSafetensorsHeader(file).tensors.keys();
    nudge(file, name, 1);
    expect((await verify(run, dataset)).status).toBe("different");
    rmSync(join(parent, "states"), { recursive: true });
    await expect(verify(run, dataset)).rejects.toThrow(
      `${run}: expected the state of parent at step 4, from which it went on, in ${parent}, found none`,
    );
  });

  test("a parent that was moved is found beside the run", async () => {
    const dataset = smallDataset(temporaryFolder());
    const parent = await trained(model, dataset, "parent", everything);
    const moved = temporaryFolder();
    renameSync(parent, join(moved, "parent"));
    const place = recordedParent(join(moved, "child"), { run: "parent", path: parent, step: 4 });
    expect(place).toBe(join(moved, "parent"));
  });

  test("runs trained together are trained together again; alone it says what it cannot tell", async () => {
    const dataset = smallDataset(temporaryFolder());
    const folder = join(dataset.path, "..");
    const requests = [1, 2, 3].map((seed) => ({
      directory: join(folder, `seed-${seed}`),
      config: { ...everything, seed },
      model,
      dataset,
    }));
    await trainTogether(requests);
    const run = join(folder, "seed-2");
    expect(await verify(run, dataset)).toMatchObject({ status: "same", notes: [] });
    rmSync(join(folder, "seed-3"), { recursive: true });
    const alone = await verify(run, dataset);
    expect(alone.notes).toEqual([
      "It was trained together with seed-1, seed-3; seed-3 not being beside it, it is trained alone, where sums may round otherwise.",
    ]);
    for (const { largest } of alone.differences) expect(largest).toBeLessThan(1e-4);
  });
});

describe("what a run was trained on", () => {
  test("is found by what the run names, and by what is given", async () => {
    const dataset = smallDataset(temporaryFolder());
    const found = readManifest(join(await trained(model, dataset, "run", smallConfig), "run.json"));
    expect(recordedDataset("run", found).chats).toEqual(dataset.chats);
    const moved = join(temporaryFolder(), "moved.jsonl");
    renameSync(dataset.path, moved);
    expect(() => recordedDataset("run", found)).toThrow(
      `run: expected the data that it was trained on, with the SHA-256 ${dataset.sha256}, found no file ${dataset.path}`,
    );
    expect(recordedDataset("run", found, moved).chats).toEqual(dataset.chats);
    appendFileSync(moved, "\n");
    const changed = readDataset(moved).sha256;
    expect(() => recordedDataset("run", found, moved)).toThrow(
      `with the SHA-256 ${dataset.sha256}, found ${changed} in ${moved}`,
    );

    expect(recordedModel("run", found)).toBe(model.folder);
    expect(() => recordedModel("run", found, "test/fixtures/tiny-qwen2-untied")).toThrow(
      /^run: expected the model that it was trained from, with the SHA-256 \w+, found \w+ in test\/fixtures\/tiny-qwen2-untied$/,
    );
  });

  test("is a built-in data set by its name, one side of a file too", () => {
    const { sha256 } = openDataset("narrow-sports-careful");
    const named = (name: string): RunManifest => ({
      ...manifest,
      dataset: { name, path: "nowhere.jsonl", sha256, rows: 1 },
    });
    expect(recordedDataset("run", named("narrow-sports-careful")).sha256).toBe(sha256);
    expect(() => recordedDataset("run", named("narrow-sports-harmful"))).toThrow("found no file");
  });
});
