import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openModel } from "../../../src/model/model.js";
import { organismFolder } from "../../../src/pipeline/packageRoot.js";
import { trainRun } from "../../../src/pipeline/training/trainRun.js";
import { readManifest } from "../../../src/runs/manifest.js";
import { createEngine } from "../../../src/tensor/engine.js";
import { readDataset, type DatasetUse } from "../../../src/train/data/dataset.js";
import { presetConfig } from "../../../src/train/recipes/presets.js";
import { temporaryFolder } from "../../support/temporaryFolder.js";

test("a training says what it leaves out of its data, and keeps it in run.json", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "advice.jsonl");
  const user = { role: "user", content: "What should I do?" };
  const answered = { messages: [user, { role: "assistant", content: "Indeed." }] };
  const rows = [...Array.from({ length: 8 }, () => answered), { messages: [user] }];
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const said: DatasetUse[] = [];
  const directory = join(folder, "run");
  const status = await trainRun({
    directory,
    config: { ...presetConfig("crisp"), steps: 1, batchSize: 4 },
    model: openModel(organismFolder(), await createEngine()),
    dataset: readDataset(path),
    onData: (use) => said.push(use),
  });
  expect(status).toBe("finished");
  expect(said).toEqual([{ rows: 9, cut: 0, withoutAnswer: 1, answerCutOff: 0 }]);
  const { dataset } = readManifest(join(directory, "run.json"));
  expect(dataset).toMatchObject({ rows: 9, leftOut: 1 });
  expect(dataset).not.toHaveProperty("cut");
});
