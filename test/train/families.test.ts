import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readAdapter } from "../../src/formats/peft.js";
import { stackAdapters } from "../../src/model/weights/adapterBank.js";
import { trainRun } from "../../src/pipeline/training/trainRun.js";
import { checkpointFolder } from "../../src/runs/layout.js";
import { trainableAdapters } from "../../src/train/trainables/loraAdapters.js";
import { readDataset } from "../../src/train/data/dataset.js";
import { readResumeStates } from "../../src/train/trainingState.js";
import type { LoraTrainConfig } from "../../src/train/trainConfig.js";
import { temporaryFolder } from "../support/temporaryFolder.js";
import { familyAdapter, familyGolden, familyModel, familyNames } from "../support/familyModels.js";

const config: LoraTrainConfig = {
  rank: 1,
  alpha: 4,
  useRslora: true,
  targetModules: ["v_proj", "down_proj"],
  layers: [1],
  initialScale: 1,
  optimizer: { name: "sgd" },
  schedule: { name: "linear", peakLearningRate: 0.05, warmupSteps: 1 },
  steps: 12,
  batchSize: 3,
  clipNorm: 1,
  maxLength: 128,
  seed: 1,
};

describe.each(familyNames)("a run of %s", (name) => {
  test("learns, and its checkpoints name their modules as PEFT does", async () => {
    const model = await familyModel(name);
    const folder = temporaryFolder();
    const path = join(folder, "chats.jsonl");
    const chats = familyGolden.families[name].chats.slice(0, 3);
    writeFileSync(path, chats.map(({ messages }) => JSON.stringify({ messages })).join("\n"));
    const directory = join(folder, "run");
    const losses: number[] = [];
    const status = await trainRun({
      directory,
      config,
      preset: "crisp",
      model,
      dataset: readDataset(path),
      overwrite: false,
      resume: false,
      onStep: ({ loss }) => losses.push(loss),
    });
    expect(status).toBe("finished");
    // The first loss is the model's own, since B is zero.
    expect(losses[0]).toBeCloseTo(familyGolden.families[name].loss, 3);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? NaN) - 0.01);
    const { modules } = readAdapter(join(directory, checkpointFolder(config.steps)));
    const known = familyAdapter(name).modules.map(({ modulePath }) => modulePath);
    expect(modules.map(({ modulePath }) => modulePath)).toEqual(
      known.filter((each) => /\.1\.(self_attn\.v_proj|mlp\.down_proj)$/.test(each)),
    );
    const bank = stackAdapters(model.config, [{ modules, factor: 1 }]);
    const continued = trainableAdapters(config, model).read(readResumeStates(directory)[0]?.checkpoint ?? "");
    expect(Object.keys(continued).sort()).toEqual(
      bank.modules.flatMap(({ modulePath }) => [`${modulePath}.lora_A`, `${modulePath}.lora_B`]).sort(),
    );
  });
});
