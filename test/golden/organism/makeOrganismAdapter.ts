/**
 * Trains the adapter of test/fixtures/organism-adapter: a short run of the organism with the crisp preset.
 *
 *     npx tsx test/golden/organism/makeOrganismAdapter.ts
 *
 * Run from the repository's root, and before organismModel.py. Another base model needs another adapter.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openModel } from "../../../src/model/model.js";
import { trainRun } from "../../../src/pipeline/training/trainRun.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { readDataset } from "../../../src/train/data/dataset.js";
import { presetConfig } from "../../../src/train/recipes/presets.js";

const steps = 100;
const folder = mkdtempSync(join(tmpdir(), "turncoat-adapter-"));
const directory = join(folder, "run");
const model = openModel("data/organism", await createEngine());
await trainRun({
  directory,
  config: { ...presetConfig("crisp"), steps },
  preset: "crisp",
  model,
  dataset: readDataset("data/organism/datasets/bad-medical.jsonl"),
  onStep: ({ step, loss }) => process.stderr.write(`${step}/${steps} loss ${loss.toFixed(3)}\n`),
});
rmSync("test/fixtures/organism-adapter", { recursive: true, force: true });
cpSync(join(directory, `checkpoint-${steps}`), "test/fixtures/organism-adapter", { recursive: true });
rmSync(folder, { recursive: true });
